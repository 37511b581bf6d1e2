/**
 * Who is still to be asked, who is being waited for, and who has answered, in one network. One entry per address where
 * nobody is known and whose turn it is, one per known address and MAC: two devices on one address are both asked. Flat
 * arrays, because a /16 has 65,534 entries and a tick must stay cheap.
 */
import type { Cidr, Ipv4 } from '../lib/ipv4.ts';
import { hostRange } from '../lib/ipv4.ts';
import type { Mac } from '../lib/mac.ts';
import { BROADCAST_MAC } from '../lib/mac.ts';
import { isSwept, isVerified, type Turn } from './rotation.ts';
import type { Asking } from './schedule.ts';
import { KNOWN_SCHEDULE, UNKNOWN_SCHEDULE } from './schedule.ts';
import type { Known } from './types.ts';
import { Verification } from './verification.ts';
import { WaitingLine } from './waiting-line.ts';

/**
 * More than this many MACs on one address are asked by one broadcast that all of them hear. Two share an address by
 * mistake or by a change of hardware; thousands are one station's forgeries, and asking each would take longer than a tick.
 */
const MAX_ASKED_IN_PERSON = 2;

const NONE = -1;
const ANSWERED = 1;
const GIVEN_UP = 2;
/** Answered, and the address is asked once more, by broadcast: does anybody else answer? */
const VERIFYING = 3;

/** What hearing from an address meant. */
export interface Heard {
  /** The address is one that this sweep asks. */
  readonly asked: boolean;
  /** This was the first time, and it came after the address had been asked again or given up. */
  readonly late: boolean;
  /** It was a known device's answer to an asking in person: nobody else heard that asking and could still answer. */
  readonly inPerson: boolean;
  readonly rttMs: number | null;
}

const NOT_ASKED: Heard = { asked: false, late: false, inPerson: false, rttMs: null };

export class AskTable {
  readonly #first: number;
  readonly #ips: Uint32Array;
  /** 0 where nobody is known. */
  readonly #macs: Float64Array;
  #total = 0;
  readonly #addresses: number;
  /** The first entry of an address by its place in the network: the one that may ask by broadcast. */
  readonly #entryAt: Int32Array;
  readonly #moreAt = new Map<number, number[]>();
  readonly #addressHeard: Uint8Array;
  /** 0, ANSWERED, GIVEN_UP or VERIFYING. */
  readonly #finished: Uint8Array;
  readonly #verification: Verification;
  readonly #timesAsked: Uint8Array;
  readonly #firstAskedAt: Float64Array;
  readonly #askedAt: Float64Array;
  /** The entry whose first asking is next, and how many are left. */
  #fresh: number;
  #freshLeft: number;
  readonly #unknownLines: readonly WaitingLine[];
  readonly #knownLines: readonly WaitingLine[];
  #pending: number;
  #probed = 0;
  #answered = 0;
  #blindUntil = -Infinity;
  #blind = 0;

