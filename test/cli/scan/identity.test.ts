// Real frames of hosts that pose as others, the whole scan, and what is raised. A LAN and a database for each test.
import { describe, expect, onTestFinished, test } from 'vitest';
import { replyFrame } from '../../../src/lab/responder-frames.ts';
import type { Lan, LanOptions } from '../../../src/lab/lan.ts';
import type { Responder } from '../../../src/lab/responder.ts';
import type { Ipv4 } from '../../../src/lib/ipv4.ts';
import { parseIpv4 } from '../../../src/lib/ipv4.ts';
import type { Mac } from '../../../src/lib/mac.ts';
import { parseMac } from '../../../src/lib/mac.ts';
import { bundle } from '../../support/bundle.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { lanForTest, manyHosts, responderFor } from '../../support/lan.ts';

interface Watched {
  readonly lan: Lan;
  readonly db: TestDatabase;
  readonly responder: Responder;
  /** Returns what it wrote to standard error. */
  readonly scan: (...args: readonly string[]) => Promise<string>;
  /** Scans until `done`, at most `times`. Returns how many it took. */
  readonly scanUntil: (done: () => Promise<boolean>, times?: number) => Promise<number>;
  /** "kind ip severity", with "open" for what is not resolved; the first look left out. */
  readonly alerts: (kind?: string) => Promise<string[]>;
  readonly here: () => Promise<string[]>;
}

/** A LAN of eight hosts (10.66.0.1 is the gateway) that has had its first look. */
async function watched(options: Partial<LanOptions> = {}): Promise<Watched> {
  const [db, program] = await Promise.all([freshDatabase(), bundle('src/cli/main.ts')]);
  onTestFinished(() => db.drop());
  const lan = await lanForTest({
    cidr: '10.66.0.0/24',
    gateway: '10.66.0.1',
    hosts: manyHosts(8),
    ...options,
  });
  const responder = await responderFor(lan);
  const env = { ...process.env, DATABASE_URL: db.urlAs('netureon_scan') };
  const scan = async (...args: readonly string[]) => {
    const { code, stderr } = await lan.exec(process.execPath, [program, 'scan', '--json', ...args], { env });
    expect(code, stderr).toBe(0);
    return stderr;
  };
  await scan();
  return {
    lan,
    db,
    responder,
    scan,
    scanUntil: async (done, times = 12) => {
      for (let n = 1; n <= times; n++) {
        await scan();
        if (await done()) return n;
      }
      throw new Error(`not within ${times} scans`);
    },
    alerts: async (kind = '%') => {
      const rows = await db.pool.query<{ line: string }>(
        `select concat_ws(' ', kind, host(ip), severity, case when resolved_at is null then 'open' end) as line
         from alerts where kind like $1 and kind <> 'baseline' order by id`,
        [kind],
      );
      return rows.map(({ line }) => line);
    },
    here: async () => {
      const rows = await db.pool.query<{ line: string }>(
        `select host(ip) || ' ' || mac as line from connections where ended_at is null and misses = 0 order by ip, mac`,
      );
      return rows.map(({ line }) => line);
    },
  };
}

const mac = (n: number) => manyHosts(1, '10.66', n)[0]?.mac ?? '';

test(
  'a known host that poses as the gateway, as arpspoof does it: two unasked replies a second',
  { timeout: 300_000 },
  async () => {
    const { db, responder, scanUntil, scan, alerts } = await watched();
    expect(
      await db.pool.query('select host(gateway_ip) as ip, gateway_mac::text as mac from networks'),
    ).toEqual([{ ip: '10.66.0.1', mac: mac(1) }]);
    const spoofing = setInterval(() => void responder.announce('10.66.0.1', mac(5)), 500);
    try {
      await scanUntil(async () => (await alerts('gateway_changed')).length > 0, 6);
    } finally {
      clearInterval(spoofing);
    }
    expect(await alerts()).toEqual(['gateway_changed 10.66.0.1 critical open']);
    const [alert] = await db.pool.query<{ detail: unknown }>(
      `select detail from alerts where kind = 'gateway_changed'`,
    );
    expect(alert?.detail).toMatchObject({ old_mac: mac(1), new_mac: mac(5), old_answers: true });
    // The spoofer has gone silent: the old one alone answers.
    await scan();
    expect(await alerts()).toEqual(['gateway_changed 10.66.0.1 critical']);
  },
);

/** The MAC that the scanner's own kernel has for the gateway. */
async function kernelGateway({ lan }: Watched): Promise<string | undefined> {
  const line = await lan.scanner.tool('ip', ['neigh', 'show', '10.66.0.1', 'dev', lan.interface]);
  return /lladdr (\S+)/.exec(line)?.[1];
}

/**
 * The entry that dealings with the gateway would leave. Not by a datagram: seconds later the gateway's kernel would ask
 * the scanner's who it is, which puts a forged entry right.
 */
async function knowGateway({ lan }: Watched): Promise<void> {
  const entry = ['lladdr', mac(1), 'dev', lan.interface, 'nud', 'reachable'];
  await lan.scanner.tool('ip', ['neigh', 'replace', '10.66.0.1', ...entry]);
}

