/** arpwatch's classification (ent_add in its db.c): for each address the stations that held it, the latest first. */

export type ArpwatchWord =
  'new station' | 'changed ethernet address' | 'flip flop' | 'reused old ethernet address' | 'new activity';

/** NEWACTIVITY_DELTA: six months of thirty days. */
const NEW_ACTIVITY_MS = 6 * 30 * 24 * 3600_000;

export class ArpwatchModel {
  readonly #holders = new Map<string, { mac: string; seenMs: number }[]>();

  /** What arpwatch says about a frame from this station, if anything. */
  see(ip: string, mac: string, nowMs: number): ArpwatchWord | undefined {
    const list = this.#holders.get(ip) ?? [];
    const place = list.findIndex(one => one.mac === mac);
    const [found] = place < 0 ? [{ mac, seenMs: nowMs }] : list.splice(place, 1);
    const before = found?.seenMs ?? nowMs;
    this.#holders.set(ip, [{ mac, seenMs: nowMs }, ...list]);
    if (place < 0) return list.length === 0 ? 'new station' : 'changed ethernet address';
    if (place === 0) return nowMs - before > NEW_ACTIVITY_MS ? 'new activity' : undefined;
    return place === 1 ? 'flip flop' : 'reused old ethernet address';
  }
}
