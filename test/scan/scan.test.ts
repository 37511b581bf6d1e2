import { describe, expect, it } from 'vitest';
import { lanForTest, manyHosts, responderFor } from '../support/lan.ts';
import { askedAsKnown, coverageOf, onTheWire, scan, startScan } from './lab.ts';

const users = [{ userNamespace: true }, ...(process.getuid?.() === 0 ? [{ userNamespace: false }] : [])];

/**
 * Frames per second at which a /24, or a /28, is gone round in more than a second: so long does everybody have to answer
 * before the last asking. The scripted stations are a process, which a busy machine lets wait.
 */
const UNHURRIED = 200;
const UNHURRIED_28 = 12;

describe.each(users)('a sweep of real frames with %o', ({ userNamespace }) => {
  it('finds every host, and asks nobody again who has answered', async () => {
    const hosts = manyHosts(60);
    const lan = await lanForTest({ userNamespace, hosts });
    const responder = await responderFor(lan); // hears who is asked
    const result = await scan(lan, { known: [] });
    expect(result.code, result.stderr).toBe(0);
    expect(result.found).toEqual(hosts.map(({ ip, mac }) => `${ip} ${mac}`));

    const { asked } = await responder.report();
    const ofHosts = hosts.map(({ ip }) => asked[ip]?.broadcast ?? 0);
    const answersAtMost = ofHosts.reduce((sum, times) => sum + times, 0);
    const coverage = coverageOf(result);
    expect(coverage).toMatchObject({
      network: '10.66.0.0/24',
      interface: lan.interface,
      method: 'packet',
      probed: 253,
      answered: 60,
      // The 193 silent three times each.
      framesSent: 3 * 193 + answersAtMost,
      broadcasts: 3 * 193 + answersAtMost,
      complete: true,
      problem: null,
      counters: { unasked: 0, malformed: 0, dropped: 0, sendRetries: 0 },
    });
    expect(onTheWire({ asked, sent: 0 })).toEqual({ broadcast: coverage.broadcasts, unicast: 0 });
    // On a busy machine an answer may come later than the 50 ms after which the silent are asked again. It is counted,
    // and nobody else was asked again.
    const { late, replies, duplicates } = coverage.counters;
    expect(ofHosts.filter(times => times !== 1)).toHaveLength(late);
    expect(replies).toBe(60 + duplicates);
    expect(replies).toBeLessThanOrEqual(answersAtMost);
    const rtts = result.document?.devices.map(({ rtt_ms: rtt }) => rtt) ?? [];
    expect(rtts.filter(rtt => rtt === null)).toHaveLength(late);
    expect(rtts.filter(rtt => rtt !== null && rtt <= 0)).toEqual([]);
  });

  it('asks the known by unicast, and by broadcast only when they stay silent', async () => {
    const lan = await lanForTest({ userNamespace });
    const here = { ip: '10.66.0.1', mac: '02:00:00:00:00:01' };
    const asleep = { ip: '10.66.0.2', mac: '02:00:00:00:00:02' };
    const gone = { ip: '10.66.0.3', mac: '02:00:00:00:00:03' };
    const responder = await responderFor(lan, [here, { ...asleep, ignoreFirst: 2 }]);
    const result = await scan(lan, { known: [here, asleep, gone] });
    expect(result.found).toEqual([`${here.ip} ${here.mac}`, `${asleep.ip} ${asleep.mac}`]);
    const { asked } = await responder.report();
    const [timesHere = 0, timesAsleep = 0] = [here, asleep].map(
      ({ ip }) => (asked[ip]?.unicast ?? 0) + (asked[ip]?.broadcast ?? 0),
    );
    expect(asked[here.ip]).toEqual(askedAsKnown(Math.max(1, timesHere)));
    expect(asked[asleep.ip]).toEqual(askedAsKnown(Math.max(3, timesAsleep)));
    expect(asked['10.66.0.200']).toEqual({ broadcast: 3, unicast: 0 });
    const late = timesHere > 1 ? 2 : 1;
    expect(coverageOf(result)).toMatchObject({ complete: true, answered: 2, counters: { late } });
    expect(result.document?.devices[1]?.rtt_ms).toBeNull();
    // A station that is gone hears no unicast for its MAC; its address is asked of everybody once.
    expect(asked[gone.ip]).toEqual({ broadcast: 1, unicast: 8 });
  });

  it('never asks for its own, the network or the broadcast address, and asks nobody twice who answered', async () => {
    const lan = await lanForTest({ userNamespace, address: '10.66.0.77' });
    const responder = await responderFor(lan, [{ ip: '10.66.0.0/24', mac: '02:00:00:00:00:01' }]);
    const result = await scan(lan, { known: [], rate: UNHURRIED });
    const { asked } = await responder.report();
    expect(Object.keys(asked)).toHaveLength(253);
    for (const ip of ['10.66.0.0', '10.66.0.77', '10.66.0.255']) expect(asked[ip]).toBeUndefined();
    // On a busy machine an answer may come later than the 50 ms after which the silent are asked again: it is counted.
    const twice = Object.values(asked).filter(({ broadcast }) => broadcast !== 1);
    expect(twice).toHaveLength(coverageOf(result).counters.late);
    for (const { unicast } of Object.values(asked)) expect(unicast).toBe(0);
    expect(result.found).toHaveLength(253);
  });

  it.each([
    ['does not wait for ever where nobody was seen', false, 60_000],
    ['waits more than a second for a known device', true, 1200],
  ])('%s', async (_, isKnown, delayMs) => {
    const lan = await lanForTest({ userNamespace });
    const slow = { ip: '10.66.0.5', mac: '02:00:00:00:00:05', delayMs };
    await responderFor(lan, [slow]);
    const result = await scan(lan, { known: isKnown ? [slow] : [] });
    if (!isKnown) return expect(result).toMatchObject({ code: 0, found: [] });
    expect(result.found).toEqual([`${slow.ip} ${slow.mac}`]);
    expect(coverageOf(result)).toMatchObject({ complete: true, counters: { late: 1 } });
  });

  it('keeps priority-tagged, padded, doubled, contested and unasked replies', async () => {
    const lan = await lanForTest({ userNamespace });
    const responder = await responderFor(lan, [
      { ip: '10.66.0.1', mac: '02:00:00:00:00:01', vlans: [0] },
      { ip: '10.66.0.2', mac: '02:00:00:00:00:02', padding: 18 },
      { ip: '10.66.0.3', mac: '02:00:00:00:00:03', copies: 3 },
      { ip: '10.66.0.4', mac: '02:00:00:00:00:04' },
      { ip: '10.66.0.4', mac: '02:00:00:00:00:44' },
      { ip: '10.66.0.5', mac: '02:00:00:00:00:05', claims: '192.168.9.9' },
      { ip: '10.66.0.6', mac: '02:00:00:00:00:06', claims: '10.66.0.15' },
    ]);
    const result = await scan(lan, { known: [], networks: ['10.66.0.0/28'], rate: UNHURRIED_28 });
    expect(result.found).toEqual([
      '10.66.0.1 02:00:00:00:00:01',
      '10.66.0.2 02:00:00:00:00:02',
      '10.66.0.3 02:00:00:00:00:03',
      '10.66.0.4 02:00:00:00:00:04',
      '10.66.0.4 02:00:00:00:00:44',
      '10.66.0.15 02:00:00:00:00:06',
      '192.168.9.9 02:00:00:00:00:05',
    ]);
    expect(result.document?.devices.at(-1)?.network).toBeNull();
    const { asked } = await responder.report();
    const times = [1, 2, 3, 4, 5, 6].map(n => asked[`10.66.0.${n}`]?.broadcast ?? 0);
    const [tagged = 0, padded = 0, doubled = 0, contested = 0, ...elsewhere] = times;
    // The two that claim another address are asked three times, and claim it three times.
    expect(elsewhere).toEqual([3, 3]);
    expect(coverageOf(result)).toMatchObject({
      complete: true,
      counters: {
        // Once, but for those whose answers are late on a busy machine.
        tagged,
        padded,
        unasked: 6,
        duplicates: 2 + 2 + 2 + (tagged - 1) + (padded - 1) + 3 * (doubled - 1) + 2 * (contested - 1),
      },
    });
  });

  it('counts malformed frames by reason, and finds the others all the same', async () => {
    const lan = await lanForTest({ userNamespace, mtu: 2000 });
    await responderFor(lan, [
      { ip: '10.66.0.1', mac: '02:00:00:00:00:01' },
      { ip: '10.66.0.2', mac: '02:00:00:00:00:02', malformed: 'truncated' },
      { ip: '10.66.0.3', mac: '02:00:00:00:00:03', malformed: 'hardware-length' },
      { ip: '10.66.0.4', mac: '02:00:00:00:00:04', malformed: 'protocol-length' },
      { ip: '10.66.0.5', mac: '02:00:00:00:00:05', malformed: 'operation' },
      { ip: '10.66.0.6', mac: '02:00:00:00:00:06', malformed: 'oversize' },
    ]);
    const result = await scan(lan, { known: [], networks: ['10.66.0.0/28'], rate: UNHURRIED_28 });
    expect(result.found).toEqual(['10.66.0.1 02:00:00:00:00:01']);
    expect(coverageOf(result).counters).toMatchObject({
      malformed: 15,
      malformedBy: {
        'arp/truncated': 3,
        'arp/hardware-length': 3,
        'arp/protocol-length': 3,
        'arp/operation': 3,
        'ethernet/oversize': 3,
      },
    });
  });

  it('takes ten thousand false senders in one sweep', async () => {
    const lan = await lanForTest({ userNamespace, hosts: manyHosts(3) });
    const responder = await responderFor(lan);
    await responder.flood(10_000, { onRequest: true });
    const result = await scan(lan, { known: [], rate: 250 });
    expect(result.code, result.stderr).toBe(0);
    expect(coverageOf(result)).toMatchObject({ complete: true, counters: { dropped: 0, overflow: 0 } });
    // A busy machine does not get all of them out before the sweep ends.
    expect(result.found.length).toBeGreaterThan(1000);
    for (const { ip, mac } of manyHosts(3)) expect(result.found).toContain(`${ip} ${mac}`);
  });
});

