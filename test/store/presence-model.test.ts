// record_scan against a model that is too simple to be wrong: a map of who is where and how often it was missed, what
// each MAC's silences were, and a clock that counts scans. A scan a minute, so that a scan is a minute of looked time.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordScan } from '../../src/store/scan-record.ts';
import { openSession } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());

const PATIENCE = 3;
const SLEEPER = 5;
const MACS = [
  '3c:37:12:00:00:01',
  '3c:37:12:00:00:02',
  '02:00:00:00:00:03',
  '02:00:00:00:00:04',
  '02:00:00:00:00:05',
];
const IPS = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];

interface Sweep {
  readonly complete: boolean;
  readonly seen: readonly (readonly [string, string])[];
}

const sweepOf = (present: readonly number[]): Sweep => ({
  complete: true,
  seen: present.map(n => [MACS[n] ?? '', IPS[n] ?? ''] as const),
});

const pairs = fc.uniqueArray(fc.tuple(fc.constantFrom(...MACS), fc.constantFrom(...IPS)), {
  selector: pair => pair.join(),
  maxLength: 7,
});
/** Anything at all; and one device that sleeps beside others that stay, so that there are habits. */
const anything: fc.Arbitrary<Sweep[]> = fc.array(fc.record({ complete: fc.boolean(), seen: pairs }), {
  minLength: 1,
  maxLength: 12,
});
const sleeper: fc.Arbitrary<Sweep[]> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 9 })), {
    minLength: 5,
    maxLength: 9,
  })
  .map(naps =>
    naps.flatMap(([awake, asleep]) => [
      ...Array.from({ length: awake }, () => sweepOf([0, 1, 2])),
      ...Array.from({ length: asleep }, () => sweepOf([1, 2])),
    ]),
  );
/** Applies one sweep after the other: the rules of docs/PRESENCE.md, in forty lines. */
class Model {
  /** Open connections: `mac ip` to the scans missed in a row. */
  readonly open = new Map<string, number>();
  /** The completed scan that each MAC answered last; one is a minute. */
  readonly #answered = new Map<string, number>();
  /** Of each MAC the silences, in minutes, that ended with it being there again. */
  readonly #silences = new Map<string, number[]>();
  #scans = 0;
  #inOutage = false;

  step({ complete, seen }: Sweep): void {
    if (!complete) return;
    const keys = seen.map(pair => pair.join(' '));
    const macs = new Set(seen.map(([mac]) => mac));
    this.#inOutage = this.#isOutage(macs);
    if (!this.#inOutage) this.#scans++;
    for (const mac of macs) this.#answers(mac);
    // Moved: at a new address, and at none of those it had.
    const had = (mac: string) => keys.some(key => key.startsWith(mac) && this.open.has(key));
    const moved = new Set([...macs].filter(mac => !had(mac)));
    for (const [key, misses] of this.open) {
      if (keys.includes(key)) continue;
      if (moved.has(macOf(key))) this.open.delete(key);
      else if (this.#inOutage) continue;
      else if (misses + 1 >= Math.max(PATIENCE, this.#patience(macOf(key)))) this.open.delete(key);
      else this.open.set(key, misses + 1);
    }
    for (const key of keys) this.open.set(key, 0);
  }

  /** Four, and half of those here, silent at once; it lasts until no more than a quarter of them is. */
  #isOutage(macs: ReadonlySet<string>): boolean {
    const here = new Set([...this.open].filter(([, misses]) => misses === 0).map(([key]) => macOf(key)));
    const fallen = [...here].filter(mac => !macs.has(mac)).length;
    return fallen >= 4 && fallen * (this.#inOutage ? 4 : 2) >= here.size;
  }

  #answers(mac: string): void {
    const silence = this.#scans - (this.#answered.get(mac) ?? this.#scans);
    if (silence > 2) this.#silences.set(mac, [...(this.#silences.get(mac) ?? []), silence]);
    this.#answered.set(mac, this.#scans);
  }

  /** Twice what nine of ten silences are no longer than, for whoever has had five. */
  #patience(mac: string): number {
    const silences = (this.#silences.get(mac) ?? []).toSorted((a, b) => a - b);
    return silences.length < SLEEPER ? 0 : 2 * (silences[Math.ceil(silences.length * 0.9) - 1] ?? 0);
  }
}

const macOf = (key: string) => key.slice(0, 17);

test.each([
  ['any sequence of sweeps', anything, 60],
  ['a device that sleeps', sleeper, 20],
] as const)('%s leaves exactly the connections that the model has', async (word, sequence, numRuns) => {
  const session = await openSession(db.url, { application: 'test' });
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(sequence, async sweeps => {
      const site = `${word}-${++runs}`.replaceAll(' ', '-');
      const model = new Model();
      for (const [minute, one] of sweeps.entries()) {
        model.step(one);
        await session.query(`select set_config('netureon.clock', $1, false)`, [
          new Date(Date.UTC(2026, 2, 2, 0, minute)).toISOString(),
        ]);
        await recordScan(session, site, {
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
        const rows = await session.query<{ key: string; misses: number }>(
          `select mac || ' ' || host(ip) as key, misses from device_presence as c join sites as s on s.id = c.site_id
           where s.name = $1 and presence <> 'gone'`,
          [site],
        );
        expect(new Map(rows.map(({ key, misses }) => [key, misses]))).toEqual(model.open);
      }
    }),
    { numRuns },
  );
  await session.close();
});
