import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  claimProfiles,
  findDevices,
  recordProfile,
  releaseProfile,
  requestProfile,
  type DueDevice,
  type ToldProfile,
} from '../../src/store/profile.ts';
import { recordScan } from '../../src/store/scan-record.ts';
import { openPool } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());

const PRINTER = '3c:37:12:00:00:0a';
const PHONE = '02:00:00:00:00:0b';

const nothing: ToldProfile = {
  names: [],
  ports: [],
  echo: null,
  verdict: { osFamily: null, kind: null, confidence: 0, evidence: [] },
  model: null,
  problems: [],
};

let sites = 0;
/** A site with a printer at .2 and a phone at .3, as the baseline found them. */
async function site() {
  const name = `profile-${++sites}`;
  const scan = (seen: Record<string, string>) =>
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
    });
  await scan({ '192.168.1.2': PRINTER, '192.168.1.3': PHONE });
  const rows = <Row>(sql: string) =>
    db.pool.query<Row>(sql.replaceAll('$site', `(select id from sites where name = '${name}')`));
  const claim = (devices?: readonly number[]) =>
    claimProfiles(db.pool, name, {
      limit: 10,
      leaseMs: 60_000,
      everyDays: 7,
      ...(devices === undefined ? {} : { devices }),
    });
  const idOf = async (ip: string): Promise<number> => (await findDevices(db.pool, name, { ip }))[0] ?? 0;
  /** Takes everybody who is due, and answers for the printer. */
  const tell = async (told: Partial<ToldProfile>) => {
    const device = { deviceId: await idOf('192.168.1.2'), ip: '192.168.1.2' };
    await recordProfile(db.pool, name, device, { ...nothing, ...told });
  };
  const alerts = () =>
    rows<{ kind: string; summary: string; open: boolean; routine: boolean }>(
      `select kind, summary, resolved_at is null as open, routine from alerts
       where site_id = $site and kind <> 'baseline' order by id`,
    );
  const watch = async () =>
    rows(
      `update devices set importance = 'watched' where site_id = $site and id = ${await idOf('192.168.1.2')}`,
    );
  return { name, scan, rows, claim, idOf, tell, alerts, watch };
}

const open = (port: number, service: string | null = null) =>
  ({ port, state: 'open', service, facts: {} }) as const;
const closed = (port: number) => ({ port, state: 'closed', service: null, facts: {} }) as const;
const ips = (due: readonly DueDevice[]) => due.map(({ ip }) => ip).sort();