  /** @param skip addresses never asked: the machine's own */
  constructor(network: Cidr, skip: { has(ip: Ipv4): boolean }, known: readonly Known[], turn: Turn) {
    const { first, last } = hostRange(network);
    this.#first = first;
    const size = last - first + 1;
    this.#ips = new Uint32Array(size + known.length);
    this.#macs = new Float64Array(size + known.length);
    this.#entryAt = new Int32Array(size).fill(NONE);
    this.#addressHeard = new Uint8Array(size);
    // Who is asked in person; the addresses with too many for that, where broadcasts ask for all of them in every turn.
    const crowded = new Set<Ipv4>();
    const later: { ip: Ipv4; macs: readonly Mac[] }[] = [];
    for (const { ip, macs } of byAddress(known)) {
      if (ip < first || ip > last || skip.has(ip)) continue;
      if (macs.length > MAX_ASKED_IN_PERSON) crowded.add(ip);
      else if (isVerified(ip, turn)) for (const mac of macs) this.#add(ip - first, mac);
      else later.push({ ip, macs });
    }
    // Those to verify come first, so that the second look at them costs no time at the end.
    const toVerify = this.#total;
    for (const { ip, macs } of later) for (const mac of macs) this.#add(ip - first, mac);
    const knownCount = this.#total;
    this.#addresses = size;
    for (let place = 0; place < size; place++) {
      const ip = (first + place) as Ipv4;
      if (skip.has(ip)) this.#addresses--;
      else if (this.#entryAt[place] === NONE && (isSwept(ip, turn) || crowded.has(ip))) this.#add(place, 0);
    }
    const total = this.#total;
    this.#pending = total;
    this.#finished = new Uint8Array(total);
    this.#timesAsked = new Uint8Array(total);
    this.#firstAskedAt = new Float64Array(total);
    this.#askedAt = new Float64Array(total);
    // The smaller group does not have to wait for the larger.
    this.#fresh = total - knownCount <= knownCount ? knownCount % Math.max(1, total) : 0;
    this.#freshLeft = total;
    this.#unknownLines = this.#makeLines(UNKNOWN_SCHEDULE, total - knownCount);
    this.#knownLines = this.#makeLines(KNOWN_SCHEDULE, knownCount);
    const times = { first: this.#firstAskedAt, latest: this.#askedAt };
    this.#verification = new Verification(toVerify, times);
    for (let entry = 0; entry < toVerify; entry++)
      if (this.#entryAt[this.ipOf(entry) - first] === entry) this.#verification.plan(entry);
  }

  #add(place: number, mac: number): void {
    const entry = this.#total++;
    this.#ips[entry] = this.#first + place;
    this.#macs[entry] = mac;
    if (this.#entryAt[place] === NONE) this.#entryAt[place] = entry;
    else this.#moreAt.set(place, [...(this.#moreAt.get(place) ?? []), entry]);
  }

  #makeLines(schedule: readonly Asking[], capacity: number): WaitingLine[] {
    const times = { first: this.#firstAskedAt, latest: this.#askedAt };
    return schedule.map((asking, i) => new WaitingLine(capacity, times, asking, i === schedule.length - 1));
  }

  /** The entry at a place that `mac` would answer, or else the first there; -1 when nobody is asked there. */
  #entryOf(place: number, mac: Mac): number {
    const first = this.#entryAt[place] ?? NONE;
    if (first === NONE || this.#awaits(first, mac)) return first;
    return this.#moreAt.get(place)?.find(entry => this.#awaits(entry, mac)) ?? first;
  }

  #awaits(entry: number, mac: Mac): boolean {
    return this.#macs[entry] === 0 || this.#macs[entry] === mac;
  }

  /** Nobody is left to ask or to wait for. */
  get done(): boolean {
    return this.#pending === 0;
  }

  get total(): number {
    return this.#total;
  }

  get finished(): number {
    return this.#total - this.#pending;
  }

  /** Addresses that a device may have, asked in this turn or not. */
  get addresses(): number {
    return this.#addresses;
  }

  /** Addresses asked at least once. */
  get probed(): number {
    return this.#probed;
  }

  get answered(): number {
    return this.#answered;
  }

  /** Given up although frames were lost after they were last asked: their silence means nothing. */
  get blind(): number {
    return this.#blind;
  }

  /** Frames were lost at `now`: whoever is given up without being asked again after it was not truly listened to. */
  lostFrames(now: number): void {
    this.#blindUntil = now;
  }

  /**
   * The next entry whose turn it is, or -1: a known device due again, for its patience is the longest; an address to
   * verify; then whoever are fewer, the unknown due again or those never asked, so that the patience of both runs on side
   * by side. In a network that is mostly silent the last address would otherwise be asked when the first is given up. The
   * caller then reports `asked`.
   */
  next(now: number): number {
    const known = this.#again(this.#knownLines, now);
    if (known !== NONE) return known;
    for (let over = this.#verification.ended(now); over !== NONE; over = this.#verification.ended(now))
      this.#finish(over, ANSWERED);
    const toVerify = this.#verification.next();
    if (toVerify !== NONE) return toVerify;
    const waitedFor = this.#pending - this.#freshLeft;
    const freshFirst = this.#freshLeft < waitedFor && this.#macs[this.#fresh] === 0;
    if (freshFirst && this.#freshLeft > 0) return this.#takeFresh();
    const again = this.#again(this.#unknownLines, now);
    return again === NONE && this.#freshLeft > 0 ? this.#takeFresh() : again;
  }

  #takeFresh(): number {
    const entry = this.#fresh;
    this.#fresh = (entry + 1) % this.#total;
    this.#freshLeft--;
    return entry;
  }

  /** Who in these lines is due for another asking; gives up whoever is due for none. */
  #again(lines: readonly WaitingLine[], now: number): number {
    for (const line of lines) {
      for (let entry = line.head(this.#finished); entry !== NONE; entry = line.head(this.#finished)) {
        if (line.due(entry) > now) break;
        line.shift();
        if (!line.last && !this.#isSettled(entry)) return entry;
        this.#giveUp(entry);
      }
    }
    return NONE;
  }

  /** When `next` will have something again, in the clock's milliseconds; Infinity when never. */
  nextDue(): number {
    let due = this.#verification.nextDue();
    for (const lines of [this.#unknownLines, this.#knownLines]) {
      for (const line of lines) {
        const entry = line.head(this.#finished);
        if (entry !== NONE) due = Math.min(due, line.due(entry));
      }
    }
    return due;
  }

  ipOf(entry: number): Ipv4 {
    return (this.#ips[entry] ?? 0) as Ipv4;
  }

  /**
   * Where the next asking goes: the known MAC; or everybody when it is a broadcast's turn and no one has answered, or the
   * address is to be verified.
   */
  destinationOf(entry: number): Mac {
    const mac = this.#macs[entry] ?? 0;
    if (mac === 0 || this.#finished[entry] === VERIFYING) return BROADCAST_MAC;
    const place = this.ipOf(entry) - this.#first;
    const turn = KNOWN_SCHEDULE[this.#timesAsked[entry] ?? 0]?.broadcast === true;
    const first = this.#entryAt[place] === entry;
    const useful = this.#addressHeard[place] === 0 || this.#verification.isDue(entry);
    return turn && first && useful ? BROADCAST_MAC : (mac as Mac);
  }

  asked(entry: number, now: number): void {
    const times = this.#timesAsked[entry] ?? 0;
    if (times === 0 && this.#entryAt[this.ipOf(entry) - this.#first] === entry) this.#probed++;
    if (times === 0) this.#firstAskedAt[entry] = now;
    const isKnown = this.#macs[entry] !== 0;
    if (isKnown && this.destinationOf(entry) === BROADCAST_MAC) this.#verification.cancel(entry);
    this.#timesAsked[entry] = times + 1;
    this.#askedAt[entry] = now;
    const lines = isKnown ? this.#knownLines : this.#unknownLines;
    if (this.#finished[entry] === VERIFYING) this.#verification.asked(entry);
    else lines[times]?.push(entry);
  }

  /** The asking just reported left only now: the system was busy. */
  askedLater(entry: number, now: number): void {
    if (this.#timesAsked[entry] === 1) this.#firstAskedAt[entry] = now;
    this.#askedAt[entry] = now;
  }

  /**
   * Something was heard from `ip`.
   * @param arrivedAt in the clock's milliseconds
   * @param reply whether it can be the answer to an asking, and so has a round-trip time
   */
  heard(ip: Ipv4, mac: Mac, arrivedAt: number, reply: boolean): Heard {
    const place = ip - this.#first;
    if (place < 0 || place >= this.#entryAt.length) return NOT_ASKED;
    const entry = this.#entryOf(place, mac);
    if (entry === NONE) return NOT_ASKED;
    if (this.#addressHeard[place] === 0) {
      this.#addressHeard[place] = 1;
      this.#answered++;
    }
    const times = this.#timesAsked[entry] ?? 0;
    const mine = this.#awaits(entry, mac);
    const late = (times > 1 && this.#finished[entry] !== VERIFYING) || this.#finished[entry] === GIVEN_UP;
    const byBroadcast = this.#macs[entry] === 0 || KNOWN_SCHEDULE[times - 1]?.broadcast === true;
    const inPerson = mine && !byBroadcast && this.#finished[entry] !== VERIFYING;
    const waitedMs = arrivedAt - (this.#askedAt[entry] ?? 0);
    // Heard before its turn, it is asked all the same, once: a false announcement must not hide who is there.
    if (mine && times > 0 && this.#finished[entry] === 0) this.#answer(entry);
    return { asked: true, late, inPerson, rttMs: reply && times === 1 && waitedMs >= 0 ? waitedMs : null };
  }

  #answer(entry: number): void {
    if (!this.#verification.isDue(entry)) return this.#finish(entry, ANSWERED);
    this.#finished[entry] = VERIFYING;
    this.#verification.begin(entry);
  }

  /** No broadcast follows where someone has been heard; only a known device is still asked for in person. */
  #isSettled(entry: number): boolean {
    return this.#macs[entry] === 0 && this.#addressHeard[this.ipOf(entry) - this.#first] === 1;
  }

  #giveUp(entry: number): void {
    if (!this.#isSettled(entry) && (this.#askedAt[entry] ?? 0) <= this.#blindUntil) this.#blind++;
    this.#finish(entry, GIVEN_UP);
  }

  #finish(entry: number, how: number): void {
    this.#finished[entry] = how;
    this.#pending--;
  }
}

/** The distinct MACs of each address, in the order of the input. */
function byAddress(known: readonly Known[]): { ip: Ipv4; macs: readonly Mac[] }[] {
  const macsOf = new Map<Ipv4, Set<Mac>>();
  for (const { ip, mac } of known) {
    const macs = macsOf.get(ip);
    if (macs === undefined) macsOf.set(ip, new Set([mac]));
    else macs.add(mac);
  }
  return [...macsOf].map(([ip, macs]) => ({ ip, macs: [...macs] }));
}
