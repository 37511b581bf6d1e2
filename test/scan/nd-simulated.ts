/** Frames of IPv6 neighbours, and a device that they arrive by, for what no real network does on demand. */
import { ALL_NODES, parseIpv6 } from '../../src/lib/ipv6.ts';
import type { Ipv6 } from '../../src/lib/ipv6.ts';
import { parseMac } from '../../src/lib/mac.ts';
import type { Mac } from '../../src/lib/mac.ts';
import type { FrameDevice, FrameHandler } from '../../src/link/device.ts';
import type { NdSweepOptions } from '../../src/scan/nd-sweep.ts';
import { sweepLink } from '../../src/scan/nd-sweep.ts';
import type { Icmpv6Frame, Icmpv6Message } from '../../src/wire/icmpv6.ts';
import { emitIcmpv6Frame, icmpv6FrameLength, parseIcmpv6Frame } from '../../src/wire/icmpv6.ts';
import { SimulatedClock } from './simulated.ts';

export const ip6 = (text: string) => parseIpv6(text) as Ipv6;
export const mac = (text: string) => parseMac(text) as Mac;

export const OUR_MAC = mac('02:4e:45:54:00:01');
export const OUR_IP = ip6('fe80::4e:45ff:fe54:1');
export const OUR_ULA = ip6('fd66::fe');
export const IDENTIFIER = 0x4e74;

export interface Sender {
  readonly mac: Mac;
  readonly ip: Ipv6;
  readonly to?: Ipv6;
}

export function frame(sender: Sender, message: Icmpv6Message): Uint8Array {
  const out = new Uint8Array(icmpv6FrameLength(message));
  const addresses = {
    sourceMac: sender.mac,
    destinationMac: OUR_MAC,
    source: sender.ip,
    destination: sender.to ?? OUR_IP,
  };
  emitIcmpv6Frame(addresses, message, out);
  return out;
}

export const echoReply = (sender: Sender, identifier = IDENTIFIER) =>
  frame(sender, { kind: 'echo-reply', identifier, sequence: 0 });

export const advertisement = (sender: Sender, more: { target?: Ipv6; linkLayer?: Mac | null } = {}) =>
  frame(sender, {
    kind: 'neighbour-advertisement',
    target: sender.ip,
    router: false,
    solicited: sender.to === undefined,
    override: true,
    linkLayer: sender.mac,
    ...more,
  });

export const solicitation = (sender: Sender, linkLayer: Mac | null = sender.mac) =>
  frame(sender, { kind: 'neighbour-solicitation', target: OUR_IP, linkLayer });

export const report = (sender: Sender) =>
  frame({ to: ip6('ff02::16'), ...sender }, { kind: 'listener-report', version: 2, groups: [ALL_NODES] });

export class NdDevice implements FrameDevice {
  readonly kind = 'packet';
  readonly maxBatch = 512;
  readonly sent: (Icmpv6Frame & { readonly at: number })[] = [];
  readonly inbox: Uint8Array[] = [];
  lost = 0;
  /** Whether the system takes a frame now. */
  takes = () => true;
  answer: (asked: Icmpv6Frame) => readonly Uint8Array[] = () => [];
  fetch: () => void = () => undefined;
  readonly #clock: SimulatedClock;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  send(frames: Uint8Array, frameLength: number): number {
    if (!this.takes()) return 0;
    const asked = parseIcmpv6Frame(frames.slice(0, frameLength));
    this.sent.push({ ...asked, at: this.#clock.ms });
    this.inbox.push(...this.answer(asked));
    return 1;
  }

  receive(onFrame: FrameHandler): number {
    this.fetch();
    const frames = this.inbox.splice(0, 4096);
    for (const bytes of frames) onFrame(bytes, null, 0);
    return frames.length;
  }

  dropped(): number {
    return this.lost;
  }

  close(): void {}
}

/** A look at lan0 with device and clock at hand. */
export function simulateLink(options: Partial<NdSweepOptions> = {}, signal = new AbortController().signal) {
  const clock = new SimulatedClock();
  const device = new NdDevice(clock);
  const run = () =>
    sweepLink(
      {
        link: 'lan0',
        mac: OUR_MAC,
        addresses: [OUR_IP, OUR_ULA],
        ownMacs: new Set([OUR_MAC]),
        known: [],
        table: [],
        wide: false,
        identifier: IDENTIFIER,
        rate: 1000,
        deadline: Infinity,
        ...options,
      },
      { clock, device, signal },
    );
  return { clock, device, run };
}
