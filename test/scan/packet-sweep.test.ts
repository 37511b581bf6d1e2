import { describe, expect, it } from 'vitest';
import { NetureonError } from '../../src/lib/errors.ts';
import { formatIpv4, parseIpv4 } from '../../src/lib/ipv4.ts';
import type { Ipv4 } from '../../src/lib/ipv4.ts';
import { BROADCAST_MAC, ZERO_MAC } from '../../src/lib/mac.ts';
import type { Mac } from '../../src/lib/mac.ts';
import { MAX_FOREIGN, MAX_OBSERVATIONS } from '../../src/scan/collector.ts';
import { ARP_REQUEST } from '../../src/wire/arp.ts';
import {
  BackgroundDevice,
  reply,
  SELF_IP,
  SELF_MAC,
  simulate,
  simulateWith,
  SimulatedClock,
} from './simulated.ts';

const ip = (text: string) => parseIpv4(text) as Ipv4;
const macOf = (address: Ipv4) => (0x020000000000 + (address & 0xffff)) as Mac;

it('keeps its pace, and asks nobody after the answer', async () => {
  const { device, run } = simulate();
  device.answer = arp => (arp.targetIp % 2 === 0 ? [reply(arp.targetIp, macOf(arp.targetIp))] : []);
  const { coverage, observations } = await run();
  expect(coverage).toMatchObject({ complete: true, probed: 253, answered: 126, framesSent: 126 + 3 * 127 });
  expect(observations).toHaveLength(126);
  for (const { at } of device.sent) {
    const within = device.sent.filter(other => other.at >= at && other.at < at + 100).length;
    expect(within).toBeLessThanOrEqual(110);
  }
  const asked = new Map<string, number>();
  for (const { arp } of device.sent)
    asked.set(formatIpv4(arp.targetIp), (asked.get(formatIpv4(arp.targetIp)) ?? 0) + 1);
  for (const [address, times] of asked) expect(times).toBe(ip(address) % 2 === 0 ? 1 : 3);
});

it('ends soon after the last answer', async () => {
  const { clock, device, run } = simulate({ rate: Infinity });
  device.answer = arp => [reply(arp.targetIp, macOf(arp.targetIp))];
  expect((await run()).coverage).toMatchObject({ complete: true, answered: 253, framesSent: 253 });
  expect(clock.ms).toBeLessThan(60);
});

it('waits and sends the rest again when the system takes fewer frames', async () => {
  const { device, run } = simulate({ rate: Infinity });
  let calls = 0;
  device.take = count => (++calls % 3 === 0 ? count : Math.min(count, calls % 3 === 1 ? 7 : 0));
  const { coverage } = await run();
  expect(coverage).toMatchObject({ complete: true, framesSent: 759, broadcasts: 759 });
  expect(coverage.counters.sendRetries).toBeGreaterThan(0);
  const asked = new Map<Ipv4, number[]>();
  for (const { arp, at } of device.sent) asked.set(arp.targetIp, [...(asked.get(arp.targetIp) ?? []), at]);
  expect(asked.size).toBe(253);
  for (const times of asked.values()) {
    expect(times).toHaveLength(3);
    // Patience runs from when the frame left, not from when it should have.
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(50);
  }
});

it('gives up on an interface that takes nothing', async () => {
  const { device, run } = simulate();
  device.take = () => 0;
  expect((await run()).coverage).toMatchObject({
    complete: false,
    framesSent: 0,
    broadcasts: 0,
    problem: 'lan0 takes no more frames',
  });
});

it('says when the interface goes away, and hides no other error', async () => {
  const { device, run } = simulate();
  device.take = () => {
    throw new NetureonError('io', 'interface lan0 is down or gone');
  };
  expect((await run()).coverage).toMatchObject({
    complete: false,
    problem: 'interface lan0 is down or gone',
  });
  const broken = simulate();
  broken.device.take = () => {
    throw new TypeError('a mistake of ours');
  };
  await expect(broken.run()).rejects.toThrow('a mistake of ours');
});