describe('a sweep that does not come to its end', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('on %s stores and prints nothing and exits %i', async (signal, code) => {
    const lan = await lanForTest();
    const responder = await responderFor(lan);
    const { child, done } = await startScan(lan, { known: [], rate: 20 });
    await expect.poll(async () => Object.keys((await responder.report()).asked).length).toBeGreaterThan(2);
    child.kill(signal);
    const result = await done;
    expect(result).toMatchObject({ code, document: undefined, stored: undefined });
    expect(result.stderr).toBe(`interrupted by ${signal}: nothing was stored\n`);
  });

  it('on a timeout says so in the coverage and exits 74', async () => {
    const lan = await lanForTest({ hosts: manyHosts(3) });
    const result = await scan(lan, { known: [], rate: 20, timeoutMs: 400 });
    expect(result.code).toBe(74);
    expect(coverageOf(result)).toMatchObject({ complete: false, problem: 'timed out' });
    expect(result.document?.networks[0]?.complete).toBe(false);
    expect(result.stderr).toContain(
      `10.66.0.0/24 on ${lan.interface} was not scanned completely: timed out\n`,
    );
  });

  it.each([
    ['is taken away', (name: string) => ['link', 'del', name]],
    ['is shut down', (name: string) => ['link', 'set', name, 'down']],
  ])('when its interface %s says so and exits 74', async (_, command) => {
    const lan = await lanForTest();
    const responder = await responderFor(lan);
    const { done } = await startScan(lan, { known: [], rate: 20 });
    await expect.poll(async () => Object.keys((await responder.report()).asked).length).toBeGreaterThan(2);
    await lan.scanner.tool('ip', command(lan.interface));
    const result = await done;
    expect(result.code).toBe(74);
    expect(coverageOf(result)).toMatchObject({
      complete: false,
      problem: `interface ${lan.interface} is down or gone`,
    });
  });

  it('when the cable is pulled calls nobody silent', async () => {
    const lan = await lanForTest({ hosts: manyHosts(3) });
    const responder = await responderFor(lan);
    const { done } = await startScan(lan, { known: [], rate: 20 });
    await expect.poll(async () => Object.keys((await responder.report()).asked).length).toBeGreaterThan(2);
    await responder.close(); // whose cable it is too
    await lan.hostSide.tool('ip', ['link', 'set', 'uplink', 'down']);
    const result = await done;
    expect(result.code).toBe(74);
    expect(coverageOf(result).complete).toBe(false);
  });
});

