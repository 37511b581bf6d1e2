// How long a device may be silent before it is gone: learned from its silences, on a clock that runs while scans complete.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPresenceReason } from '../../../src/store/presence-reason.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { live } from './lived.ts';
import { A } from './site.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());

const HERE = { '192.168.1.2': A };

/** Silent for `minutes`, then here again for five. */
async function nap(site: Awaited<ReturnType<typeof live>>, minutes: number, times = 1) {
  for (let i = 0; i < times; i++) {
    await site.run(minutes, {});
    await site.run(5, HERE);
  }
}

const habits = (site: Awaited<ReturnType<typeof live>>) =>
  site.rows<{ silences: number[]; usual: number; longest: number; sleeper: boolean }>(
    `select silences, usual_s as usual, longest_s as longest, sleeper_until is not null as sleeper
     from device_habits where site_id = $site`,
  );

describe('a silence', () => {
  test('of one missed scan is no habit; of two it is, and of a device that had been called gone', async () => {
    const site = await live(db);
    await site.run(3, HERE);
    await nap(site, 1);
    expect(await habits(site)).toEqual([]);
    await nap(site, 2);
    expect(await habits(site)).toMatchObject([{ silences: [180], sleeper: false }]);
    await nap(site, 20);
    expect(await habits(site)).toMatchObject([{ silences: [180, 1260], longest: 1260 }]);
    expect((await site.presence()).map(row => row.presence)).toEqual(['gone', 'here']);
    await site.close();
  });

  test('of more than four hours is an absence', async () => {
    const site = await live(db, 300);
    await site.run(15, HERE);
    await site.run(5 * 60, {});
    await site.run(10, HERE);
    expect(await habits(site)).toEqual([]);
    await site.close();
  });

  test('that nobody watched from end to end tells nothing', async () => {
    const site = await live(db);
    await site.run(3, HERE);
    await site.run(2, {});
    site.pass(30);
    await site.run(5, HERE);
    expect(await habits(site)).toEqual([]);
    await site.close();
  });

  test('is noted once where a device has two addresses', async () => {
    const site = await live(db);
    const two = { '192.168.1.2': A, '192.168.1.3': A };
    await site.run(3, two);
    await site.run(2, {});
    await site.run(1, two);
    expect(await habits(site)).toMatchObject([{ silences: [180] }]);
    await site.close();
  });

  test('is remembered fifty times, and the longest for a month', async () => {
    const site = await live(db, 60);
    await site.run(3, HERE);
    await nap(site, 30);
    for (let i = 0; i < 55; i++) {
      await site.run(2, {});
      await site.run(1, HERE);
    }
    const [row] = await habits(site);
    expect(row?.silences).toHaveLength(50);
    expect(row).toMatchObject({ usual: 180, longest: 1860, sleeper: true });
    site.pass(36 * 24 * 60);
    await site.run(2, HERE);
    await nap(site, 2);
    expect(await habits(site)).toMatchObject([{ longest: 180 }]);
    await site.close();
  });
});

