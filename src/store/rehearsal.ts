/** What rules would have sent: the alerts of the last days, put once more through the very function that routes live ones. */
import { isSqlError } from './sql-error.ts';
import type { RuleInput } from './rules.ts';
import type { Db, PatientDb } from './session.ts';

export interface Forecast {
  /** That were considered. */
  readonly alerts: number;
  /** One for each moment at which something is sent through a channel. */
  readonly messages: number;
  /** Of `messages`: between 23:00 and 07:00 in the rule's zone. */
  readonly atNight: number;
  readonly byChannel: readonly { readonly channel: string; readonly messages: number }[];
  /** `YYYY-MM-DD` in the rule's zone; days without a message are left out. */
  readonly byDay: readonly { readonly day: string; readonly messages: number }[];
  /** Most messages first, at most 50. Null: what is about no device. */
  readonly devices: readonly {
    readonly id: number | null;
    readonly title: string;
    readonly messages: number;
  }[];
  /** Why nothing was sent, most frequent first. */
  readonly notSent: readonly { readonly reason: string; readonly alerts: number }[];
}

export interface Rehearsal {
  readonly days: number;
  /** The share of the rule in question; null: none was given. */
  readonly rule: Forecast | null;
  /** With that rule. */
  readonly all: Forecast;
  /** With the rules as they are. */
  readonly now: Forecast;
}

export interface RuleUnderTest {
  /** The rule that it would replace; null: it would be a new one, at the top. */
  readonly id: number | null;
  readonly input: RuleInput;
}

/** @param rule null: only the rules as they are @param days 1 to 366 */
export async function rehearse(
  db: Db,
  site: string,
  rule: RuleUnderTest | null,
  days: number,
): Promise<Rehearsal> {
  const [row] = await db.query<{ forecasts: Omit<Rehearsal, 'days'> }>(
    'select rehearse_rules($1, $2, $3, $4) as forecasts',
    [site, rule?.id ?? null, rule === null ? null : JSON.stringify(rule.input), days],
  );
  if (row === undefined) throw new Error('rehearse_rules returned no row');
  return { days, ...row.forecasts };
}

const QUERY_CANCELED = '57014';

/** As rehearse, for somebody who waits for it. Undefined: it would take longer than `timeoutMs`. */
export async function rehearseWithin(
  timeoutMs: number,
  db: PatientDb,
  site: string,
  rule: RuleUnderTest | null,
  days: number,
): Promise<Rehearsal | undefined> {
  try {
    return await rehearse(
      { query: (text, values) => db.queryWithin(timeoutMs, text, values) },
      site,
      rule,
      days,
    );
  } catch (error) {
    if (isSqlError(error) && error.code === QUERY_CANCELED) return undefined;
    throw error;
  }
}
