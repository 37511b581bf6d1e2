// Most of a network silent in one scan: that says something about the network, not about the devices.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { crowd, live } from './lived.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());

const count = (rows: { presence: string }[], presence: string) =>
  rows.filter(row => row.presence === presence).length;

describe('a router that starts again', () => {
  test('is nobody’s silence, and no alert if it is quick', async () => {
    const site = await live(db);
    await site.run(5, crowd(10));
    expect(await site.run(2, {})).toEqual({ new: 0, returned: 0, moved: 0, missing: 0 });
    expect(count(await site.presence(), 'here')).toBe(10);
    await site.run(1, crowd(10));
    expect(await site.kinds()).toEqual(['baseline']);
    expect(
      await site.rows(
        `select outcome, problem from discovery_log where site_id = $site and outcome <> 'complete' order by id`,
      ),
    ).toEqual([
      { outcome: 'partial', problem: '10 of 10 devices fell silent at once' },
      { outcome: 'partial', problem: '10 of 10 devices fell silent at once' },
    ]);
    expect(await site.rows('select failures, outage_since from networks where site_id = $site')).toEqual([
      { failures: 0, outage_since: null },
    ]);
    await site.close();
  });

  test('leaves time to those that take longer to come back', async () => {
    const site = await live(db);
    await site.run(5, crowd(20));
    await site.run(4, {});
    await site.run(1, crowd(10)); // half of them
    expect(count(await site.presence(), 'here')).toBe(20);
    await site.run(1, crowd(17)); // three are missing now: their silence begins here
    expect(count(await site.presence(), 'quiet')).toBe(3);
    expect(
      await site.rows(
        `select distinct n.looked_ms - c.missed_looked_ms as silent from connections c join networks n on n.id = c.network_id
         where c.site_id = $site and c.misses > 0`,
      ),
    ).toEqual([{ silent: 0 }]);
    await site.close();
  });

  test('does not hide who comes and moves meanwhile', async () => {
    const site = await live(db);
    await site.run(5, crowd(10));
    expect(
      await site.run(1, { '192.168.1.99': '3c:37:12:00:01:0a', '192.168.1.98': '3c:37:12:00:09:09' }),
    ).toMatchObject({ new: 1, moved: 1 });
    expect(await site.kinds()).toEqual(['baseline', 'new_device', 'ip_changed (over)']);
    await site.close();
  });
});

describe('an outage', () => {
  test('is one alert after three scans, and over when most answer again', async () => {
    const site = await live(db);
    await site.run(5, crowd(10));
    await site.run(2, crowd(1));
    expect(await site.kinds()).toEqual(['baseline']);
    await site.run(5, crowd(1));
    expect(await site.kinds()).toEqual(['baseline', 'network_outage']);
    expect((await site.alerts()).at(-1)).toMatchObject({
      summary: 'Most of 192.168.1.0/24 fell silent at once',
    });
    await site.run(1, crowd(10));
    expect(await site.kinds()).toEqual(['baseline', 'network_outage (over)']);
    await site.close();
  });

  test('is believed after a quarter of an hour: then they are silent, as of when they were last seen', async () => {
    const site = await live(db);
    await site.run(5, crowd(10));
    await site.watch('3c:37:12:00:01:0b', '3 minutes');
    await site.run(15, {});
    expect(count(await site.presence(), 'here')).toBe(10);
    await site.run(1, {});
    expect(count(await site.presence(), 'quiet')).toBe(10);
    await site.run(2, {});
    expect(count(await site.presence(), 'gone')).toBe(10);
    expect(await site.rows('select distinct ended_at from connections where site_id = $site')).toEqual([
      { ended_at: site.at(5) },
    ]);
    expect(await site.kinds()).toEqual(['baseline', 'network_outage']);
    await site.run(1, {});
    expect(await site.kinds()).toEqual(['baseline', 'network_outage', 'device_down']);
    await site.run(1, crowd(5));
    expect(await site.kinds()).toContain('network_outage');
    await site.run(1, crowd(6));
    expect(await site.kinds()).toContain('network_outage (over)');
    await site.close();
  });

  test('at the same hour on a third day is routine: an office that is switched off at six', async () => {
    const site = await live(db);
    for (let day = 0; day < 3; day++) {
      await site.run(5, crowd(10));
      await site.run(40, {});
      site.pass(24 * 60 - 45);
    }
    expect(
      await site.rows(
        `select routine from alerts where site_id = $site and kind = 'network_outage' order by id`,
      ),
    ).toEqual([{ routine: false }, { routine: false }, { routine: true }]);
    await site.close();
  });

  test('waits for nobody after a day', async () => {
    const site = await live(db);
    await site.run(5, crowd(10));
    await site.run(20, {});
    site.pass(24 * 60);
    await site.run(1, {});
    expect(await site.kinds()).toEqual(['baseline', 'network_outage (over)']);
    await site.close();
  });

  test('needs a quarter of an hour of looking, not of the clock', async () => {
    const site = await live(db);
    await site.run(5, crowd(10));
    await site.run(1, {});
    site.pass(60);
    await site.run(1, {});
    expect(count(await site.presence(), 'here')).toBe(10);
    await site.close();
  });

  test('does not end by a clock that was set back', async () => {
    const site = await live(db);
    await site.run(5, crowd(10));
    await site.run(2, {});
    site.pass(-600);
    await site.run(16, {});
    await site.run(3, {});
    expect(count(await site.presence(), 'gone')).toBe(10);
    await site.close();
  });
});

describe('is none', () => {
  test('where fewer than four fall silent: a home of three, and a family that leaves', async () => {
    const site = await live(db);
    await site.run(5, crowd(3));
    await site.run(3, {});
    expect(count(await site.presence(), 'gone')).toBe(3);
    await site.close();
  });

  test('where fewer than half of them do', async () => {
    const site = await live(db);
    await site.run(5, crowd(10));
    await site.run(3, crowd(6));
    expect(count(await site.presence(), 'gone')).toBe(4);
    await site.close();
  });

  test('where one router has answered for many addresses', async () => {
    const site = await live(db);
    const many = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`192.168.1.${100 + i}`, '3c:37:12:00:07:07']),
    );
    await site.run(5, { ...crowd(3), ...many });
    await site.run(3, crowd(3));
    expect(count(await site.presence(), 'gone')).toBe(12);
    await site.close();
  });

  test('where they answer from other addresses', async () => {
    const site = await live(db);
    await site.run(5, crowd(10));
    const renumbered = Object.fromEntries(
      Object.values(crowd(10)).map((mac, i) => [`192.168.1.${150 + i}`, mac]),
    );
    expect(await site.run(1, renumbered)).toMatchObject({ moved: 10 });
    expect(count(await site.presence(), 'here')).toBe(10);
    await site.close();
  });
});
