// Two weeks of thirty watched devices, scanned every five minutes: nobody is reported as down who is there, and everybody
// who is away is, within the limit. Two hundred of them are in test/deep; `npm run bench --
// month` runs other seeds and patterns (SEED, PATTERN, DAYS, STEP).
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSession } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { liveThrough } from './month/month.ts';
import { printed } from './month/report.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());

test(
  'two weeks without a false device_down, and without one that is missing',
  { timeout: 900_000 },
  async () => {
    const owner = await openSession(db.url, { application: 'test' });
    const report = await liveThrough(owner, {
      seed: 7,
      pattern: 'usual',
      days: 14,
      stepSeconds: 300,
      share: 0.15,
    });
    await owner.close();
    console.log(`${report.stations} stations, ${report.ticks} scans\n${printed(report).join('\n')}`);
    expect(report.falseDown).toEqual([]);
    expect(report.missed).toEqual([]);
    expect(report.unheardDown).toEqual([]);
    // That they are not empty.
    expect(report.absences).toBeGreaterThan(150);
    expect(report.silences).toBeGreaterThan(1500);
    // A phone that is asleep is quiet; now and then it sleeps for longer than it ever did.
    expect(report.falseGonePerDay).toBeLessThan(1);
    expect(report.megabytes).toBeLessThan(25);
  },
);