describe('at full rate, with a device that sends in the background', () => {
  function inBackground(signal?: AbortSignal) {
    const clock = new SimulatedClock();
    const device = new BackgroundDevice(clock);
    device.maxBatch = 20;
    return simulateWith(device, clock, { rate: Infinity }, signal);
  }

  it('has several batches under way, and asks everybody as often as ever', async () => {
    const { device, run } = inBackground();
    device.answer = arp => (arp.targetIp % 2 === 0 ? [reply(arp.targetIp, macOf(arp.targetIp))] : []);
    let calls = 0;
    device.take = count => (++calls % 3 === 0 ? count : Math.min(count, calls % 3 === 1 ? 7 : 0));
    const { coverage, observations } = await run();
    expect(device.mostInFlight).toBeGreaterThan(1);
    expect(coverage).toMatchObject({ complete: true, probed: 253, answered: 126, framesSent: 126 + 3 * 127 });
    expect(coverage.broadcasts).toBe(coverage.framesSent);
    expect(observations).toHaveLength(126);
    const asked = new Map<Ipv4, number>();
    for (const { arp } of device.sent) asked.set(arp.targetIp, (asked.get(arp.targetIp) ?? 0) + 1);
    for (const [address, times] of asked) expect(times).toBe(address % 2 === 0 ? 1 : 3);
  });

  it('paces itself without them', async () => {
    const clock = new SimulatedClock();
    const { device, run } = simulateWith(new BackgroundDevice(clock), clock, { rate: 1000 });
    expect((await run()).coverage).toMatchObject({ complete: true, framesSent: 759 });
    expect(device.mostInFlight).toBe(0);
  });

  it('gives up on an interface that takes nothing', async () => {
    const { device, run } = inBackground();
    device.take = () => 0;
    const problem = 'lan0 takes no more frames';
    expect((await run()).coverage).toMatchObject({ complete: false, framesSent: 0, problem });
  });

  it('leaves nothing under way when the interface goes away, or when it is interrupted', async () => {
    const gone = inBackground();
    gone.device.take = () => {
      throw new NetureonError('io', 'interface lan0 is down or gone');
    };
    const problem = 'interface lan0 is down or gone';
    expect((await gone.run()).coverage).toMatchObject({ complete: false, problem });
    expect(gone.device.inFlight).toBe(0);

    const controller = new AbortController();
    const stopped = inBackground(controller.signal);
    stopped.device.take = count => {
      controller.abort('SIGTERM');
      return count;
    };
    const { coverage } = await stopped.run();
    expect(coverage).toMatchObject({ complete: false, problem: 'interrupted' });
    expect(coverage.framesSent).toBe(stopped.device.sent.length);
    expect(stopped.device.inFlight).toBe(0);
  });
});

it.each([
  ['interrupted', AbortSignal.abort('SIGTERM'), Infinity],
  ['timed out', new AbortController().signal, 100],
])('is not complete when %s', async (problem, signal, deadline) => {
  const { run } = simulate({ deadline }, signal);
  expect((await run()).coverage).toMatchObject({ complete: false, problem });
});

it.each([
  ['before everybody silent was asked again is complete all the same', 20, true],
  ['after the last asking is not complete', 200, false],
])('a sweep that lost frames %s', async (_, lossAt, complete) => {
  const { clock, device, run } = simulate({ rate: Infinity });
  device.answer = arp => (arp.targetIp % 2 === 0 ? [reply(arp.targetIp, macOf(arp.targetIp))] : []);
  device.dropped = () => (clock.ms >= lossAt ? 5 : 0);
  const { coverage } = await run();
  expect(coverage).toMatchObject({ complete, answered: 126, counters: { dropped: 5 } });
  if (!complete) expect(coverage.problem).toContain('127 silent addresses may have answered');
});

it('refuses senders that cannot be, counts them, and never lists itself', async () => {
  const { device, run } = simulate();
  device.inbox.push(
    reply(ip('10.66.0.1'), ZERO_MAC),
    reply(ip('10.66.0.2'), BROADCAST_MAC),
    reply(ip('10.66.0.3'), 0x01005e000001 as Mac),
    reply(ip('127.0.0.1'), 0x020000000005 as Mac),
    reply(ip('224.0.0.1'), 0x020000000006 as Mac),
    reply(ip('255.255.255.255'), 0x020000000007 as Mac),
    reply(SELF_IP, 0x020000000008 as Mac),
    reply(ip('10.66.0.9'), SELF_MAC),
  );
  const { coverage, observations } = await run();
  expect(observations).toEqual([]);
  expect(coverage).toMatchObject({
    answered: 0,
    counters: { hostile: 6, ownAddressClaims: 1 },
    // Who claims this machine's own address is no device there, but worth knowing of.
    ownClaims: [{ ip: SELF_IP, ownMac: SELF_MAC, mac: 0x020000000008 }],
  });
});