describe('who is due', () => {
  test('everybody here who was never asked; nobody twice at once, nor again before the week is over', async () => {
    const { claim, tell, rows } = await site();
    const due = await claim();
    expect(due.find(({ ip }) => ip === '192.168.1.2')).toMatchObject({ mac: PRINTER, randomMac: false });
    expect(due.find(({ ip }) => ip === '192.168.1.3')).toMatchObject({
      mac: PHONE,
      randomMac: true,
      vendor: null,
    });
    expect(await claim()).toEqual([]);
    await tell({});
    expect(await claim()).toEqual([]);
    await rows(`update device_profiles set profiled_at = now() - interval '8 days', tried_at = now() - interval '8 days',
                claimed_until = null where site_id = $site`);
    expect(ips(await claim())).toEqual(['192.168.1.2', '192.168.1.3']);
  });

  test('a profiler that died leaves its devices to the next, after its lease', async () => {
    const { claim, rows } = await site();
    await claim();
    await rows(`update device_profiles set claimed_until = now() - interval '1 second',
                tried_at = now() - interval '2 hours' where site_id = $site`);
    expect(ips(await claim())).toEqual(['192.168.1.2', '192.168.1.3']);
  });

  test('who moved, who is asked for, and who is named, but nobody who is gone or ignored', async () => {
    const { claim, scan, rows, idOf, tell, name } = await site();
    await claim();
    await tell({});
    await rows(`update device_profiles set claimed_until = null, profiled_at = now() where site_id = $site`);
    await scan({ '192.168.1.2': PRINTER, '192.168.1.9': PHONE });
    expect(ips(await claim())).toEqual(['192.168.1.9']);

    await requestProfile(db.pool, name, await idOf('192.168.1.2'));
    expect(ips(await claim())).toEqual(['192.168.1.2']);
    await tell({});
    const printer = await idOf('192.168.1.2');
    expect(ips(await claim([printer]))).toEqual(['192.168.1.2']);

    await tell({});
    await requestProfile(db.pool, name, printer);
    await rows(`update devices set state = 'ignored' where site_id = $site and id = ${printer}`);
    expect(await claim()).toEqual([]);
  });

  test('nobody outside the networks that can be reached, and again whoever is given back', async () => {
    const { name, claim, idOf } = await site();
    const options = { limit: 10, leaseMs: 60_000, everyDays: 7 };
    expect(await claimProfiles(db.pool, name, { ...options, networks: ['10.0.0.0/8'] })).toEqual([]);
    expect(
      ips(await claimProfiles(db.pool, name, { ...options, networks: ['192.168.1.0/31', '192.168.1.2/32'] })),
    ).toEqual(['192.168.1.2']);
    const printer = await idOf('192.168.1.2');
    expect(await claim([printer])).toEqual([]);
    await releaseProfile(db.pool, name, printer);
    expect(ips(await claim([printer]))).toEqual(['192.168.1.2']);
  });

  test('two profilers at once never get the same device', async () => {
    const { name, scan } = await site();
    await scan(
      Object.fromEntries(
        Array.from({ length: 40 }, (_, i) => [
          `192.168.1.${i + 2}`,
          `3c:37:12:00:01:${(i + 16).toString(16)}`,
        ]),
      ),
    );
    const claims = await Promise.all(
      Array.from({ length: 6 }, () =>
        claimProfiles(db.pool, name, { limit: 15, leaseMs: 60_000, everyDays: 7 }),
      ),
    );
    const ids = claims.flat().map(({ deviceId }) => deviceId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBe(40);
  });
});

describe('names', () => {
  test('are all kept with their source, and the best one is what it is called', async () => {
    const { claim, tell, rows } = await site();
    await claim();
    await tell({
      names: [
        { source: 'netbios', name: 'BRW1234' },
        { source: 'rdns', name: 'printer.lan' },
      ],
    });
    expect(await rows(`select called from devices where site_id = $site and called is not null`)).toEqual([
      { called: 'printer.lan' },
    ]);
    await tell({});
    expect(
      await rows(`select called from devices where site_id = $site and called is not null`),
    ).toHaveLength(1);
    expect(await rows(`select source, name from device_names where site_id = $site order by source`)).toEqual(
      [
        { source: 'netbios', name: 'BRW1234' },
        { source: 'rdns', name: 'printer.lan' },
      ],
    );
  });

  test('of a known device that becomes another are an alert; routine while nobody watches it', async () => {
    const { claim, tell, alerts, watch, rows } = await site();
    await claim();
    await tell({ names: [{ source: 'mdns', name: 'printer.local' }] });
    await tell({ names: [{ source: 'mdns', name: 'Printer.local' }] });
    expect(await alerts()).toEqual([]);
    await tell({ names: [{ source: 'mdns', name: 'laptop.local' }] });
    expect(await alerts()).toEqual([
      {
        kind: 'name_changed',
        summary: 'Printer.local now calls itself laptop.local',
        open: false,
        routine: true,
      },
    ]);
    await watch();
    await tell({ names: [{ source: 'mdns', name: 'third.local' }] });
    expect((await alerts()).at(-1)).toMatchObject({ kind: 'name_changed', open: false, routine: false });
    // Told once a day, and again the next day: nobody has to put it away first.
    await tell({ names: [{ source: 'mdns', name: 'fourth.local' }] });
    expect(await alerts()).toHaveLength(2);
    await rows(`update alerts set last_at = last_at - interval '25 hours' where site_id = $site`);
    await tell({ names: [{ source: 'mdns', name: 'fifth.local' }] });
    expect(await alerts()).toHaveLength(3);
  });

  test('of a device that gives another each time do not pile up', async () => {
    const { claim, tell, rows } = await site();
    await claim();
    for (let i = 0; i < 40; i++) await tell({ names: [{ source: 'mdns', name: `name-${i}` }] });
    expect(await rows(`select count(*)::integer as n from device_names where site_id = $site`)).toEqual([
      { n: 30 },
    ]);
  });
});

describe('ports', () => {
  test('have a first and a last time, are shut by a refusal and not by silence', async () => {
    const { claim, tell, rows } = await site();
    await claim();
    await tell({ ports: [open(22, 'ssh'), open(80), closed(443)] });
    await tell({ ports: [closed(22), { port: 80, state: 'silent', service: null, facts: {} }] });
    expect(
      await rows(`select port, service, closed_at is not null as closed from device_ports
                  where site_id = $site order by port`),
    ).toEqual([
      { port: 22, service: 'ssh', closed: true },
      { port: 80, service: null, closed: false },
    ]);
  });

  test('that open on a watched device are an alert until they shut; the first profile is none', async () => {
    const { claim, tell, alerts, watch } = await site();
    await watch();
    await claim();
    await tell({ ports: [open(80), closed(22)] });
    expect(await alerts()).toEqual([]);
    // 8080 was not asked before: that it is open is news to us, not a change.
    await tell({ ports: [open(80), open(22, 'ssh'), open(8080)] });
    expect(await alerts()).toEqual([
      { kind: 'port_opened', summary: '192.168.1.2 opened port 22 (ssh)', open: true, routine: false },
    ]);
    await tell({ ports: [open(80), closed(22), open(8080)] });
    expect(await alerts()).toMatchObject([{ kind: 'port_opened', open: false }]);
  });

  test('are the same ports on another address, and a lost answer is no shut one', async () => {
    const { claim, tell, alerts, watch, scan, name, idOf, rows } = await site();
    await watch();
    await claim();
    const silent = { port: 443, state: 'silent', service: null, facts: {} } as const;
    await tell({ ports: [open(22), silent, closed(80)] });
    await tell({ ports: [open(22), open(443), closed(80)] });
    await scan({ '192.168.1.7': PRINTER, '192.168.1.3': PHONE });
    const moved = { deviceId: await idOf('192.168.1.7'), ip: '192.168.1.7' };
    await recordProfile(db.pool, name, moved, { ...nothing, ports: [open(22), open(443), closed(80)] });
    expect(await alerts()).toMatchObject([{ kind: 'ip_changed' }]);
    expect(
      await rows(
        `select host(ip) as ip, port from device_ports where site_id = $site and closed_at is null order by port`,
      ),
    ).toEqual([
      { ip: '192.168.1.7', port: 22 },
      { ip: '192.168.1.7', port: 443 },
    ]);
    await recordProfile(db.pool, name, moved, { ...nothing, ports: [open(22), open(443), open(80)] });
    expect((await alerts()).at(-1)).toMatchObject({
      kind: 'port_opened',
      summary: '192.168.1.7 opened port 80',
    });
  });
});

test('whatever a device says is stored, and read back without a NUL', async () => {
  const { claim, tell, rows } = await site();
  await claim();
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async text => {
      await tell({
        ports: [{ port: 22, state: 'open', service: 'ssh', facts: { banner: `\0${text}\ud800` } }],
        verdict: { ...nothing.verdict, evidence: [{ says: text }] },
        problems: [text],
      });
      const [port] = await rows<{ facts: { banner: string } }>(
        'select facts from device_ports where site_id = $site and port = 22',
      );
      expect(port?.facts.banner).toBe(`\ufffd${text.replace(/\0|\p{Surrogate}/gu, '\ufffd')}\ufffd`);
    }),
    { numRuns: 50 },
  );
});

