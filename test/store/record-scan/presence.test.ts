import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { A, B, C, none, siteOf } from './site.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());

const site = () => siteOf(db.pool);

describe('the first completed scan of a network', () => {
  test('is a baseline: everybody is known, and there is one alert with the list', async () => {
    const { scan, alerts, rows } = site();
    expect(await scan({ '192.168.1.2': A, '192.168.1.3': B })).toEqual({ ...none, new: 2 });
    expect(await alerts()).toEqual([
      { kind: 'baseline', summary: 'First look at 192.168.1.0/24: 2 devices', count: 1, open: true },
    ]);
    expect(await rows('select distinct state from devices where site_id = $site')).toEqual([
      { state: 'known' },
    ]);
    const [alert] = await rows<{ detail: { devices: { ip: string; vendor: string | null }[] } }>(
      'select detail from alerts where site_id = $site',
    );
    expect(alert?.detail.devices.map(({ ip }) => ip)).toEqual(['192.168.1.2', '192.168.1.3']);
    expect(alert?.detail.devices[0]?.vendor).toMatch(/AVM/);
    expect(alert?.detail.devices[1]?.vendor).toBeNull(); // a random MAC's bits name no vendor
  });

  test('that did not complete is no baseline', async () => {
    const { scan, alerts, presence } = site();
    expect(await scan({ '192.168.1.2': A }, { problem: 'timed out' })).toEqual(none);
    expect(await presence()).toEqual([]);
    await scan({ '192.168.1.2': A });
    expect(await alerts()).toMatchObject([{ kind: 'baseline' }]);
  });

  test('may find nobody', async () => {
    const { scan, alerts } = site();
    await scan({});
    expect(await alerts()).toMatchObject([{ summary: 'First look at 192.168.1.0/24: 0 devices' }]);
    await scan({ '192.168.1.2': A });
    expect(await alerts()).toMatchObject([{}, { kind: 'new_device' }]);
  });
});

describe('presence', () => {
  test('a device that stays costs no row', async () => {
    const { scan, rows } = site();
    await scan({ '192.168.1.2': A });
    const before = await rows('select xmin, ctid from connections where site_id = $site');
    for (let i = 0; i < 5; i++) expect(await scan({ '192.168.1.2': A })).toEqual(none);
    expect(await rows('select xmin, ctid from connections where site_id = $site')).toEqual(before);
  });

  test('a silent device is quiet for two scans and gone with the third, as of when it was last seen', async () => {
    const { scan, presence, rows } = site();
    await scan({ '192.168.1.2': A });
    const [{ last } = { last: null }] = await rows<{ last: Date }>(
      'select last_scan_at as last from networks where site_id = $site',
    );
    expect(await scan({})).toEqual({ ...none, missing: 1 });
    expect(await presence()).toMatchObject([{ presence: 'quiet', misses: 1 }]);
    await scan({});
    expect(await presence()).toMatchObject([{ presence: 'quiet', misses: 2 }]);
    await scan({});
    expect(await presence()).toMatchObject([{ presence: 'gone', misses: 3 }]);
    expect(await rows('select ended_at from connections where site_id = $site')).toEqual([
      { ended_at: last },
    ]);
  });

  test('a quiet device that answers again is here as if nothing had happened', async () => {
    const { scan, presence } = site();
    await scan({ '192.168.1.2': A });
    await scan({});
    await scan({});
    expect(await scan({ '192.168.1.2': A })).toEqual(none);
    expect(await presence()).toMatchObject([{ presence: 'here', misses: 0 }]);
  });

  test('a device that was gone returns in a second interval', async () => {
    const { scan, presence } = site();
    await scan({ '192.168.1.2': A });
    for (let i = 0; i < 3; i++) await scan({});
    expect(await scan({ '192.168.1.2': A })).toEqual({ ...none, returned: 1 });
    expect(await presence()).toMatchObject([
      { presence: 'gone' },
      { presence: 'here', opened_as: 'returned' },
    ]);
  });

  test('"not looked" is not "not there": incomplete scans change nobody', async () => {
    const { scan, presence } = site();
    await scan({ '192.168.1.2': A });
    for (let i = 0; i < 10; i++) await scan({}, { problem: 'eth0 went away', probed: 12 });
    expect(await presence()).toMatchObject([{ presence: 'here', misses: 0 }]);
  });

  test('a device that answers from another address has moved, and the old address is free at once', async () => {
    const { scan, presence } = site();
    await scan({ '192.168.1.2': A });
    expect(await scan({ '192.168.1.9': A })).toEqual({ ...none, moved: 1, missing: 1 });
    expect(await presence()).toMatchObject([
      { ip: '192.168.1.2', presence: 'gone' },
      { ip: '192.168.1.9', presence: 'here', opened_as: 'moved' },
    ]);
  });

  test('two devices may swap their addresses', async () => {
    const { scan, presence } = site();
    await scan({ '192.168.1.2': A, '192.168.1.3': C });
    expect(await scan({ '192.168.1.2': C, '192.168.1.3': A })).toMatchObject({ new: 0, moved: 2 });
    const here = (await presence()).filter(row => row.presence === 'here');
    expect(Object.fromEntries(here.map(({ ip, mac }) => [ip, mac]))).toEqual({
      '192.168.1.2': C,
      '192.168.1.3': A,
    });
  });

  test('two MACs at one address are two connections, one MAC at two addresses too', async () => {
    const { scan, presence } = site();
    await scan({}, { ips: ['192.168.1.2', '192.168.1.2', '192.168.1.3'], macs: [A, C, A] });
    expect((await presence()).map(({ ip, mac }) => `${ip} ${mac}`).sort()).toEqual(
      [`192.168.1.2 ${A}`, `192.168.1.2 ${C}`, `192.168.1.3 ${A}`].sort(),
    );
  });

  test('the same answer twice is one observation', async () => {
    const { scan, presence } = site();
    expect(await scan({}, { ips: ['192.168.1.2', '192.168.1.2'], macs: [A, A] })).toMatchObject({ new: 1 });
    expect(await presence()).toHaveLength(1);
  });

  test('a clock that is set back neither fails a scan nor makes time run backwards', async () => {
    const { scan, rows, presence } = site();
    await scan({ '192.168.1.2': A });
    // What a server whose clock was an hour ahead has written.
    await rows(
      `update connections set started_at = started_at + interval '1 hour' where site_id = $site returning 1`,
    );
    await rows(
      `update networks set last_scan_at = last_scan_at + interval '1 hour' where site_id = $site returning 1`,
    );
    for (let i = 0; i < 3; i++) await scan({});
    await scan({ '192.168.1.2': A });
    for (let i = 0; i < 3; i++) await scan({});
    await scan({ '192.168.1.2': A });
    expect((await presence()).map(row => row.presence)).toEqual(['gone', 'gone', 'here']);
  });
});

