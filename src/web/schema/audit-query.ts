/** The filters of the audit log, as the page's address has them; empty means that nothing was chosen. */
import { z } from 'zod';
import { momentIn } from '../../lib/time-zone.ts';
import { AUDIT_VIAS, AUDITED_TABLES, type AuditQuery } from '../../store/audit.ts';
import { currentVisit, text } from '../visit.ts';

export const AUDIT_FILTERS = ['actor', 'via', 'table', 'row', 'device', 'from', 'to', 'before'] as const;
export type AuditFilter = (typeof AUDIT_FILTERS)[number];

const plain = (most: number) =>
  z
    .string()
    .max(most, { error: () => text().audit.badChoice })
    .regex(/^\P{Cc}*$/u, { error: () => text().audit.badChoice });
const number = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, { error: () => text().audit.badDevice })
  .transform(Number);
/** As a browser's field of date and time writes it, in the viewer's zone. */
const moment = z
  .string()
  .max(30)
  .transform((typed, context) => {
    const at = momentIn(currentVisit()?.zone ?? 'UTC', typed.replace('T', ' ').slice(0, 16));
    if (at === undefined || Number.isNaN(at.getTime())) {
      context.addIssue({ code: 'custom', message: text().audit.badTime });
      return z.NEVER;
    }
    return at;
  });

const SCHEMAS = {
  actor: plain(200),
  via: z.enum(AUDIT_VIAS, { error: () => text().audit.badChoice }),
  table: z.enum(AUDITED_TABLES, { error: () => text().audit.badChoice }),
  row: plain(100),
  device: number,
  from: moment,
  to: moment,
  before: number,
};

export interface ReadAuditQuery {
  readonly query: Omit<AuditQuery, 'limit'>;
  readonly typed: Readonly<Partial<Record<AuditFilter, string>>>;
  /** What is wrong with a filter, which then counts as not given. */
  readonly errors: Readonly<Partial<Record<AuditFilter, string>>>;
}

export function readAuditQuery(read: (name: string) => string | undefined): ReadAuditQuery {
  const typed: Partial<Record<AuditFilter, string>> = {};
  const errors: Partial<Record<AuditFilter, string>> = {};
  const found: Record<string, unknown> = {};
  for (const name of AUDIT_FILTERS) {
    const given = read(name)?.trim() ?? '';
    if (given === '') continue;
    typed[name] = given.slice(0, 200);
    const checked = SCHEMAS[name].safeParse(given);
    if (checked.success) found[name] = checked.data;
    else errors[name] = checked.error.issues[0]?.message ?? '';
  }
  return { query: { before: null, ...found }, typed, errors };
}
