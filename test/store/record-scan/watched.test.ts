// Watched devices: device_down when they are silent for longer than their limit, device_back when they return.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { live } from './lived.ts';
import { A, B, C } from './site.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());

const HERE = { '192.168.1.2': A, '192.168.1.3': C };
const REST = { '192.168.1.3': C };

/** A site whose habits are known: looked at for a day. */
async function known() {
  const site = await live(db);
  await site.run(2, HERE);
  await site.rows(
    `update devices set first_seen_at = first_seen_at - interval '2 days' where site_id = $site returning id`,
  );
  await site.rows(
    `update networks set looking_since = looking_since - interval '2 days' where site_id = $site returning id`,
  );
  return site;
}

/** Scans without A until it is reported as down; how many minutes that took. */
async function minutesUntilDown(site: Awaited<ReturnType<typeof live>>, most: number, here = REST) {
  for (let minutes = 1; minutes <= most; minutes++) {
    await site.run(1, here);
    if ((await site.kinds()).includes('device_down')) return minutes;
  }
  return undefined;
}

describe('the limit', () => {
  test('is five minutes for a steady device', async () => {
    const site = await known();
    await site.watch(A);
    expect(await minutesUntilDown(site, 10)).toBe(5);
    expect((await site.alerts()).at(-1)).toMatchObject({
      summary: expect.stringMatching(/^Down: AVM.* at 192\.168\.1\.2 has not answered for 5 min$/),
    });
    await site.run(30, REST);
    expect(await site.kinds()).toEqual(['baseline', 'device_down']);
    await site.close();
  });

  test('is a person’s own, if there is one', async () => {
    const site = await known();
    await site.watch(A, '2 minutes');
    expect(await minutesUntilDown(site, 10)).toBe(2);
    await site.close();
  });

  test('is never less than one missed scan', async () => {
    const site = await known();
    await site.watch(A, '0 seconds');
    await site.run(5, HERE);
    expect(await site.kinds()).toEqual(['baseline']);
    expect(await minutesUntilDown(site, 10)).toBe(1);
    await site.close();
  });

  test('is four hours for a device that nobody knows yet', async () => {
    const site = await live(db, 240);
    await site.run(8, HERE);
    await site.watch(A);
    await site.run(236, REST);
    expect(await site.kinds()).toEqual(['baseline']);
    await site.run(4, REST);
    expect(await site.kinds()).toEqual(['baseline', 'device_down']);
    await site.close();
  });

  test('is three times the longest silence, where it has had some', async () => {
    const site = await known();
    await site.watch(A);
    for (let i = 0; i < 2; i++) {
      await site.run(3, REST);
      await site.run(2, HERE);
    }
    expect(await minutesUntilDown(site, 20)).toBe(12); // 4 min from the last answer to the next
    await site.close();
  });

  test('is two hours at most after one long silence that was never repeated', async () => {
    const site = await known();
    await site.run(200, REST);
    await site.run(1, HERE);
    await site.watch(A);
    await site.run(119, REST);
    expect(await site.kinds()).toEqual(['baseline']);
    await site.run(1, REST);
    expect(await site.kinds()).toEqual(['baseline', 'device_down']);
    await site.close();
  });

  test('is a quarter of an hour at least for those that fall silent together', async () => {
    const site = await known();
    const four = { '192.168.1.4': B, '192.168.1.5': '3c:37:12:00:00:05', '192.168.1.6': '3c:37:12:00:00:06' };
    const others = Object.fromEntries(
      Array.from({ length: 8 }, (_, i) => [`192.168.1.${20 + i}`, `3c:37:12:00:02:0${i}`]),
    );
    await site.run(2, { ...HERE, ...four, ...others });
    await site.rows(
      `update devices set first_seen_at = first_seen_at - interval '2 days' where site_id = $site returning id`,
    );
    await site.watch(A);
    expect(await minutesUntilDown(site, 20, { ...REST, ...others })).toBe(15);
    await site.close();
  });

  test('and for whoever fell silent in the scan before them', async () => {
    const site = await known();
    const three = {
      '192.168.1.4': B,
      '192.168.1.5': '3c:37:12:00:00:05',
      '192.168.1.6': '3c:37:12:00:00:06',
    };
    const others = Object.fromEntries(
      Array.from({ length: 8 }, (_, i) => [`192.168.1.${20 + i}`, `3c:37:12:00:02:0${i}`]),
    );
    const four = { ...three, '192.168.1.7': '3c:37:12:00:00:07' };
    await site.run(2, { ...HERE, ...four, ...others });
    await site.watch(A);
    await site.run(1, { ...REST, ...four, ...others });
    expect(await minutesUntilDown(site, 20, { ...REST, ...others })).toBe(14);
    await site.close();
  });
});

