/** What people say about users and about themselves: for the pages' forms and the command line. */
import { z } from 'zod';
import { ROLES } from '../visit.ts';

/** Letters, digits and what stands in names and mail addresses; nothing that a terminal, mail or header reads otherwise. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@+'-]*$/u;
const MOST_NAME = 60;

export const userName = z
  .string()
  .transform(text => text.normalize('NFC').trim())
  .pipe(z.string().min(1).max(MOST_NAME).regex(NAME));

export const userRole = z.enum(ROLES);

export const preferences = z.object({
  language: z.enum(['', 'en', 'de']),
  zone: z.string().max(60),
  theme: z.enum(['', 'light', 'dark']),
});
