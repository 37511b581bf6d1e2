import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { beginScan, recordScan, recordScanFailure, type ScanReport } from '../../src/store/scan-record.ts';
import { openSession } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());

const A = '3c:37:12:00:00:0a'; // AVM
const B = '02:00:00:00:00:0b'; // locally administered
const C = '3c:37:12:00:00:0c';

let sites = 0;
/** Every test has a site of its own, so none sees another's devices. */
function site() {
  const name = `site-${++sites}`;
  const scan = (seen: Record<string, string>, options: Partial<ScanReport> = {}) =>
    recordScan(db.pool, name, {
      network: '192.168.1.0/24',
      interface: 'eth0',
      method: 'packet',
      durationMs: 500,
      probed: 253,
      answered: Object.keys(seen).length,
      frames: 253,
      broadcasts: 253,
      problem: null,
      ips: Object.keys(seen),
      macs: Object.values(seen),
      ...options,
    });
  const rows = <Row>(sql: string) =>
    db.pool.query<Row>(sql.replaceAll('$site', `(select id from sites where name = '${name}')`));
  const presence = () =>
    rows<{ ip: string; mac: string; presence: string; misses: number; opened_as: string }>(
      `select host(ip) as ip, mac::text, presence, misses, opened_as from device_presence
       where site_id = $site order by started_at, connection_id`,
    );
  const alerts = () =>
    rows<{ kind: string; summary: string; count: number; open: boolean }>(
      `select kind, summary, count, resolved_at is null as open from alerts where site_id = $site order by id`,
    );
  return { name, scan, rows, presence, alerts };
}