/** Until the kernel takes another MAC for the gateway: not for a second after a change (net.ipv4.neigh.*.locktime). */
async function untilUnlocked({ lan }: Watched): Promise<void> {
  const show = ['-statistics', 'neigh', 'show', '10.66.0.1', 'dev', lan.interface];
  const sinceUpdate = async () =>
    Number(/ used \d+\/\d+\/(\d+)/.exec(await lan.scanner.tool('ip', show))?.[1]);
  await expect.poll(sinceUpdate, { interval: 250 }).toBeGreaterThanOrEqual(1);
}

/**
 * What arpspoof sends its victim, a reply that it never asked for, until the kernel has taken it. Nothing is sent while a
 * scan listens.
 */
async function poison(site: Watched, spoofer = mac(5)): Promise<void> {
  const reply = replyFrame(
    { mac: parseMac(spoofer) as Mac, ip: parseIpv4('10.66.0.1') as Ipv4 },
    { mac: parseMac(site.lan.mac) as Mac, ip: parseIpv4(site.lan.address) as Ipv4 },
    {},
    () => 0,
  );
  await expect
    .poll(() => site.responder.send(reply).then(() => kernelGateway(site)), { interval: 250 })
    .toBe(spoofer);
  await untilUnlocked(site);
}

describe('one that tells this machine that it is the gateway, between the scans', () => {
  test('is told of, once for as long as it goes on, until it stops', { timeout: 300_000 }, async () => {
    const site = await watched();
    const { db, scan, alerts, here } = site;
    await knowGateway(site);
    for (let i = 0; i < 2; i++) {
      await poison(site);
      expect(await scan()).toContain(
        `this machine's traffic to the gateway 10.66.0.1 went to another MAC: ${mac(5)}\n`,
      );
      expect(await alerts()).toEqual(['gateway_changed 10.66.0.1 critical open']);
    }
    expect(
      await db.pool.query<{ detail: unknown }>(
        `select a.count, a.detail, (select count(*)::integer from deliveries as d where d.alert_id = a.id) as sent
         from alerts as a where kind = 'gateway_changed'`,
      ),
    ).toMatchObject([{ count: 1, sent: 1, detail: { old_mac: mac(1), new_mac: mac(5), old_answers: true } }]);
    expect(await here()).toContain(`10.66.0.1 ${mac(5)}`);

    // The second scan's own questions put the entry right.
    expect(await scan()).toBe('');
    expect(await alerts()).toEqual(['gateway_changed 10.66.0.1 critical']);
    expect(await here()).not.toContain(`10.66.0.1 ${mac(5)}`);

    // Back within the hour: the same alert, and no other message.
    await poison(site);
    await scan();
    expect(
      await db.pool.query(
        `select a.count, a.resolved_at, (select count(*)::integer from deliveries as d where d.alert_id = a.id) as sent
         from alerts as a where kind = 'gateway_changed'`,
      ),
    ).toEqual([{ count: 2, resolved_at: null, sent: 1 }]);
  });

  test('is told of where the kernel does the asking too', { timeout: 300_000 }, async () => {
    const site = await watched();
    await knowGateway(site);
    await poison(site);
    await site.scan('--method', 'kernel');
    expect(await site.alerts('gateway_changed')).toEqual(['gateway_changed 10.66.0.1 critical open']);
  });

  test(
    'is not the gateway that was replaced, before and after that is accepted',
    { timeout: 300_000 },
    async () => {
      const site = await watched();
      const { lan, db, scan, alerts } = site;
      const replacement = '02:00:00:00:00:99';
      await knowGateway(site);
      await untilUnlocked(site);
      await lan.removeHost('10.66.0.1');
      await lan.addHosts([{ ip: '10.66.0.1', mac: replacement }]);
      expect(await kernelGateway(site)).toBe(mac(1));
      expect(await scan()).toBe('');
      expect((await alerts()).sort()).toEqual([
        'gateway_changed 10.66.0.1 critical open',
        'new_device 10.66.0.1 medium open',
      ]);
      const [alert] = await db.pool.query<{ detail: unknown }>(
        `select detail from alerts where kind = 'gateway_changed'`,
      );
      expect(alert?.detail).toMatchObject({ old_mac: mac(1), new_mac: replacement, old_answers: false });
      await db.pool.query(`select accept_gateway('default', (select id from networks), $1, 'ann')`, [
        replacement,
      ]);
      for (let i = 0; i < 3; i++) {
        expect(await scan()).toBe('');
        expect(await alerts('gateway_changed')).toEqual(['gateway_changed 10.66.0.1 critical']);
      }
      expect(await kernelGateway(site)).toBe(replacement);
    },
  );

  test('is not what a person has written into the kernel’s table', { timeout: 300_000 }, async () => {
    const { lan, scan, alerts } = await watched();
    const fixed = ['lladdr', mac(5), 'dev', lan.interface, 'nud', 'permanent'];
    await lan.scanner.tool('ip', ['neigh', 'replace', '10.66.0.1', ...fixed]);
    expect(await scan()).toBe('');
    expect(await alerts()).toEqual([]);
  });
});

