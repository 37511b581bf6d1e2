// Who is asked, how, and how often: counted on the wire by a station that hears every frame.
import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/lab/lan.ts';
import type { Station } from '../../src/lab/responder.ts';
import { lanForTest, manyHosts, responderFor } from '../support/lan.ts';
import { askedAsKnown, coverageOf, onTheWire, scan } from './lab.ts';

const named = (hosts: readonly Host[]) => hosts.map(({ ip, mac }) => `${ip} ${mac}`);

describe('known devices', () => {
  it('at 30 % loss are found, all but one at most', async () => {
    const hosts = manyHosts(200);
    const lan = await lanForTest({ hosts });
    await lan.loss(30);
    const result = await scan(lan, { known: hosts });
    expect(result.found.length, result.stderr).toBeGreaterThanOrEqual(199);
    expect(coverageOf(result).complete).toBe(true);
  });

  it('that sleep are found when they answer within one and a half seconds', async () => {
    // They have two: the rest is for a machine that is busy.
    const sleepers: Station[] = manyHosts(31).map((host, i) => ({ ...host, delayMs: i * 50 }));
    const lan = await lanForTest();
    await responderFor(lan, sleepers);
    const result = await scan(lan, { known: sleepers });
    expect(result.found).toEqual(named(sleepers));
  });

  it('whose network card was swapped are found by the one broadcast in between', async () => {
    const lan = await lanForTest();
    const now = { ip: '10.66.0.9', mac: '02:00:00:00:00:99' };
    const responder = await responderFor(lan, [now]);
    const before = { ip: now.ip, mac: '02:00:00:00:00:09' };
    const result = await scan(lan, { known: [before] });
    expect(result.found).toEqual(named([now]));
    // The known card is asked for in person to the end.
    expect((await responder.report()).asked[now.ip]).toEqual({ broadcast: 1, unicast: 8 });
  });
});

describe('broadcasts', () => {
  const hosts = manyHosts(200);
  const steady = async (argument: { scans: number; fullSweepEvery?: number; gateway?: string }) => {
    const lan = await lanForTest();
    const responder = await responderFor(lan, hosts);
    // At a pace that leaves the responder, one process for all of them, the time to answer on a busy machine.
    const result = await scan(lan, { known: hosts, rate: 100, ...argument });
    const coverage = coverageOf(result);
    const wire = onTheWire(await responder.report());
    // What the log of scans is told is what was on the wire.
    expect({ broadcast: coverage.broadcasts, frames: coverage.framesSent }).toEqual({
      broadcast: wire.broadcast,
      frames: wire.broadcast + wire.unicast,
    });
    expect(result.found).toEqual(named(hosts));
    // It is the turn of an eighth of the known, and always the gateway's: one broadcast after they answered in person. Of
    // the others nobody else hears, but on a busy machine some may seem silent for so long that all are asked for them.
    const { asked } = await responder.report();
    let seemedSilent = 0;
    for (const { ip } of hosts) {
      const { broadcast, unicast } = asked[ip] ?? { broadcast: 0, unicast: 0 };
      expect(unicast, ip).toBeGreaterThan(0);
      if (ip === argument.gateway || Number(ip.split('.')[3]) % 8 === 0) expect(broadcast, ip).toBe(1);
      else {
        expect({ broadcast, unicast }, ip).toEqual(askedAsKnown(broadcast + unicast));
        seemedSilent += broadcast;
      }
    }
    return { coverage, result, broadcasts: coverage.broadcasts - seemedSilent };
  };

  it('in a steady /24 go to the addresses with nobody known, and to an eighth of the others', async () => {
    const { coverage, broadcasts } = await steady({ scans: 8, gateway: '10.66.0.1' });
    expect(coverage).toMatchObject({ complete: true, probed: 253, addresses: 253, slices: 1 });
    // 53 with nobody three times; 25 of 200 whose turn it is, and the gateway.
    expect(broadcasts).toBe(3 * 53 + 25 + 1);
  });

  it('are fewer in turns, and the coverage says what was asked', async () => {
    const { coverage, result, broadcasts } = await steady({ scans: 8, fullSweepEvery: 10 });
    // Of the 53 with nobody known it is the turn of six.
    expect(coverage).toMatchObject({ complete: true, probed: 206, addresses: 253, slices: 10 });
    expect(broadcasts).toBe(3 * 6 + 25);
    expect(result.document?.networks[0]).toMatchObject({
      addresses: 253,
      probed: 206,
      full_sweep_every: 10,
      broadcasts: coverage.broadcasts,
    });
  });

  it('reach everybody in the first scan of a network, whatever the turns', async () => {
    const { coverage } = await steady({ scans: 0, fullSweepEvery: 10 });
    expect(coverage).toMatchObject({ probed: 253, slices: 1 });
  });
});

it('in turns, somebody new is found within one full sweep', async () => {
  const lan = await lanForTest();
  const newcomer = { ip: '10.66.0.77', mac: '02:00:00:00:00:77' };
  await responderFor(lan, [newcomer]);
  const found: number[] = [];
  for (const scans of [40, 41, 42, 43]) {
    // At a pace at which it has seconds to answer, as a process on a busy machine may need.
    const result = await scan(lan, { known: [], scans, fullSweepEvery: 4, rate: 60 });
    expect(result.code, result.stderr).toBe(0);
    if (result.found.length > 0) found.push(scans);
  }
  expect(found).toHaveLength(1);
});

it('in turns, the kernel is made to ask for those whose turn it is and for all who are known', async () => {
  const hosts = manyHosts(4);
  const lan = await lanForTest({ hosts });
  const argument = {
    known: hosts,
    scans: 5,
    fullSweepEvery: 3,
    networks: ['10.66.0.0/28'],
    method: 'kernel',
  } as const;
  const result = await scan(lan, argument);
  expect(result.found, result.stderr).toEqual(named(hosts));
  // Of the ten others it is the turn of three.
  expect(coverageOf(result)).toMatchObject({ addresses: 14, slices: 3, probed: 4 + 3, complete: true });
});

describe('a second device on the address of one that answers', () => {
  /** Frames per second at which a /29 keeps the scan listening for a second: on a busy machine answers are late. */
  const UNHURRIED = 15;
  const known = { ip: '10.66.0.20', mac: '02:00:00:00:00:20' };
  const impostor = { ip: known.ip, mac: '02:66:66:66:66:66', delayMs: 100 };

  it('is heard within eight scans, and so is the known one', async () => {
    const lan = await lanForTest();
    await responderFor(lan, [known, impostor]);
    const seen: string[][] = [];
    for (let scans = 1; scans <= 8; scans++) {
      const result = await scan(lan, { known: [known], scans, networks: ['10.66.0.16/29'], rate: UNHURRIED });
      seen.push([...result.observed]);
    }
    const both = seen.filter(one => one.length === 2);
    expect(both).toEqual([named([known, impostor])]);
    for (const one of seen) expect(one).toContain(`${known.ip} ${known.mac}`);
  });

  it('on the default gateway’s is heard in every scan', async () => {
    const lan = await lanForTest();
    await responderFor(lan, [known, impostor]);
    for (const scans of [1, 2]) {
      const argument = {
        known: [known],
        scans,
        gateway: known.ip,
        networks: ['10.66.0.16/29'],
        rate: UNHURRIED,
      };
      expect((await scan(lan, argument)).observed).toEqual(named([known, impostor]));
    }
  });
});
