/** A month of two hundred devices, from a seed: who was there, what netureon said, and whether it was right. */
import type { Session } from '../../../src/store/session.ts';
import { happen } from './events.ts';
import { DAY, PATTERNS, populate } from './population.ts';
import { randomOf } from './random.ts';
import { rehearse } from './rehearse.ts';
import { reportOn, type MonthReport } from './report.ts';
import { planOf } from './truth.ts';

export interface Month {
  readonly seed: number;
  readonly pattern: string;
  readonly days: number;
  readonly stepSeconds: number;
  /** Of the two hundred devices. */
  readonly share?: number;
}

/** @param owner of an empty, migrated database, which is given a site and some triggers for good */
export async function liveThrough(
  owner: Session,
  { seed, pattern, days, stepSeconds, share = 1 }: Month,
): Promise<MonthReport & { readonly ticks: number; readonly stations: number }> {
  const chosen = PATTERNS[pattern];
  if (chosen === undefined)
    throw new Error(`no pattern is called ${pattern}; there are: ${Object.keys(PATTERNS).join(', ')}`);
  const random = randomOf(seed);
  const events = happen(days, random);
  const plans = populate(chosen, { days, share, glimpse: (1.2 * stepSeconds) / 60 }, random).map(station =>
    planOf(station, events, days * DAY, random),
  );
  const { ticks, lost } = await rehearse(owner, plans, events, days, stepSeconds, random);
  return { ...(await reportOn(owner, plans, { events, stepSeconds, lost })), ticks, stations: plans.length };
}