describe('a watched device', () => {
  test('that returns is reported as back, with how long it was away', async () => {
    const site = await known();
    await site.watch(A);
    await site.run(65, REST);
    await site.run(1, HERE);
    expect(await site.kinds()).toEqual(['baseline', 'device_down (over)', 'device_back (over)']);
    expect((await site.alerts()).at(-1)?.summary).toMatch(/^Back: AVM.* at 192\.168\.1\.2, after 1 h 6 min$/);
    expect(
      await site.rows(
        `select severity from alerts where site_id = $site and kind like 'device_%' order by id`,
      ),
    ).toEqual([{ severity: 'high' }, { severity: 'low' }]);
    await site.close();
  });

  test('that returns within its limit raises nothing', async () => {
    const site = await known();
    await site.watch(A);
    await site.run(4, REST);
    await site.run(5, HERE);
    expect(await site.kinds()).toEqual(['baseline']);
    expect(await site.rows('select device_id from watched_silences where site_id = $site')).toEqual([]);
    await site.close();
  });

  test('that returns after the clock was set back was away for as long as somebody looked', async () => {
    const site = await known();
    await site.watch(A, '5 minutes');
    await site.run(65, REST);
    site.pass(-120);
    await site.run(1, HERE);
    expect((await site.alerts()).find(({ kind }) => kind === 'device_back')?.summary).toMatch(
      /, after 1 h 5 min$/,
    );
    await site.close();
  });

  test('is here while any of its addresses is, on any network', async () => {
    const site = await known();
    await site.watch(A);
    const other = { network: '10.0.0.0/24' };
    await site.scan({ '10.0.0.2': A }, other);
    await site.rows(
      `update networks set looking_since = looking_since - interval '2 days' where site_id = $site returning id`,
    );
    for (let i = 0; i < 10; i++) {
      await site.run(1, REST);
      await site.scan({ '10.0.0.2': A }, other);
    }
    expect(await site.kinds()).not.toContain('device_down');
    for (let i = 0; i < 6; i++) {
      await site.run(1, REST);
      await site.scan({}, other);
    }
    expect((await site.kinds()).filter(kind => kind === 'device_down')).toHaveLength(1);
    await site.scan({ '10.0.0.2': A }, other);
    expect(await site.kinds()).toContain('device_back (over)');
    await site.close();
  });

  test('is here while any of its MACs is', async () => {
    const site = await known();
    await site.run(1, { ...HERE, '192.168.1.4': B });
    // What a merge leaves: both MACs, and what they have open, belong to one device.
    const keep = `(select device_id from device_macs where site_id = $site and mac = '${A}')`;
    await site.rows(
      `update connections set device_id = ${keep} where site_id = $site and mac = '${B}' returning id`,
    );
    await site.rows(
      `update device_macs set device_id = ${keep} where site_id = $site and mac = '${B}' returning mac`,
    );
    await site.watch(A);
    await site.run(10, { ...REST, '192.168.1.4': B });
    expect(await site.kinds()).not.toContain('device_down');
    await site.run(6, REST);
    expect(await site.kinds()).toContain('device_down');
    await site.close();
  });

  test('is not missed where nobody has looked since it was last seen', async () => {
    const site = await known();
    await site.watch(A);
    await site.run(2, REST);
    site.pass(300);
    await site.run(1, HERE);
    await site.run(20, REST, { problem: 'eth0 is down', probed: 0 });
    expect(await site.kinds()).not.toContain('device_down');
    await site.close();
  });

  test.each(['ignored', 'archived'])('that is %s raises nothing', async state => {
    const site = await known();
    await site.watch(A);
    await site.rows(
      `update devices set state = '${state}' where site_id = $site and importance = 'watched' returning id`,
    );
    await site.run(10, REST);
    expect(await site.kinds()).toEqual(['baseline']);
    await site.close();
  });

  test('is also one that was quiet already when somebody began to watch it', async () => {
    const site = await known();
    await site.run(2, REST);
    await site.watch(A);
    await site.run(4, REST);
    expect(await site.kinds()).toContain('device_down');
    await site.close();
  });

  test('is down no longer when nobody watches it any more', async () => {
    const site = await known();
    await site.watch(A);
    await site.run(10, REST);
    await site.rows(`update devices set importance = 'normal' where site_id = $site returning id`);
    await site.run(1, REST);
    expect(await site.kinds()).toEqual(['baseline', 'device_down (over)']);
    await site.close();
  });

  test('is missed as ever after the clock was set back', async () => {
    const site = await known();
    await site.watch(A);
    await site.run(3, HERE);
    site.pass(-600);
    expect(await minutesUntilDown(site, 10)).toBe(6);
    await site.run(1, HERE);
    expect((await site.alerts()).at(-1)?.summary).toMatch(/, after 0 s$|, after/);
    await site.close();
  });
});
