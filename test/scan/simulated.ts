/** A frame device and a clock of the test's own making, for what no real interface does on demand. */
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import { ZERO_MAC } from '../../src/lib/mac.ts';
import type { Mac } from '../../src/lib/mac.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { Cidr, Ipv4 } from '../../src/lib/ipv4.ts';
import { parseCidr, parseIpv4 } from '../../src/lib/ipv4.ts';
import type { FrameDevice, FrameHandler } from '../../src/link/device.ts';
import { ARP_FRAME_LENGTH, ARP_REPLY, emitArpFrame, parseArpFrame } from '../../src/wire/arp.ts';
import type { ArpPacket } from '../../src/wire/arp.ts';
import { sweepByPackets } from '../../src/scan/packet-sweep.ts';
import type { PacketSweepOptions } from '../../src/scan/packet-sweep.ts';
import type { Plan } from '../../src/scan/plan.ts';
import type { Target } from '../../src/scan/targets.ts';

export const SELF_MAC = 0x024e45540001 as Mac;
export const SELF_IP = parseIpv4('10.66.0.254') as Ipv4;

const NETWORK = parseCidr('10.66.0.0/24') as Cidr;

export const TARGET: Target = {
  network: NETWORK,
  source: SELF_IP,
  vlan: null,
  interface: {
    name: 'lan0',
    index: 1,
    mac: SELF_MAC,
    addresses: [{ ip: SELF_IP, network: NETWORK }],
    up: true,
    loopback: false,
    pointToPoint: false,
    arp: true,
  },
};

/** Time passes only by sleeping. */
export class SimulatedClock implements Clock {
  ms = 0;
  now = () => new Date(this.ms);
  monotonic = () => this.ms;
  sleep = (ms: number) => {
    this.ms += ms;
    return Promise.resolve();
  };
}

export class SimulatedDevice implements FrameDevice {
  readonly kind = 'packet';
  maxBatch = 1024;
  /** Everything that was sent, with when. */
  readonly sent: { readonly at: number; readonly arp: ArpPacket; readonly destination: Mac }[] = [];
  /** Frames that will arrive. */
  readonly inbox: Uint8Array[] = [];
  closed = false;
  /** How many of `count` frames the system takes now. */
  take: (count: number) => number = count => count;
  /** What answers a request. */
  answer: (arp: ArpPacket) => readonly Uint8Array[] = () => [];
  readonly #clock: SimulatedClock;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  send(frames: Uint8Array, frameLength: number, count: number, first = 0): number {
    const taken = this.take(count);
    for (let i = first; i < first + taken; i++) {
      const { arp, ethernet } = parseArpFrame(frames.slice(i * frameLength, (i + 1) * frameLength));
      this.sent.push({ at: this.#clock.ms, arp, destination: ethernet.destination });
      this.inbox.push(...this.answer(arp));
    }
    return taken;
  }

  receive(onFrame: FrameHandler): number {
    const frames = this.inbox.splice(0, 4096);
    for (const frame of frames) onFrame(frame, null, 0);
    return frames.length;
  }

  dropped(): number {
    return 0;
  }

  close(): void {
    this.closed = true;
  }
}

/** One that sends beside what the sweep does: what was handed to it leaves when the sweep waits. */
export class BackgroundDevice extends SimulatedDevice {
  inFlight = 0;
  mostInFlight = 0;

  async sendInBackground(frames: Uint8Array, frameLength: number, count: number, first = 0): Promise<number> {
    this.inFlight++;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    try {
      await yieldToEvents();
      return this.send(frames, frameLength, count, first);
    } finally {
      this.inFlight--;
    }
  }
}

export function reply(ip: Ipv4, mac: Mac, more: Partial<ArpPacket> = {}): Uint8Array {
  const frame = new Uint8Array(ARP_FRAME_LENGTH);
  const packet: ArpPacket = {
    operation: ARP_REPLY,
    senderMac: mac,
    senderIp: ip,
    targetMac: SELF_MAC,
    targetIp: SELF_IP,
    ...more,
  };
  emitArpFrame(more.targetMac === ZERO_MAC ? SELF_MAC : packet.targetMac, packet, frame);
  return frame;
}

/** A sweep of 10.66.0.0/24 with device and clock at hand. */
export type SimulatedOptions = Partial<PacketSweepOptions> & Partial<Omit<Plan, 'target'>>;

export function simulate(options: SimulatedOptions = {}, signal = new AbortController().signal) {
  const clock = new SimulatedClock();
  return simulateWith(new SimulatedDevice(clock), clock, options, signal);
}

export function simulateWith<Device extends SimulatedDevice>(
  device: Device,
  clock: SimulatedClock,
  { known = [], scans = null, slices = 1, gateway = null, ...options }: SimulatedOptions,
  signal = new AbortController().signal,
) {
  const run = () =>
    sweepByPackets(
      {
        plan: { target: TARGET, known, scans, slices, gateway },
        others: [],
        self: { ips: new Map([[SELF_IP, SELF_MAC]]), macs: new Set([SELF_MAC]) },
        rate: 1000,
        deadline: Infinity,
        ...options,
      },
      { clock, device, signal, onProgress: () => undefined },
    );
  return { clock, device, run };
}