describe('without CAP_NET_RAW', () => {
  const unprivileged = ['setpriv', '--bounding-set=-net_raw', '--inh-caps=-net_raw'] as const;

  it('asks through the kernel, says so once and how to change it', async () => {
    const hosts = manyHosts(20);
    const lan = await lanForTest({ hosts });
    const result = await scan(lan, { known: hosts }, unprivileged);
    expect(result.code, result.stderr).toBe(0);
    expect(result.found).toEqual(hosts.map(({ ip, mac }) => `${ip} ${mac}`));
    expect(result.document?.networks[0]).toMatchObject({ method: 'kernel', answered: 20, complete: true });
    expect(result.stderr.split('setcap cap_net_raw+ep')).toHaveLength(2);
  });

  it('with --method packet fails with exit 77', async () => {
    const lan = await lanForTest();
    const result = await scan(lan, { method: 'packet' }, unprivileged);
    expect(result).toMatchObject({ code: 77, document: undefined });
    expect(result.stderr).toContain(`sudo setcap cap_net_raw+ep ${process.execPath}`);
  });
});

it('tells everything that is wrong with a request at once and exits 2', async () => {
  const lan = await lanForTest();
  const result = await scan(lan, { interfaces: ['nope0', 'lo'], networks: ['10.0.0', '300.0.0.0/8'] });
  expect(result.code).toBe(2);
  expect(result.stderr.trim().split('\n')).toEqual([
    expect.stringContaining('nope0'),
    expect.stringContaining('lo does not speak ARP'),
    expect.stringContaining('10.0.0.'),
    expect.stringContaining('300.0.0.0/8'),
  ]);
});
