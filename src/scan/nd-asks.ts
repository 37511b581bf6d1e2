/**
 * Who is asked in person, when, and how: the neighbours that did not answer the echo to all.
 *
 * A known device is asked at its MAC first, which wakes nobody else, and every third time through its solicited-node
 * group, which a device with a new MAC hears as well; with growing patience, 1.9 s in all, as long as ARP gives it. What
 * only the kernel's table tells of may be long gone, and is asked twice.
 */
import type { Ipv6 } from '../lib/ipv6.ts';
import type { Mac } from '../lib/mac.ts';
import type { KnownNeighbour } from './nd-types.ts';

interface Asking {
  readonly unicast: boolean;
  /** How long silence lasts before the next asking, or before giving up. */
  readonly patienceMs: number;
}

const asking = (unicast: boolean, patienceMs: number): Asking => ({ unicast, patienceMs });

const KNOWN_SCHEDULE: readonly Asking[] = [
  asking(true, 130),
  asking(true, 170),
  asking(false, 250),
  asking(true, 300),
  asking(true, 400),
  asking(false, 500),
];
const TABLE_SCHEDULE: readonly Asking[] = [asking(true, 130), asking(false, 170)];

interface Entry {
  readonly ip: Ipv6;
  readonly mac: Mac;
  readonly schedule: readonly Asking[];
  round: number;
  /** When the next asking, or the end, is due. */
  dueAt: number;
}

export interface Question {
  readonly ip: Ipv6;
  readonly mac: Mac;
  readonly unicast: boolean;
}

export class NdAsks {
  /** Those not heard yet. */
  readonly #silent = new Map<Ipv6, Entry>();
  /** Asked to the end in vain. */
  readonly #given: Ipv6[] = [];

  /** @param from when the first may be asked @param table what only the kernel's table tells of */
  constructor(known: readonly KnownNeighbour[], table: readonly KnownNeighbour[], from: number) {
    for (const [list, schedule] of [
      [known, KNOWN_SCHEDULE],
      [table, TABLE_SCHEDULE],
    ] as const)
      for (const { ip, mac } of list)
        if (!this.#silent.has(ip)) this.#silent.set(ip, { ip, mac, schedule, round: 0, dueAt: from });
  }

  /** From whichever MAC. */
  heard(ip: Ipv6): void {
    this.#silent.delete(ip);
  }

  /** The next question due, or null. Whoever has been asked to the end is given up. */
  next(now: number): Question | null {
    for (const entry of this.#silent.values()) {
      if (entry.dueAt > now) continue;
      const asking = entry.schedule[entry.round];
      if (asking !== undefined) return { ip: entry.ip, mac: entry.mac, unicast: asking.unicast };
      this.#silent.delete(entry.ip);
      this.#given.push(entry.ip);
    }
    return null;
  }

  /** It was sent. */
  asked({ ip }: Question, now: number): void {
    const entry = this.#silent.get(ip);
    if (entry === undefined) return;
    entry.dueAt = now + (entry.schedule[entry.round]?.patienceMs ?? 0);
    entry.round++;
    // To the end of the line: everybody is asked once before anybody is asked twice.
    this.#silent.delete(ip);
    this.#silent.set(ip, entry);
  }

  get done(): boolean {
    return this.#silent.size === 0;
  }

  /** Never heard, those that are still being asked included. */
  get silent(): readonly Ipv6[] {
    return [...this.#given, ...this.#silent.keys()];
  }
}