test('a device is found by id, MAC, present address and either name', async () => {
  const { name, idOf, tell, claim, rows } = await site();
  const printer = await idOf('192.168.1.2');
  await claim();
  await tell({ names: [{ source: 'mdns', name: 'brother.local' }] });
  await rows(`update devices set name = 'Printer' where site_id = $site and id = ${printer}`);
  for (const reference of [{ id: printer }, { mac: PRINTER }, { name: 'pRinter' }, { name: 'Brother.local' }])
    expect(await findDevices(db.pool, name, reference)).toEqual([printer]);
  expect(await findDevices(db.pool, name, { ip: '192.168.1.99' })).toEqual([]);
});

test('a stranger that calls itself like another device is not meant', async () => {
  const { name, rows, idOf } = await site();
  const [printer, stranger] = [await idOf('192.168.1.2'), await idOf('192.168.1.3')];
  await rows(`update devices set name = 'Printer' where site_id = $site and id = ${printer}`);
  const callsItself = (called: string) =>
    rows(`update devices set called = '${called}' where site_id = $site and id = ${stranger}`);
  await callsItself('printer');
  expect(await findDevices(db.pool, name, { name: 'Printer' })).toEqual([printer]);
  await callsItself('192.168.1.2');
  const both = { ip: '192.168.1.2', name: '192.168.1.2' };
  expect(await findDevices(db.pool, name, both)).toEqual([printer]);
  await callsItself('laptop');
  expect(await findDevices(db.pool, name, { name: 'Laptop' })).toEqual([stranger]);
});

test('the role may claim and record, and nothing else', async () => {
  const { name, rows } = await site();
  const pool = openPool(db.urlAs('netureon_profile'), { application: 'test', max: 1 });
  try {
    const [due] = await claimProfiles(pool, name, { limit: 1, leaseMs: 1000, everyDays: 7 });
    if (due === undefined) throw new Error('nobody is due');
    await recordProfile(pool, name, due, nothing);
    expect(
      await rows(`select 1 from device_profiles where site_id = $site and profiled_at is not null`),
    ).toHaveLength(1);
    for (const sql of ['select * from devices', 'delete from device_ports', 'select * from alerts'])
      await expect(pool.query(sql)).rejects.toMatchObject({ code: '42501' });
  } finally {
    await pool.close();
  }
});
