// record_scan against a model that is too simple to be wrong: a map of who is where and how often it was missed.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordScan } from '../../src/store/scan-record.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());

const PATIENCE = 3;
const MACS = ['3c:37:12:00:00:01', '3c:37:12:00:00:02', '02:00:00:00:00:03'];
const IPS = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];

const sweep = fc.record({
  complete: fc.boolean(),
  seen: fc.uniqueArray(fc.tuple(fc.constantFrom(...MACS), fc.constantFrom(...IPS)), {
    selector: pair => pair.join(),
    maxLength: 6,
  }),
});

/** Applies one sweep to the model: the same rules as sql/migrations/000006, in ten lines. */
function step(
  model: Map<string, number>,
  { complete, seen }: { complete: boolean; seen: [string, string][] },
): void {
  if (!complete) return;
  const keys = seen.map(pair => pair.join(' '));
  // Moved: at a new address, and at none of those it had.
  const had = (mac: string) => keys.some(key => key.startsWith(mac) && model.has(key));
  const fresh = new Set(seen.filter(pair => !model.has(pair.join(' ')) && !had(pair[0])).map(([mac]) => mac));
  for (const [key, misses] of model) {
    if (keys.includes(key)) model.set(key, 0);
    else if (misses + 1 >= PATIENCE || fresh.has(key.split(' ')[0] ?? '')) model.delete(key);
    else model.set(key, misses + 1);
  }
  for (const key of keys) model.set(key, 0);
}

test('any sequence of sweeps leaves exactly the connections that the model has', async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(sweep, { minLength: 1, maxLength: 12 }), async sweeps => {
      const site = `model-${++runs}`;
      const model = new Map<string, number>();
      for (const one of sweeps) {
        step(model, one);
        await recordScan(db.pool, site, {
          network: '10.0.0.0/24',
          interface: 'eth0',
          method: 'packet',
          durationMs: 1,
          probed: 3,
          answered: one.seen.length,
          frames: 3,
          broadcasts: 3,
          problem: one.complete ? null : 'cut short',
          macs: one.seen.map(([mac]) => mac),
          ips: one.seen.map(([, ip]) => ip),
        });
        const rows = await db.pool.query<{ key: string; misses: number }>(
          `select mac || ' ' || host(ip) as key, misses from connections as c join sites as s on s.id = c.site_id
           where s.name = $1 and ended_at is null`,
          [site],
        );
        expect(new Map(rows.map(({ key, misses }) => [key, misses]))).toEqual(model);
      }
    }),
    { numRuns: 60 },
  );
});
