/** A random life of two networks, told to the database scan by scan, and the same told by plain replay. */
export interface Rng {
  (): number;
}

/** Mulberry32. */
export function rng(seed: number): Rng {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Who answered one scan of one network: device number to address. */
export interface Sweep {
  readonly at: number;
  readonly network: number;
  readonly answers: ReadonlyMap<number, string>;
}

export const MINUTE = 60_000;
/** Two scans further apart: nobody looked in between. */
const BLIND_AFTER = 5 * MINUTE;
const PATIENCE = 3;
const DEVICES_EACH = 3;

/** Scans a minute apart, now and then with a long pause; devices come, go for a while, and change address. */
export function liveOn(random: Rng, networks: number, minutes: number): Sweep[] {
  const sweeps: Sweep[] = [];
  const states = Array.from({ length: networks * DEVICES_EACH }, () => ({
    away: 0,
    ip: 0,
    started: random() < 0.6,
  }));
  const paused = Array.from({ length: networks }, () => 0);
  for (let n = 0; n < minutes; n++) {
    for (let network = 0; network < networks; network++) {
      if (n < (paused[network] ?? 0)) continue;
      if (random() < 0.03) paused[network] = n + 3 + Math.floor(random() * 12);
      const answers = new Map<number, string>();
      for (let k = 0; k < DEVICES_EACH; k++) {
        const device = network * DEVICES_EACH + k;
        const state = states[device]!;
        if (!state.started) state.started = random() < 0.05;
        // One, two, or many scans missed; rarely enough that nobody becomes a sleeper with patience of its own.
        if (state.away === 0 && random() < 0.025) state.away = [1, 2, 3, 9, 14][Math.floor(random() * 5)]!;
        if (state.away > 0) state.away -= 1;
        else if (random() < 0.03) state.ip += 1;
        if (state.started && state.away === 0)
          answers.set(device, `10.${network}.0.${10 + k * 50 + (state.ip % 40)}`);
      }
      sweeps.push({ at: n * MINUTE + network * 1000, network, answers });
    }
  }
  return sweeps;
}

interface Interval {
  readonly device: number;
  readonly network: number;
  readonly ip: string;
  readonly from: number;
  /** The last scan that it answered. */
  seen: number;
  misses: number;
  /** Set when it is over: called gone, or at another address. */
  over: number | null;
}

/** Presence as docs/PRESENCE.md has it for steady devices: three missed scans, or another address. */
export function replay(sweeps: readonly Sweep[]): Interval[] {
  const done: Interval[] = [];
  let open: Interval[] = [];
  for (const { at, network, answers } of sweeps) {
    const kept: Interval[] = [];
    const known = new Set<number>();
    for (const one of open) {
      if (one.network !== network) {
        kept.push(one);
        continue;
      }
      const ip = answers.get(one.device);
      if (ip === one.ip) {
        one.seen = at;
        one.misses = 0;
        known.add(one.device);
        kept.push(one);
      } else {
        one.misses += 1;
        if (ip !== undefined || one.misses >= PATIENCE) {
          one.over = at;
          done.push(one);
        } else kept.push(one);
      }
    }
    for (const [device, ip] of answers)
      if (!known.has(device)) kept.push({ device, network, ip, from: at, seen: at, misses: 0, over: null });
    open = kept;
  }
  return [...done, ...open];
}

export type Told = 'here' | 'quiet' | 'gone' | 'not_looked';

/** Device number to state and address at a moment, for all that were known by then. */
export function stateAt(
  sweeps: readonly Sweep[],
  intervals: readonly Interval[],
  at: number,
  now: number,
): Map<number, { state: Told; ip: string | null }> {
  const networks = [...new Set(sweeps.map(({ network }) => network))];
  const found = new Map<number, { state: Told; ip: string | null }>();
  const lookOf = new Map(networks.map(network => [network, lookedAt(sweeps, network, at, now)]));
  for (const one of intervals) {
    const look = lookOf.get(one.network)!;
    if (one.from > at) continue;
    if (!found.has(one.device)) found.set(one.device, { state: 'gone', ip: null });
    if (look.looked) {
      const isThere = one.over === null ? true : one.over > at || at <= one.seen;
      if (!isThere) continue;
      const isSeen = at <= one.seen || (one.over === null && one.misses === 0);
      found.set(one.device, { state: isSeen ? 'here' : 'quiet', ip: one.ip });
    } else if (
      look.before !== null &&
      one.from <= look.before &&
      (one.over === null || one.seen >= look.before)
    )
      found.set(one.device, { state: 'not_looked', ip: one.ip });
  }
  // Who was not there belongs to the network in which it was last.
  for (const [device, told] of found) {
    if (told.ip !== null) continue;
    const last = intervals
      .filter(one => one.device === device && one.from <= at)
      .toSorted((a, b) => b.from - a.from)[0]!;
    if (!lookOf.get(last.network)!.looked) found.set(device, { state: 'not_looked', ip: null });
  }
  return found;
}

function lookedAt(sweeps: readonly Sweep[], network: number, at: number, now: number) {
  const scans = sweeps.filter(one => one.network === network).map(one => one.at);
  const before = scans.filter(scan => scan <= at).at(-1) ?? null;
  const after = scans.find(scan => scan >= at) ?? null;
  const looked =
    before !== null &&
    at <= now &&
    (after === null ? at - before <= BLIND_AFTER : after - before <= BLIND_AFTER);
  return { looked, before };
}