test('a host that answers in the gateway’s place when it is away', { timeout: 300_000 }, async () => {
  const { lan, responder, scanUntil, alerts } = await watched();
  await lan.setHostDown('10.66.0.1');
  await responder.set([{ ip: '10.66.0.1', mac: '02:66:00:00:00:66' }]);
  expect(await scanUntil(async () => (await alerts('gateway_changed')).length > 0)).toBeLessThanOrEqual(2);
  expect((await alerts()).sort()).toEqual([
    'gateway_changed 10.66.0.1 critical open',
    'new_device 10.66.0.1 medium open',
  ]);
});

test('a second host with an address that is taken, until it leaves', { timeout: 300_000 }, async () => {
  const { lan, scanUntil, alerts } = await watched();
  await lan.addHosts([{ ip: '10.66.0.5', mac: '02:66:00:00:00:05' }]);
  await scanUntil(async () => (await alerts('ip_conflict')).length > 0);
  expect((await alerts()).sort()).toEqual([
    'ip_conflict 10.66.0.5 high open',
    'new_device 10.66.0.5 medium open',
  ]);
  await lan.removeHost('02:66:00:00:00:05');
  await scanUntil(async () => (await alerts('ip_conflict')).every(line => !line.endsWith('open')), 3);
});

test('two hosts that swap their addresses', { timeout: 300_000 }, async () => {
  const { lan, scanUntil, alerts, here } = await watched();
  await lan.removeHost('10.66.0.5');
  await lan.removeHost('10.66.0.6');
  await lan.addHosts([
    { ip: '10.66.0.5', mac: mac(6) },
    { ip: '10.66.0.6', mac: mac(5) },
  ]);
  await scanUntil(async () => (await here()).includes(`10.66.0.5 ${mac(6)}`));
  expect(await alerts()).toEqual(['mac_changed 10.66.0.5 medium', 'mac_changed 10.66.0.6 medium']);
  expect(await here()).toEqual(expect.arrayContaining([`10.66.0.5 ${mac(6)}`, `10.66.0.6 ${mac(5)}`]));
});

test('a host with a new network card', { timeout: 300_000 }, async () => {
  const { lan, scanUntil, alerts } = await watched();
  await lan.removeHost('10.66.0.5');
  await lan.addHosts([{ ip: '10.66.0.5', mac: '02:66:00:00:00:05' }]);
  await scanUntil(async () => (await alerts('mac_changed')).length > 0);
  expect((await alerts()).sort()).toEqual([
    'mac_changed 10.66.0.5 medium',
    'new_device 10.66.0.5 medium open',
  ]);
});

test('a router that answers for half of the network', { timeout: 300_000 }, async () => {
  const { responder, scan, scanUntil, alerts, here, db } = await watched();
  const before = await here();
  await responder.set([{ ip: '10.66.0.128/25', mac: mac(1) }]);
  await scanUntil(async () => (await alerts('proxy_arp')).length > 0);
  await scan();
  expect(await alerts()).toEqual([expect.stringMatching(/^proxy_arp low open$/)]);
  expect(await here()).toEqual(before);
  expect(await db.pool.query('select from contested_addresses')).toEqual([]);
});

test(
  'a newcomer that answers for everybody: it gets an address that is free, and nobody loses theirs',
  { timeout: 300_000 },
  async () => {
    const { lan, scanUntil, alerts, here } = await watched();
    const before = await here();
    await lan.claimWhole('10.66.0.0/24', '02:66:00:00:00:99');
    await scanUntil(async () => (await alerts('proxy_arp')).length > 0);
    expect((await alerts()).sort()).toEqual([
      'gateway_changed 10.66.0.1 critical open',
      'new_device 10.66.0.9 medium open',
      'proxy_arp medium open',
    ]);
    expect(await here()).toEqual([...before, '10.66.0.9 02:66:00:00:00:99']);
  },
);

test('five thousand MACs that are none', { timeout: 300_000 }, async () => {
  const { responder, scan, alerts, here, db } = await watched();
  const before = await here();
  await responder.flood(5_000, { onRequest: true });
  await scan('--rate', '250'); // which leaves a busy machine the time for them
  // Every address in turn, the gateway's and the scanner's own among them: one cause, one alert.
  expect(await alerts()).toEqual(['arp_flood critical open']);
  expect(await here()).toEqual(before);
  expect(await db.pool.query('select count(*)::integer as n from devices')).toEqual([{ n: 8 }]);
  await responder.close();
  await scan();
  expect(await alerts()).toEqual(['arp_flood critical']);
  expect(await here()).toEqual(before);
});

test('somebody who takes the scanner’s own address', { timeout: 300_000 }, async () => {
  const { lan, responder, scanUntil, alerts } = await watched();
  const claiming = setInterval(() => void responder.announce(lan.address, '02:66:00:00:00:77'), 100);
  try {
    await scanUntil(async () => (await alerts('ip_conflict')).length > 0, 4);
  } finally {
    clearInterval(claiming);
  }
  expect(await alerts()).toEqual([`ip_conflict ${lan.address} high open`]);
});