const none = { new: 0, returned: 0, moved: 0, missing: 0 };

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

  test('one device on two networks is one device with two connections', async () => {
    const { scan, rows, presence } = site();
    await scan({ '192.168.1.2': A });
    await scan({ '10.0.0.2': A }, { network: '10.0.0.0/24' });
    expect(await rows('select count(*) as n from devices where site_id = $site')).toEqual([{ n: 1 }]);
    await scan({ '10.0.0.2': A }, { network: '10.0.0.0/24' });
    expect((await presence()).map(row => row.presence)).toEqual(['here', 'here']);
  });

  test('an abandoned network hands its devices to the one that replaced it', async () => {
    const { scan, presence, rows } = site();
    await scan({ '192.168.1.2': A });
    await rows(
      `update networks set last_scan_at = now() - interval '1 hour' where site_id = $site returning 1`,
    );
    expect(await scan({ '192.168.1.2': A }, { network: '192.168.0.0/23' })).toEqual(none);
    expect(await presence()).toMatchObject([{ presence: 'here', misses: 0 }]);
    expect(
      await rows(
        'select n.cidr::text from connections c join networks n on n.id = c.network_id where c.site_id = $site',
      ),
    ).toEqual([{ cidr: '192.168.0.0/23' }]);
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

test('a blocked device that changes its address has not left in between', async () => {
  const { scan, alerts, rows } = site();
  await scan({});
  await scan({ '192.168.1.2': A });
  await rows(`update devices set state = 'blocked' where site_id = $site returning 1`);
  await scan({ '192.168.1.3': A });
  await scan({ '192.168.1.4': A });
  expect((await alerts()).filter(({ kind }) => kind === 'blocked_device_seen')).toMatchObject([
    { open: true, count: 2 },
  ]);
});

describe('alerts', () => {
  test('a new device has one alert, however many addresses it took', async () => {
    const { scan, alerts } = site();
    await scan({});
    await scan({}, { ips: ['192.168.1.2', '192.168.1.3'], macs: [A, A] });
    await scan({ '192.168.1.2': A });
    expect((await alerts()).slice(1)).toEqual([
      {
        kind: 'new_device',
        summary: expect.stringMatching(/^New device: AVM.* at 192\.168\.1\.2$/),
        count: 1,
        open: true,
      },
    ]);
  });

  test('a blocked device alerts each time it comes, and the alert ends when it goes', async () => {
    const { scan, alerts, rows } = site();
    await scan({ '192.168.1.2': A });
    await rows(`update devices set state = 'blocked' where site_id = $site returning 1`);
    await scan({ '192.168.1.2': A });
    expect(await alerts()).toHaveLength(1); // it was here when it was blocked: the person knows
    for (let visit = 1; visit <= 2; visit++) {
      for (let i = 0; i < 3; i++) await scan({});
      await scan({ '192.168.1.2': A });
    }
    expect((await alerts()).slice(1)).toMatchObject([
      { kind: 'blocked_device_seen', open: false },
      { kind: 'blocked_device_seen', open: true },
    ]);
  });

  test('scans that keep failing are one alert, which a completed one ends', async () => {
    const { scan, alerts } = site();
    await scan({});
    const fail = () => scan({}, { problem: 'eth0 is down', probed: 0 });
    await fail();
    await fail();
    expect(await alerts()).toHaveLength(1);
    for (let i = 0; i < 4; i++) await fail();
    expect((await alerts()).slice(1)).toMatchObject([{ kind: 'scan_failing', count: 4, open: true }]);
    await scan({});
    expect((await alerts()).slice(1)).toMatchObject([{ kind: 'scan_failing', open: false }]);
  });

  test('so are scans that cannot choose a network', async () => {
    const { name, alerts, scan } = site();
    const failure = { network: null, interface: '', problem: 'no private network' };
    for (let i = 0; i < 3; i++) await recordScanFailure(db.pool, name, failure);
    expect(await alerts()).toMatchObject([{ kind: 'scan_failing', open: true }]);
    await scan({});
    expect(await alerts()).toMatchObject([{ kind: 'scan_failing', open: false }, { kind: 'baseline' }]);
  });

  test('without a channel the delivery says so; with one it is queued, in the same transaction', async () => {
    const { scan, rows } = site();
    await scan({});
    expect(await rows('select state, reason from deliveries where site_id = $site')).toEqual([
      { state: 'suppressed', reason: 'no channel is set up' },
    ]);
    await rows(
      `insert into channels (site_id, name, kind, target) values ($site, 'email', 'email', 'a@example.org') returning 1`,
    );
    await scan({ '192.168.1.2': A });
    expect(
      await rows(
        `select d.state, d.reason, c.name from deliveries d left join channels c on c.id = d.channel_id where d.site_id = $site order by d.id desc limit 1`,
      ),
    ).toEqual([{ state: 'queued', reason: null, name: 'email' }]);
    expect(
      await rows(
        'select 1 from alerts a where a.site_id = $site and not exists (select from deliveries d where d.alert_id = a.id)',
      ),
    ).toEqual([]);
  });
});

describe('references to devices are kept by the database, a statement at a time', () => {
  const refused = { code: '23503' };
  test('a connection, a MAC and an alert need a device that exists', async () => {
    const { scan, rows } = site();
    await scan({ '192.168.1.2': A });
    const nobody = 'select max(id) + 1000 from devices';
    await expect(
      rows(
        `insert into device_macs (site_id, mac, device_id, first_seen_at) values ($site, '02:00:00:00:09:09', (${nobody}), now())`,
      ),
    ).rejects.toMatchObject(refused);
    await expect(
      rows(`update device_macs set device_id = (${nobody}) where site_id = $site`),
    ).rejects.toMatchObject(refused);
    await expect(
      rows(`update connections set device_id = (${nobody}) where site_id = $site`),
    ).rejects.toMatchObject(refused);
    await expect(
      rows(`insert into connections (site_id, device_id, network_id, mac, ip, started_at, opened_as)
      values ($site, (${nobody}), 1, '02:00:00:00:09:09', '10.9.9.9', now(), 'new')`),
    ).rejects.toMatchObject(refused);
    await expect(
      rows(`insert into alerts (site_id, kind, severity, device_id, summary, dedup_key)
      values ($site, 'new_device', 'low', (${nobody}), 'x', 'x')`),
    ).rejects.toMatchObject(refused);
  });

  test('and a device is never deleted', async () => {
    const { scan, rows } = site();
    await scan({ '192.168.1.2': A });
    await expect(rows('delete from devices where site_id = $site')).rejects.toThrow('archived, not deleted');
  });
});

test('10,000 devices in a first look become 10,000 devices in one go; 10,000 unknown MACs later become none', async () => {
  const { scan, rows, alerts } = site();
  const network = '10.0.0.0/16';
  const index = Array.from({ length: 10_000 }, (_, i) => i);
  const ips = index.map(i => `10.0.${i >> 8}.${i & 255}`);
  const macs = (third: number) =>
    index.map(
      i =>
        `02:00:00:0${third}:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`,
    );
  const first = { network, ips, macs: macs(1) };
  expect(await scan({}, first)).toEqual({ ...none, new: 10_000 });
  expect(await scan({}, first)).toEqual(none);
  expect(await scan({}, { network, ips: [...ips, ...ips], macs: [...macs(1), ...macs(2)] })).toEqual(none);
  expect(await rows('select count(*) as n from devices where site_id = $site')).toEqual([{ n: 10_000 }]);
  expect((await alerts()).map(({ kind }) => kind)).toEqual(['baseline', 'arp_flood']);
});

describe('two scans at once', () => {
  test('of one network: the second is refused until the first has gone', async () => {
    const first = await openSession(db.url, { application: 'test' });
    const second = await openSession(db.url, { application: 'test' });
    const ask = async (session: typeof first) =>
      (await beginScan(session, 'busy', ['10.0.0.0/24', '10.0.1.0/24'])).map(({ granted }) => granted);
    expect(await ask(first)).toEqual([true, true]);
    expect(await ask(second)).toEqual([false, false]);
    await first.close();
    await expect.poll(() => ask(second)).toEqual([true, true]);
    await second.close();
  });

  test('of two networks that see the same new devices: each becomes one device', async () => {
    const { scan, rows } = site();
    const networks = ['10.1.0.0/24', '10.2.0.0/24', '10.3.0.0/24', '10.4.0.0/24'];
    await Promise.all(networks.map(network => scan({}, { network })));
    await Promise.all(
      networks.map((network, n) =>
        scan(Object.fromEntries([A, B, C].map((mac, i) => [`10.${n + 1}.0.${i + 2}`, mac])), { network }),
      ),
    );
    expect(await rows('select count(*) as n from devices where site_id = $site')).toEqual([{ n: 3 }]);
    expect(await rows('select count(*) as n from connections where site_id = $site')).toEqual([{ n: 12 }]);
  });

  test('known devices are handed to the scan', async () => {
    const { name, scan } = site();
    await scan({ '192.168.1.2': A });
    const session = await openSession(db.url, { application: 'test' });
    const [permit] = await beginScan(session, name, ['192.168.1.0/24']);
    expect(permit?.known).toEqual([{ mac: A, ip: '192.168.1.2' }]);
    await session.close();
  });
});
