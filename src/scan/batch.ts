/** Frames on their way: what one call of a device sends, and what of it the system has not taken yet. */
import { BROADCAST_MAC, ZERO_MAC } from '../lib/mac.ts';
import type { Mac } from '../lib/mac.ts';
import type { Ipv4 } from '../lib/ipv4.ts';
import { ARP_REQUEST, arpFrameLength, emitArpFrame, retargetArpFrame } from '../wire/arp.ts';

export class Batch {
  readonly capacity: number;
  /** Of each frame, in octets. */
  readonly frameLength: number;
  readonly #vlan: number | null;
  readonly frames: Uint8Array;
  /** The entries of the frames, and whether each goes to everybody. */
  readonly #entries: Int32Array;
  readonly #isBroadcast: Uint8Array;
  #filled = 0;
  #unsent = 0;
  /** The sending under way: how many frames it took. */
  inFlight: Promise<number> | null = null;

  /**
   * All requests of a sweep differ only in whom they are for.
   * @param senderIp 0 for none: an ARP probe (RFC 5227 §2.1.1), which is answered all the same
   * @param vlan of the tag they carry, null for none
   */
  constructor(capacity: number, senderMac: Mac, senderIp: Ipv4, vlan: number | null) {
    this.capacity = capacity;
    this.#vlan = vlan;
    this.frameLength = arpFrameLength(vlan);
    this.frames = new Uint8Array(capacity * this.frameLength);
    this.#entries = new Int32Array(capacity);
    this.#isBroadcast = new Uint8Array(capacity);
    if (capacity === 0) return;
    const request = {
      operation: ARP_REQUEST,
      senderMac,
      senderIp,
      targetMac: ZERO_MAC,
      targetIp: senderIp,
    } as const;
    emitArpFrame(BROADCAST_MAC, request, this.frames, 0, vlan);
    for (let done = this.frameLength; done < this.frames.length; done *= 2)
      this.frames.copyWithin(done, 0, done);
  }

  get unsent(): number {
    return this.#unsent;
  }

  /** The first frame not taken yet. */
  get first(): number {
    return this.#filled - this.#unsent;
  }

  /** Begins anew, once everything has been taken. */
  clear(): void {
    this.#filled = 0;
  }

  add(entry: number, destination: Mac, targetIp: Ipv4): void {
    retargetArpFrame(destination, targetIp, this.frames, this.#filled * this.frameLength, this.#vlan);
    this.#entries[this.#filled] = entry;
    this.#isBroadcast[this.#filled] = Number(destination === BROADCAST_MAC);
    this.#filled++;
    this.#unsent++;
  }

  /** `sent` more frames were taken; returns how many of them were broadcasts. */
  taken(sent: number): number {
    let broadcasts = 0;
    const { first } = this;
    for (let i = first; i < first + sent; i++) broadcasts += this.#isBroadcast[i] ?? 0;
    this.#unsent -= sent;
    return broadcasts;
  }

  /** The entries whose frames were not taken. */
  waiting(): Int32Array {
    return this.#entries.subarray(this.first, this.#filled);
  }
}