describe('a sleeper', () => {
  test('is quiet, not gone, until it has been silent for longer than it usually is', async () => {
    const site = await live(db);
    await site.run(3, HERE);
    await nap(site, 9, 5);
    await site.run(19, {});
    expect(await site.presence()).toMatchObject([
      ...Array.from({ length: 5 }, () => ({ presence: 'gone' })),
      { presence: 'quiet', misses: 19 },
    ]);
    await site.run(1, {});
    expect((await site.presence()).at(-1)).toMatchObject({ presence: 'gone' });
    await site.close();
  });

  test('costs no write while it sleeps', async () => {
    const site = await live(db);
    await site.run(3, HERE);
    await nap(site, 9, 5);
    await site.run(3, {});
    const rows = () => site.rows('select xmin, ctid from connections where site_id = $site order by id');
    const before = await rows();
    expect(await site.run(8, {})).toMatchObject({ missing: 0 });
    expect(await rows()).toEqual(before);
    await site.close();
  });

  test('that returns from another address has moved at once', async () => {
    const site = await live(db);
    await site.run(3, HERE);
    await nap(site, 9, 5);
    await site.run(8, {});
    expect(await site.run(1, { '192.168.1.77': A })).toMatchObject({ moved: 1, new: 0 });
    expect((await site.presence()).slice(-2)).toMatchObject([
      { ip: '192.168.1.2', presence: 'gone' },
      { ip: '192.168.1.77', presence: 'here' },
    ]);
    expect((await habits(site))[0]?.silences.at(-1)).toBe(540);
    await site.close();
  });

  test('is one no longer after a quiet week', async () => {
    const site = await live(db);
    await site.run(3, HERE);
    await nap(site, 9, 5);
    site.pass(7 * 24 * 60);
    await site.run(2, HERE);
    await site.run(3, {});
    expect((await site.presence()).at(-1)).toMatchObject({ presence: 'gone' });
    await site.close();
  });
});

describe('the looked clock', () => {
  test('stands still while nobody scans: an outage of the scanner is nobody’s absence', async () => {
    const site = await live(db);
    await site.run(3, HERE);
    await nap(site, 9, 5);
    await site.run(5, {});
    site.pass(10 * 60); // patience is twenty minutes
    await site.run(1, {});
    expect((await site.presence()).at(-1)).toMatchObject({ presence: 'quiet', misses: 6 });
    await site.run(1, HERE);
    expect((await site.presence()).at(-1)).toMatchObject({ presence: 'here' });
    await site.close();
  });

  test('and coverage says when it ran', async () => {
    const site = await live(db);
    await site.run(10, HERE);
    site.pass(60);
    await site.run(10, HERE);
    site.pass(4); // too short to be a pause
    await site.run(10, HERE, { problem: 'cut short' });
    await site.run(1, HERE);
    const [network] = await site.rows(
      `select scans, looked_ms / 60000 as minutes, looking_since as since from networks where site_id = $site`,
    );
    // 9 in the first run, 9 in the second, and five for each pause.
    expect(network).toEqual({ scans: 21, minutes: 9 + 5 + 9 + 5, since: site.at(95) });
    expect(
      await site.rows(
        `select lower(during) as "from", upper(during) as "to" from coverage where site_id = $site order by during`,
      ),
    ).toEqual([
      { from: site.at(1), to: site.at(10) },
      { from: site.at(71), to: site.at(80) },
    ]);
    await site.close();
  });

  test('survives a clock that is set back', async () => {
    const site = await live(db);
    await site.run(10, HERE);
    await nap(site, 9, 5);
    site.pass(-120);
    await site.run(5, {});
    await site.run(5, HERE);
    await site.run(3, {});
    const [network] = await site.rows<{ minutes: number; scans: number }>(
      `select looked_ms / 60000 as minutes, scans from networks where site_id = $site`,
    );
    expect(network).toMatchObject({ scans: 93, minutes: 91 });
    expect((await site.presence()).at(-1)).toMatchObject({ presence: 'quiet', misses: 3 });
    await site.close();
  });
});

test('the reason has the numbers', async () => {
  const site = await live(db);
  await site.run(3, HERE);
  await nap(site, 9, 6);
  await site.run(12, {});
  const [device] = await site.rows<{ id: number }>('select id from devices where site_id = $site');
  expect(await readPresenceReason(site, site.name, device?.id ?? 0)).toMatchObject({
    state: 'quiet',
    misses: 12,
    lastSeenAt: site.at(site.minute() - 12),
    habit: 'sleeper',
    silences: 6,
    usualMs: 10 * 60_000,
    silentMs: 12 * 60_000,
    patienceMs: 20 * 60_000,
    watched: false,
    ownLimit: false,
  });
  await site.close();
});
