/** What the address of the scans' page may say. Each parameter by itself: one mistake does not lose the others. */
import { z } from 'zod';
import { SCAN_METHODS } from '../../store/site-scans.ts';

export const SPANS = ['day', 'week', 'month', 'year'] as const;
export type SpanName = (typeof SPANS)[number];
export const span = z.enum(SPANS);

export const SHOWS = ['all', 'changes', 'problems', 'complete', 'partial', 'failed'] as const;
export const show = z.enum(SHOWS);

export const method = z.enum(SCAN_METHODS);

/** An id of ours; they stay far below 2^53. */
export const id = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .transform(Number);

/** Ids of networks are PostgreSQL integers. */
export const networkId = id.refine(n => n <= 2_147_483_647);

/** `-`: the site's own scanner, which no sensor can be called. */
export const OWN_SCANNER = '-';
export const sensor = z.union([z.literal(OWN_SCANNER), z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/)]);
