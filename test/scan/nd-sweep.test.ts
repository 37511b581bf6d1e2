import { describe, expect, it } from 'vitest';
import { ALL_NODES, formatIpv6, solicitedNodeOf } from '../../src/lib/ipv6.ts';
import { NetureonError } from '../../src/lib/errors.ts';
import { multicastMac } from '../../src/wire/ipv6.ts';
import {
  advertisement,
  echoReply,
  ip6,
  mac,
  OUR_IP,
  OUR_MAC,
  OUR_ULA,
  report,
  simulateLink,
} from './nd-simulated.ts';

const AWAKE = { mac: mac('02:00:00:00:00:07'), ip: ip6('fe80::ff:fe00:7') };
const ASLEEP = { mac: mac('02:00:00:00:00:08'), ip: ip6('fe80::ff:fe00:8') };

describe('what is sent', () => {
  it('is one echo request to all nodes when everybody known answers it', async () => {
    const { device, run } = simulateLink({ known: [AWAKE] });
    device.answer = ({ message }) => (message.kind === 'echo-request' ? [echoReply(AWAKE)] : []);
    const { coverage, present } = await run();
    expect(device.sent.length).toBe(1);
    expect(device.sent[0]).toMatchObject({
      ethernet: { source: OUR_MAC, destination: multicastMac(ALL_NODES) },
      ip: { source: OUR_IP, destination: ALL_NODES, hopLimit: 255 },
      message: { kind: 'echo-request', sequence: 0 },
    });
    expect(present).toEqual([{ ...AWAKE, rttMs: 20 }]);
    expect(coverage).toMatchObject({ probed: 1, answered: 1, framesSent: 1, broadcasts: 1, complete: true });
    expect(coverage.durationMs).toBeLessThan(400);
  });

  it('is also a query for listeners, and an echo for each network of ours, when the look is wide', async () => {
    const addresses = [OUR_IP, OUR_ULA, ip6('fd66::1:fe'), ip6('2001:db8::fe')];
    const { device, run } = simulateLink({ wide: true, addresses });
    device.answer = ({ message }) => (message.kind === 'listener-query' ? [report(ASLEEP)] : []);
    const { coverage, present } = await run();
    expect(
      device.sent
        .map(({ message, ip }) => `${message.kind} ${formatIpv6(ip.source)} ${ip.hopLimit}`)
        .toSorted(),
    ).toEqual([
      'echo-request 2001:db8::fe 255',
      'echo-request fd66::fe 255',
      'echo-request fe80::4e:45ff:fe54:1 255',
      'listener-query fe80::4e:45ff:fe54:1 1',
    ]);
    const query = device.sent.find(({ message }) => message.kind === 'listener-query');
    expect(query).toMatchObject({
      message: { version: 2, group: 0n, maxResponseMs: 250 },
      ip: { routerAlert: true },
    });
    expect(present).toEqual([{ ...ASLEEP, rttMs: null }]);
    expect(coverage).toMatchObject({ framesSent: 4, broadcasts: 4, complete: true });
  });

  it('is a solicitation to the known who stay silent, at their MAC first, and to nobody else', async () => {
    const { device, run } = simulateLink({ known: [AWAKE, ASLEEP] });
    device.answer = ({ message }) => (message.kind === 'echo-request' ? [echoReply(AWAKE)] : []);
    const { coverage, present } = await run();
    const questions = device.sent.filter(({ message }) => message.kind === 'neighbour-solicitation');
    expect(questions.map(({ ethernet }) => ethernet.destination)).toEqual([
      ASLEEP.mac,
      ASLEEP.mac,
      multicastMac(solicitedNodeOf(ASLEEP.ip)),
      ASLEEP.mac,
      ASLEEP.mac,
      multicastMac(solicitedNodeOf(ASLEEP.ip)),
    ]);
    for (const { message, ip } of questions) {
      expect(message).toEqual({ kind: 'neighbour-solicitation', target: ASLEEP.ip, linkLayer: OUR_MAC });
      expect(ip.source).toBe(OUR_IP);
    }
    expect(questions[2]?.ip.destination).toBe(solicitedNodeOf(ASLEEP.ip));
    // A device that was here before gets two seconds in all.
    expect(coverage.durationMs).toBeGreaterThan(1800);
    expect(coverage.durationMs).toBeLessThan(2100);
    expect(present.map(({ mac }) => mac)).toEqual([AWAKE.mac]);
    expect(coverage).toMatchObject({ probed: 2, answered: 1, framesSent: 7, broadcasts: 1, complete: true });
  });

  it('ends as soon as the last of them has answered', async () => {
    const { clock, device, run } = simulateLink({ known: [ASLEEP] });
    device.fetch = () => {
      if (clock.ms >= 1000 && clock.ms < 1010) device.inbox.push(advertisement(ASLEEP));
    };
    const { coverage, present } = await run();
    expect(present).toEqual([{ ...ASLEEP, rttMs: null }]);
    expect(coverage.durationMs).toBeLessThan(1100);
    expect(coverage.answered).toBe(1);
  });

  it('asks those of the kernel’s table twice, which says nothing of presence', async () => {
    const { device, run } = simulateLink({ table: [ASLEEP] });
    const { coverage, present } = await run();
    expect(device.sent.map(({ message }) => message.kind)).toEqual([
      'echo-request',
      'neighbour-solicitation',
      'neighbour-solicitation',
    ]);
    expect(present).toEqual([]);
    expect(coverage).toMatchObject({ probed: 0, answered: 0, complete: true });
    expect(coverage.durationMs).toBeLessThan(500);
  });

  it('keeps the pace', async () => {
    const known = Array.from({ length: 100 }, (_, i) => ({
      mac: mac(`02:00:00:00:01:${(16 + i).toString(16)}`),
      ip: ip6(`fe80::${i + 1}`),
    }));
    const { device, run } = simulateLink({ known, rate: 100 });
    await run();
    const counts = new Map<number, number>();
    for (const { at } of device.sent)
      counts.set(Math.floor(at / 100), (counts.get(Math.floor(at / 100)) ?? 0) + 1);
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(12);
    expect(device.sent.length).toBe(601);
  });
});

