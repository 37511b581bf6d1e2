/** Why a device is said to be here, quiet or gone: the numbers, and the sentence that people read. */
import type { Presence } from './site-devices.ts';
import type { Db } from './session.ts';

/** Lengths of silence are of looked time: while nobody scans, nobody is silent. */
export interface PresenceReason {
  readonly state: Presence;
  /** Completed scans in a row that it did not answer. */
  readonly misses: number;
  readonly lastSeenAt: Date | null;
  /** sleeper: five silences or more within seven days. learning: looked at for less than a day. */
  readonly habit: 'steady' | 'sleeper' | 'learning';
  /** Of the last seven days. */
  readonly silences: number;
  /** Nine of ten of its silences are no longer. Null: it has none. */
  readonly usualMs: number | null;
  /** Of the last thirty days. */
  readonly longestMs: number | null;
  /** The limit that holds where no person has set one. */
  readonly learnedMs: number;
  /** Null unless it is quiet. */
  readonly silentMs: number | null;
  /** What it may be silent beyond three missed scans before it is gone; 0: nothing. */
  readonly patienceMs: number;
  readonly watched: boolean;
  /** Silent for longer while watched: device_down. */
  readonly limitMs: number;
  /** A person set it. */
  readonly ownLimit: boolean;
  /** Since when nobody means to look at its network any more; null: it is looked at. */
  readonly retiredAt: Date | null;
}

/** undefined: it was never seen. */
export async function readPresenceReason(
  db: Db,
  site: string,
  device: number,
): Promise<PresenceReason | undefined> {
  const [row] = await db.query<PresenceReason>(
    `select state, misses, last_seen_at as "lastSeenAt", habit, silences,
            usual_s * 1000.0::float8 as "usualMs", longest_s * 1000.0::float8 as "longestMs",
            learned_ms::float8 as "learnedMs",
            silent_ms::float8 as "silentMs", patience_ms::float8 as "patienceMs",
            watched, limit_ms::float8 as "limitMs", own_limit as "ownLimit", retired_at as "retiredAt"
     from presence_reason($1, $2)`,
    [site, device],
  );
  return row;
}

/** Scans that anybody may miss. */
const PATIENCE = 3;

/** `missed 3 of the last 3 complete scans; it usually returns within 12 min`. Without capital and full stop. */
export function presenceSentence(reason: PresenceReason): string {
  const { state, misses, habit, usualMs, silentMs, patienceMs, retiredAt } = reason;
  const usual = usualMs !== null && habit === 'sleeper' ? usualMs : null;
  if (state === 'here')
    return usual === null
      ? 'answered the last complete scan'
      : `answered the last complete scan; it sleeps now and then, and usually returns within ${inWords(usual)}`;
  if (state === 'gone') {
    if (misses === 0 && retiredAt !== null)
      return `its network was retired on ${retiredAt.toISOString().slice(0, 10)}; nobody looks there`;
    if (misses === 0) return 'was heard once in a while, at an address that no scan asks for';
    if (misses < PATIENCE) return 'answered from another address since';
    return usual === null
      ? `missed ${PATIENCE} complete scans in a row`
      : `missed ${PATIENCE} complete scans in a row and stayed silent for longer than ${inWords(patienceMs)}; it usually returns within ${inWords(usual)}`;
  }
  const missed =
    misses <= PATIENCE
      ? `missed ${misses} of the last ${PATIENCE} complete scans`
      : `missed the last ${misses} complete scans${silentMs === null ? '' : `, ${inWords(silentMs)} in all`}`;
  return usual === null
    ? `${missed}; after ${PATIENCE} in a row it is gone`
    : `${missed}; it usually returns within ${inWords(usual)}, and is gone after ${inWords(patienceMs)}`;
}

/** What is told of a watched device, and where the limit comes from; undefined for any other. */
export function watchSentence({ watched, ownLimit, limitMs, habit }: PresenceReason): string | undefined {
  if (!watched) return undefined;
  const from = ownLimit
    ? 'the limit set for it'
    : habit === 'learning'
      ? 'until its habits are known'
      : 'learned from its silences';
  return limitMs === 0
    ? 'an alert is raised with the first scan that it misses'
    : `an alert is raised when it is silent for ${inWords(limitMs)} (${from})`;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `40 s`, `12 min`, `2 h 5 min`, `3 days`, rounded up: a promise of at most. */
export function inWords(ms: number): string {
  if (ms < MINUTE) return `${Math.ceil(ms / SECOND)} s`;
  const minutes = Math.ceil(ms / MINUTE);
  if (minutes < 60) return `${minutes} min`;
  if (minutes >= (2 * DAY) / MINUTE) return `${Math.ceil(ms / DAY)} days`;
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}
