/**
 * Pairs of address and MAC, each once, in the order they were first heard. In columns: 65,536 objects would be copied
 * about by the garbage collector in the middle of a sweep, which took longer than all the parsing.
 */
import type { Cidr, Ipv4 } from '../lib/ipv4.ts';
import type { Mac } from '../lib/mac.ts';
import type { Observation } from './types.ts';

const FIRST_CAPACITY = 1024;

export class ObservationTable {
  #ips = new Uint32Array(FIRST_CAPACITY);
  #macs = new Float64Array(FIRST_CAPACITY);
  /** NaN for none. */
  #rtts = new Float64Array(FIRST_CAPACITY);
  #count = 0;
  /** Nearly every address has one MAC; the places of the others are held beside. */
  readonly #firstOf = new Map<number, number>();
  readonly #more = new Map<Ipv4, Set<Mac>>();

  has(ip: Ipv4, mac: Mac): boolean {
    const first = this.#firstOf.get(keyOf(ip));
    return first !== undefined && (this.#macs[first] === mac || this.#more.get(ip)?.has(mac) === true);
  }

  /** One that it has not. */
  add(ip: Ipv4, mac: Mac, rttMs: number | null): void {
    if (this.#count === this.#ips.length) this.#grow();
    const key = keyOf(ip);
    if (this.#firstOf.has(key)) this.#more.set(ip, (this.#more.get(ip) ?? new Set()).add(mac));
    else this.#firstOf.set(key, this.#count);
    this.#ips[this.#count] = ip;
    this.#macs[this.#count] = mac;
    this.#rtts[this.#count] = rttMs ?? NaN;
    this.#count++;
  }

  toArray(networkOf: (ip: Ipv4) => Cidr | null, link: string): Observation[] {
    const all: Observation[] = [];
    for (let i = 0; i < this.#count; i++) {
      const ip = (this.#ips[i] ?? 0) as Ipv4;
      const rtt = this.#rtts[i] ?? NaN;
      const rttMs = Number.isNaN(rtt) ? null : rtt;
      all.push({ network: networkOf(ip), link, mac: (this.#macs[i] ?? 0) as Mac, ip, rttMs });
    }
    return all;
  }

  #grow(): void {
    const capacity = this.#ips.length * 2;
    const [ips, macs, rtts] = [this.#ips, this.#macs, this.#rtts];
    this.#ips = new Uint32Array(capacity);
    this.#ips.set(ips);
    this.#macs = new Float64Array(capacity);
    this.#macs.set(macs);
    this.#rtts = new Float64Array(capacity);
    this.#rtts.set(rtts);
  }
}

/** As a signed number, which the engine keeps in a word; unsigned ones from 128.0.0.0 on each take an object. */
function keyOf(ip: Ipv4): number {
  return ip | 0;
}
