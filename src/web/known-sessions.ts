/**
 * Who is signed in, remembered for a moment: a page and what it fetches come at once, and many pages open when the
 * site comes back. Only looking is answered so; who changes something is asked about each time.
 */
import type { Clock } from '../lib/clock.ts';
import type { Db } from '../store/session.ts';
import { sessionOf, type SessionUser } from '../store/web-sessions.ts';

export interface KnownSessions {
  /** @param isLooking what was found a moment ago will do @returns undefined: nobody, or not any more */
  userOf(tokenHash: Uint8Array, isLooking: boolean): Promise<SessionUser | undefined>;
  /** A session, a role or a password may have changed: nothing of what was known holds. */
  readonly forget: () => void;
}

/** So late may be heard what the command line or another process changes: a second. */
const KNOWN_MS = 1_000;
const MOST = 2_000;

export function rememberSessions(own: Db, site: string, clock: Clock): KnownSessions {
  let known = new Map<string, { readonly at: number; readonly user: Promise<SessionUser | undefined> }>();
  const ask = (tokenHash: Uint8Array, key: string) => {
    const user = sessionOf(own, site, tokenHash);
    const asked = { at: clock.monotonic(), user };
    const into = known;
    into.delete(key);
    into.set(key, asked);
    // Strangers' tokens and failures are not worth a place.
    const drop = () => into.get(key) === asked && into.delete(key);
    user.then(found => found ?? drop(), drop);
    for (const [oldest, { at }] of into) {
      if (into.size <= MOST && asked.at - at < KNOWN_MS) break;
      into.delete(oldest);
    }
    return user;
  };
  return {
    userOf: (tokenHash, isLooking) => {
      const key = Buffer.from(tokenHash).toString('base64url');
      const before = known.get(key);
      const isFresh = before !== undefined && clock.monotonic() - before.at < KNOWN_MS;
      return isLooking && isFresh ? before.user : ask(tokenHash, key);
    },
    forget: () => {
      known = new Map();
    },
  };
}