describe('a device heard without being asked', () => {
  test('is new, but never here: its interval ends when it was last heard', async () => {
    const { scan, presence, alerts, rows } = site();
    await scan({});
    expect(await scan({ '192.0.2.9': A })).toEqual({ ...none, new: 1 });
    expect(await alerts()).toMatchObject([
      {},
      { kind: 'new_device', summary: expect.stringContaining('192.0.2.9') },
    ]);
    expect(await presence()).toMatchObject([{ presence: 'gone', misses: 0 }]);
    for (let i = 0; i < 4; i++) expect(await scan({ '192.0.2.9': A })).toEqual(none);
    for (let i = 0; i < 4; i++) expect(await scan({})).toEqual(none); // nobody asked, so nobody is missing
    const back = (minutes: number) =>
      rows(`update connections set started_at = started_at - make_interval(mins => ${minutes}),
        ended_at = ended_at - make_interval(mins => ${minutes}) where site_id = $site returning 1`);
    await back(6);
    await scan({ '192.0.2.9': A });
    const length = () =>
      rows(
        `select extract(minutes from ended_at - started_at) as minutes from connections where site_id = $site order by id`,
      );
    expect(await length()).toEqual([{ minutes: '6' }]);
    await back(11); // a longer silence begins a new interval
    await scan({ '192.0.2.9': A });
    expect(await length()).toEqual([{ minutes: '6' }, { minutes: '0' }]);
  });

  test('and so are the network’s own and its broadcast address', async () => {
    const { scan, presence } = site();
    await scan({ '192.168.1.0': A, '192.168.1.255': C, '192.168.1.1': B });
    expect((await presence()).filter(row => row.presence === 'here')).toMatchObject([{ ip: '192.168.1.1' }]);
  });

  test('a /31 has neither', async () => {
    const { scan, presence } = site();
    await scan({ '10.0.0.0': A, '10.0.0.1': C }, { network: '10.0.0.0/31' });
    expect((await presence()).map(row => row.presence)).toEqual(['here', 'here']);
  });
});

test('a router with many addresses that gains one and misses one has not moved', async () => {
  const { scan, presence } = site();
  await scan({}, { ips: ['192.168.1.1', '192.168.1.2'], macs: [A, A] });
  expect(await scan({}, { ips: ['192.168.1.1', '192.168.1.3'], macs: [A, A] })).toEqual({
    ...none,
    missing: 1,
  });
  expect((await presence()).map(({ ip, presence }) => `${ip} ${presence}`).sort()).toEqual([
    '192.168.1.1 here',
    '192.168.1.2 quiet',
    '192.168.1.3 here',
  ]);
});
