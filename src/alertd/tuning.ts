/** How patient the daemon is. Tests use smaller numbers; nobody else should need to. All in milliseconds. */
import type { Backoff } from '../lib/backoff.ts';

export interface Tuning {
  /** Looks for work this often even when nobody says that there is some. */
  readonly pollMs: number;
  /** One try of one message. */
  readonly sendTimeoutMs: number;
  /** A message is nobody else's for so long; longer than a try and its marking can take. */
  readonly leaseMs: number;
  /** Deliveries in one message at most. */
  readonly batch: number;
  /** Between the tries of a message, and of a channel through which nothing gets. */
  readonly retry: Backoff;
  /** Between the tries to reach a database that went away. */
  readonly database: Backoff;
  readonly heartbeatMs: number;
  /** Between two pings of the dead man's switch. */
  readonly pingMs: number;
  readonly pingTimeoutMs: number;
  /** A channel through which nothing has got for so long is told to it. */
  readonly failingMs: number;
  /** What is in flight when the daemon is told to stop may take so long to finish. */
  readonly stopMs: number;
}

export const defaultTuning: Tuning = {
  // Less than the pool's 30 s, so that its connections stay warm: opening one costs more than the poll.
  pollMs: 25_000,
  sendTimeoutMs: 45_000,
  leaseMs: 90_000,
  batch: 10_000,
  retry: { baseMs: 10_000, capMs: 15 * 60_000, floorMs: 5_000 },
  database: { baseMs: 500, capMs: 10_000, floorMs: 200 },
  heartbeatMs: 60_000,
  pingMs: 60_000,
  pingTimeoutMs: 10_000,
  failingMs: 10 * 60_000,
  stopMs: 20_000,
};
