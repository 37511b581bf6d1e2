/** Notices scanners and services that have fallen silent. For whoever runs all the time: the alert daemon and the site. */
import type { Clock } from '../lib/clock.ts';
import type { Db } from './session.ts';

/** A pause between two checks that is longer than this was no watching: the machine slept, or the database was away. */
const ATTENTION_MS = 2 * 60_000;

/** A check to be done about twice a minute. Resolves to how many alerts it raised. */
export function silenceWatch(db: Db, clock: Clock): () => Promise<number> {
  let since: number | undefined;
  let last = 0;
  return async () => {
    // By the wall clock: the other one stands still while the machine sleeps.
    const now = clock.now().getTime();
    if (since === undefined || now - last > ATTENTION_MS || now < last) since = now;
    const [row] = await db.query<{ raised: number }>(
      `select watch_over($1 * interval '1 millisecond') as raised`,
      [now - since],
    );
    last = now;
    return row?.raised ?? 0;
  };
}
