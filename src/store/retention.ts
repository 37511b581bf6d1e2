/** Deletes what has outlived the retention settings, in steps short enough that no tick waits for them. */
import type { Db } from './session.ts';

export interface Pruned {
  readonly discovery_log: number;
  readonly connections: number;
  readonly alerts: number;
}

const STEP = 5_000;

export async function prune(
  db: Db,
  site: string,
  days: { readonly log: number; readonly history: number },
  signal: AbortSignal,
): Promise<Pruned> {
  const total = { discovery_log: 0, connections: 0, alerts: 0 };
  while (!signal.aborted) {
    const [step] = await db.query<Pruned>('select * from prune($1, $2, $3, $4)', [
      site,
      days.log,
      days.history,
      STEP,
    ]);
    if (step === undefined) break;
    for (const key of Object.keys(total) as (keyof Pruned)[]) total[key] += step[key];
    if (Object.values(step).every(deleted => deleted < STEP)) break;
  }
  return total;
}