describe('what keeps a look from being complete', () => {
  it('is an interruption, a deadline, an interface that goes', async () => {
    const aborted = new AbortController();
    aborted.abort();
    expect((await simulateLink({}, aborted.signal).run()).coverage).toMatchObject({
      complete: false,
      problem: 'interrupted',
    });
    expect((await simulateLink({ known: [ASLEEP], deadline: 500 }).run()).coverage).toMatchObject({
      complete: false,
      problem: 'timed out',
    });
    const gone = simulateLink();
    gone.device.fetch = () => {
      throw new NetureonError('io', 'interface lan0 is down or gone');
    };
    expect((await gone.run()).coverage).toMatchObject({
      complete: false,
      problem: 'interface lan0 is down or gone',
    });
  });

  it('is an interface that takes nothing', async () => {
    const { device, run } = simulateLink();
    device.takes = () => false;
    expect((await run()).coverage).toMatchObject({
      complete: false,
      framesSent: 0,
      problem: 'lan0 takes no more frames',
    });
  });

  it('is a loss of frames where somebody stays silent, and only there', async () => {
    const silent = simulateLink({ known: [ASLEEP] });
    silent.device.lost = 5;
    expect((await silent.run()).coverage).toMatchObject({
      complete: false,
      problem: 'frames were lost before they could be read, 1 silent neighbour may have answered',
      counters: { dropped: 5 },
    });
    const quiet = simulateLink();
    quiet.device.lost = 5;
    expect((await quiet.run()).coverage.complete).toBe(true);
  });

  it('lets nobody who keeps talking make it last', async () => {
    const { clock, device, run } = simulateLink();
    let n = 0;
    device.fetch = () => {
      n++;
      device.inbox.push(advertisement({ mac: mac('02:00:00:00:00:09'), ip: ip6(`fe80::${n.toString(16)}`) }));
      device.inbox.push(
        echoReply({ mac: (0x020000000000 + n) as never, ip: ip6(`fe80::1:${n.toString(16)}`) }),
      );
    };
    const { coverage } = await run();
    expect(clock.ms).toBeLessThan(2500);
    expect(coverage.complete).toBe(true);
  });
});
