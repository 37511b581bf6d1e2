// Whether a year of a 250-device LAN will stay under 100 MB: some rehearsed days, times the rest.
// `npm run bench -- year` writes the whole year.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSession } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { tableSizes, type TableSize } from './year/sizes.ts';
import { liveAWeek, profileEverybody } from './year/week.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());

const MB = 1_000_000;
const DAYS = 7;
/** Short of the five minutes that would be a gap. */
const STEP_S = 288;
/** By default: 30 days of the log, and its oldest week until all of it is older. */
const LOG_DAYS = 30 + 7;
const SCANS_A_DAY = 2880;
/** Pages that are written bit by bit are two thirds full. */
const LOOSE = 1.5;
/** What a row and its indexes may take in a table that is still too small to be measured by its pages. */
const SMALL_ROW = 500;
/** At most one row for each device. In the first week they are still being learned. */
const PER_DEVICE = ['device_list', 'device_habits', 'watched_silences', 'device_profiles'];

test('what a day adds, 365 times, is less than 100 MB', { timeout: 600_000 }, async () => {
  const owner = await openSession(db.url, { application: 'test' });
  const measured: TableSize[][] = [];
  const { stations, scans } = await liveAWeek(owner, {
    seed: 1,
    start: new Date('2026-11-02T00:00:00Z'),
    days: DAYS,
    stepSeconds: STEP_S,
    onDay: async day => {
      if (day === 0) await profileEverybody(owner);
      await owner.query('select refresh_device_lists()'); // as the site does after each change, and prune without a site
      await owner.query('vacuum analyze'); // as autovacuum does
      if (day > 0 && day < DAYS - 1) return;
      // Of the rows themselves: what a long transaction of another test keeps from being reused is not theirs.
      await owner.query('vacuum full');
      measured.push(await tableSizes(owner));
    },
  });
  await owner.close();
  expect(stations).toBeGreaterThanOrEqual(250);
  expect(scans).toBeGreaterThan((0.9 * DAYS * 24 * 3600) / STEP_S);

  const [first = [], last = []] = measured;
  const sizeOf = (sizes: TableSize[], name: string) => sizes.find(one => one.name === name);
  const rowsOf = (sizes: TableSize[], name: string) => sizeOf(sizes, name)?.rows ?? 0;
  // What a further row takes: an index has its first two pages, and a week to come its own, while there is nothing in them.
  const growth = ({ name, bytes, rows }: TableSize) =>
    (bytes - (sizeOf(first, name)?.bytes ?? 0)) / (rows - rowsOf(first, name));
  const bytesPerRow = (table: TableSize) =>
    table.bytes > MB / 2 && newPerDay(table.name) > 0 ? growth(table) * LOOSE : SMALL_ROW;
  const newPerDay = (name: string) => Math.max((rowsOf(last, name) - rowsOf(first, name)) / (DAYS - 1), 0);
  const moreDevices = (newPerDay('devices') * (365 - DAYS)) / rowsOf(last, 'devices');
  const yearOf = (table: TableSize) => {
    if (table.name === 'discovery_log')
      return table.bytes + growth(table) * (SCANS_A_DAY * LOG_DAYS - table.rows);
    if (PER_DEVICE.includes(table.name)) return table.bytes * (1 + moreDevices);
    return table.bytes + newPerDay(table.name) * bytesPerRow(table) * (365 - DAYS);
  };
  const year = last.map(table => ({ name: table.name, mb: Number((yearOf(table) / MB).toFixed(1)) }));
  const total = year.reduce((sum, { mb }) => sum + mb, 0);
  // Something was there to be measured.
  expect(rowsOf(last, 'connections')).toBeGreaterThan(500);
  expect(rowsOf(last, 'deliveries')).toBeGreaterThan(20);
  expect(rowsOf(last, 'discovery_log')).toBe(scans);
  expect(total, JSON.stringify(year)).toBeLessThan(100);
  expect(total).toBeGreaterThan(30);
});
