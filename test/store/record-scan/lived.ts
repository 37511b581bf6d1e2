/** A site that lives by a clock of its own: a scan each step, and who answers in it. */
import { openSession } from '../../../src/store/session.ts';
import type { ScanReport } from '../../../src/store/scan-record.ts';
import type { TestDatabase } from '../../support/database.ts';
import { siteOf } from './site.ts';

const START = Date.UTC(2026, 2, 2);
const MINUTE = 60_000;

/** Call `close` when done: the clock is a session's. */
export async function live(db: TestDatabase, stepSeconds = 60) {
  const session = await openSession(db.url, { application: 'test' });
  const site = siteOf(session);
  let now = START;
  const set = () =>
    session.query(`select set_config('netureon.clock', $1, false)`, [new Date(now).toISOString()]);
  /** Scans for so many minutes; `mute` do not answer, everybody else of `here` does. */
  const run = async (
    minutes: number,
    here: Readonly<Record<string, string>>,
    options: Partial<ScanReport> = {},
  ) => {
    let last = { new: 0, returned: 0, moved: 0, missing: 0 };
    for (const end = now + minutes * MINUTE; now < end;) {
      now += stepSeconds * 1000;
      await set();
      last = await site.scan({ ...here }, options);
    }
    return last;
  };
  return {
    ...site,
    run,
    /** Nobody scans. */
    pass: (minutes: number) => {
      now += minutes * MINUTE;
    },
    minute: () => (now - START) / MINUTE,
    at: (minutes: number) => new Date(START + minutes * MINUTE),
    watch: async (mac: string, downAfter: string | null = null) => {
      await site.rows(
        `update devices set importance = 'watched', down_after = ${downAfter === null ? 'null' : `interval '${downAfter}'`}
         where site_id = $site and id = (select device_id from device_macs where site_id = $site and mac = '${mac}') returning id`,
      );
    },
    kinds: async () => (await site.alerts()).map(({ kind, open }) => `${kind}${open ? '' : ' (over)'}`),
    query: <Row>(text: string, values?: readonly unknown[]) => session.query<Row>(text, values),
    close: () => session.close(),
  };
}

/** `n` devices by address, 192.168.1.10 and up. */
export const crowd = (n: number, first = 10): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: n }, (_, i) => [
      `192.168.1.${first + i}`,
      `3c:37:12:00:01:${(first + i).toString(16).padStart(2, '0')}`,
    ]),
  );
