/** The scripted stations: what they answer to a request, and when. Knows no device and no process. */
import type { Ipv4 } from '../lib/ipv4.ts';
import { cidrContains, formatIpv4, hostRange, parseCidr, parseIpv4 } from '../lib/ipv4.ts';
import type { Cidr } from '../lib/ipv4.ts';
import { BROADCAST_MAC, parseMac } from '../lib/mac.ts';
import type { Mac } from '../lib/mac.ts';
import { ARP_REQUEST } from '../wire/arp.ts';
import { vlansOf } from '../wire/ethernet.ts';
import type { ArpFrame } from '../wire/arp.ts';
import { announcementFrame, replyFrame } from './responder-frames.ts';
import type { Asked, Command, Report, Station } from './responder-protocol.ts';

interface Placed {
  readonly station: Station;
  readonly network: Cidr;
  readonly mac: Mac;
  readonly claims: Ipv4 | undefined;
}

export interface Output {
  /** Sends a frame, after `delayMs`. */
  send(frame: Uint8Array, delayMs: number): void;
  /** How many frames have left. */
  sent(): number;
}

export class ResponderScript {
  readonly #output: Output;
  readonly #random: () => number;
  #stations: Placed[] = [];
  #asked = new Map<string, Asked>();
  #onRequest: (() => void)[] = [];

  constructor(output: Output, random: () => number) {
    this.#output = output;
    this.#random = random;
  }

  /** @param stripped the VLAN of a tag that the system took off, null for none */
  hear({ arp, ethernet }: ArpFrame, stripped: number | null): void {
    // A probe or announcement (RFC 5227) asks nobody.
    if (arp.operation !== ARP_REQUEST || arp.senderIp === arp.targetIp) return;
    const [vlan] = vlansOf(ethernet, stripped);
    const key = vlan === undefined ? formatIpv4(arp.targetIp) : `${formatIpv4(arp.targetIp)} vlan ${vlan}`;
    const asked = this.#asked.get(key) ?? { broadcast: 0, unicast: 0 };
    asked[ethernet.destination === BROADCAST_MAC ? 'broadcast' : 'unicast']++;
    this.#asked.set(key, asked);
    for (const begin of this.#onRequest.splice(0)) begin();
    const target = { mac: arp.senderMac, ip: arp.senderIp };
    for (const { station, network, mac, claims } of this.#stations) {
      if (station.vlan !== vlan || !cidrContains(network, arp.targetIp)) continue;
      if (ethernet.destination !== BROADCAST_MAC && ethernet.destination !== mac) continue;
      if (asked.broadcast + asked.unicast <= (station.ignoreFirst ?? 0)) continue;
      if (this.#random() < (station.dropProbability ?? 0)) continue;
      const shape =
        vlan === undefined || station.vlans !== undefined ? station : { ...station, vlans: [vlan] };
      const frame = replyFrame({ mac, ip: claims ?? arp.targetIp }, target, shape, this.#random);
      for (let i = 0; i < (station.copies ?? 1); i++) this.#output.send(frame, station.delayMs ?? 0);
    }
  }

  obey(command: Command): void {
    if (command.do === 'stations') {
      this.#stations = command.stations.map(place);
      this.#asked = new Map();
    } else if (command.do === 'announce') {
      this.#output.send(announcementFrame(mac(command.mac), ip(command.ip), BROADCAST_MAC), 0);
    } else if (command.do === 'send') {
      this.#output.send(Buffer.from(command.frame, 'hex'), 0);
    } else if (command.onRequest === true) {
      this.#onRequest.push(() => this.#flood(command));
    } else {
      this.#flood(command);
    }
  }

  report(): Report {
    return { asked: Object.fromEntries(this.#asked), sent: this.#output.sent() };
  }

  #flood(command: Extract<Command, { do: 'flood' }>): void {
    const { first, last } = hostRange(cidr(command.cidr));
    const firstMac = mac(command.firstMac);
    const target = { mac: mac(command.to.mac), ip: ip(command.to.ip) };
    for (let i = 0; i < command.count; i++) {
      const sender = { mac: (firstMac + i) as Mac, ip: (first + (i % (last - first + 1))) as Ipv4 };
      this.#output.send(replyFrame(sender, target, {}, this.#random), 0);
    }
  }
}

function place(station: Station): Placed {
  const claims = station.claims === undefined ? undefined : ip(station.claims);
  return { station, network: cidr(station.ip), mac: mac(station.mac), claims };
}

function ip(text: string): Ipv4 {
  return parseIpv4(text) ?? malformed(text);
}

function cidr(text: string): Cidr {
  return parseCidr(text) ?? malformed(text);
}

function mac(text: string): Mac {
  return parseMac(text) ?? malformed(text);
}

function malformed(text: string): never {
  throw new TypeError(`not an address: ${text}`);
}