it('learns from requests and announcements, but not from probes and foreign networks', async () => {
  const { device, run } = simulate();
  const request = { operation: ARP_REQUEST, targetMac: ZERO_MAC } as const;
  const [asker, announcer, prober, stranger] = [1, 2, 3, 4].map(n => (0x020000000000 + n) as Mac) as [
    Mac,
    Mac,
    Mac,
    Mac,
  ];
  device.inbox.push(
    reply(ip('10.66.0.1'), asker, { ...request, targetIp: ip('10.66.0.77') }),
    reply(ip('10.66.0.2'), announcer, { ...request, targetIp: ip('10.66.0.2') }),
    reply(0 as Ipv4, prober, { ...request, targetIp: ip('10.66.0.3') }),
    reply(ip('192.168.7.7'), stranger, { ...request, targetIp: ip('192.168.7.1') }),
  );
  const { coverage, observations } = await run();
  expect(observations.map(one => [formatIpv4(one.ip), one.mac, one.rttMs])).toEqual([
    ['10.66.0.1', asker, null],
    ['10.66.0.2', announcer, null],
  ]);
  expect(coverage.counters).toMatchObject({ requests: 4, announcements: 1, replies: 0 });
  // Who was heard is asked once more, not three times.
  expect(device.sent.filter(({ arp }) => arp.targetIp === ip('10.66.0.1'))).toHaveLength(1);
});

it('records the address the packet speaks for, not the frame’s, and counts the difference', async () => {
  const { device, run } = simulate();
  const frame = reply(ip('10.66.0.1'), 0x020000000001 as Mac);
  frame[11] = 0x99;
  device.inbox.push(frame);
  const { coverage, observations } = await run();
  expect(observations[0]?.mac).toBe(0x020000000001);
  expect(coverage.counters.foreignSource).toBe(1);
});

it('keeps 65,536 false senders, and beyond its bound says that it is not complete', async () => {
  const forged = (count: number) =>
    Array.from({ length: count }, (_, n) =>
      reply((ip('10.66.0.0') + (n % 256)) as Ipv4, (0x020100000000 + n) as Mac),
    );
  const bearable = simulate();
  bearable.device.inbox.push(...forged(65_536));
  const { coverage, observations } = await bearable.run();
  expect(observations).toHaveLength(65_536 - 256); // those for our own address
  expect(coverage).toMatchObject({ complete: true, counters: { overflow: 0 } });

  const unbearable = simulate();
  for (const frame of forged(MAX_OBSERVATIONS + 10_000)) unbearable.device.inbox.push(frame);
  const flooded = await unbearable.run();
  expect(flooded.observations.length).toBe(MAX_OBSERVATIONS);
  expect(flooded.coverage).toMatchObject({ complete: false, problem: 'more than 131,072 senders' });
  expect(flooded.coverage.counters.overflow).toBeGreaterThan(0);
});

it('does not let strangers’ networks use up the room of its own', async () => {
  const { device, run } = simulate();
  for (let n = 0; n < 5000; n++)
    device.inbox.push(reply((ip('192.168.0.1') + n) as Ipv4, (0x020200000000 + n) as Mac));
  device.answer = arp => (arp.targetIp === ip('10.66.0.7') ? [reply(arp.targetIp, macOf(arp.targetIp))] : []);
  const { coverage, observations } = await run();
  expect(observations).toHaveLength(MAX_FOREIGN + 1);
  expect(coverage).toMatchObject({
    complete: true,
    answered: 1,
    counters: { unasked: 5000, overflow: 5000 - MAX_FOREIGN },
  });
});

it('ends although somebody new never stops announcing himself', async () => {
  const { clock, device, run } = simulate();
  device.answer = arp => (arp.targetIp % 2 === 0 ? [reply(arp.targetIp, macOf(arp.targetIp))] : []);
  let n = 0;
  const receive = device.receive.bind(device);
  device.receive = onFrame => {
    onFrame(reply(ip('10.66.0.200'), (0x020000100000 + n++) as Mac), null, 0);
    return receive(onFrame);
  };
  const { coverage } = await run();
  expect(coverage).toMatchObject({ complete: true, problem: null, probed: 253 });
  expect(clock.ms).toBeLessThan(5_000);
});

it('asks thousands of MACs on one address by the broadcasts that all of them hear', async () => {
  const known = Array.from({ length: 5_000 }, (_, i) => ({
    ip: ip('10.66.0.9'),
    mac: (0x020000200000 + i) as Mac,
  }));
  const { device, run } = simulate({
    known: [...known, { ip: ip('10.66.0.10'), mac: macOf(ip('10.66.0.10')) }],
  });
  device.answer = arp =>
    arp.targetIp === ip('10.66.0.10') ? [reply(arp.targetIp, macOf(arp.targetIp))] : [];
  const { coverage } = await run();
  expect(coverage).toMatchObject({ complete: true, probed: 253, framesSent: 1 + 3 * 252 });
  const crowded = device.sent.filter(({ arp }) => arp.targetIp === ip('10.66.0.9'));
  expect(crowded.map(({ destination }) => destination)).toEqual([
    BROADCAST_MAC,
    BROADCAST_MAC,
    BROADCAST_MAC,
  ]);
});
