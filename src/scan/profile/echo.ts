/** How long a device takes to return an echo, and with which time to live: the first thing that tells systems apart. */
import type { Clock } from '../../lib/clock.ts';
import { messageOf, NetureonError } from '../../lib/errors.ts';
import type { EchoReply, EchoSocket } from '../../link/echo-socket.ts';
import type { Echo, ProfileTarget } from './types.ts';

export interface EchoTries {
  /** For each try. */
  readonly timeoutMs: number;
  readonly tries: number;
}

export const ECHO_DEFAULTS = { timeoutMs: 800, tries: 2 } as const satisfies EchoTries;

export interface EchoDependencies {
  readonly openEcho: (ip: ProfileTarget['ip']) => Promise<EchoSocket>;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

export interface EchoOutcome {
  /** null: it did not answer, or could not be asked. */
  readonly echo: Echo | null;
  readonly problems: readonly string[];
}

/** A device that keeps silent is no problem; one that cannot be asked is. */
export async function echoOf(
  target: ProfileTarget,
  tries: EchoTries,
  dependencies: EchoDependencies,
): Promise<EchoOutcome> {
  let socket: EchoSocket | undefined;
  try {
    socket = await dependencies.openEcho(target.ip);
    const reply = await exchange(socket, tries, dependencies);
    return { echo: reply === null ? null : { ttl: reply.ttl, rttMs: reply.rttMs }, problems: [] };
  } catch (error) {
    if (!(error instanceof NetureonError)) throw error;
    return { echo: null, problems: [`echo: ${messageOf(error)}`] };
  } finally {
    socket?.close();
  }
}

/** The reply's own time stamp tells how long it took: looking for it now and then costs no precision. */
const LOOK_EVERY_MS = 10;

async function exchange(
  socket: EchoSocket,
  { timeoutMs, tries }: EchoTries,
  { clock, signal }: EchoDependencies,
): Promise<EchoReply | null> {
  const isCancelled = () => signal?.aborted === true;
  for (let sequence = 1; sequence <= tries && !isCancelled(); sequence++) {
    socket.send(sequence);
    const deadline = clock.monotonic() + timeoutMs;
    for (
      let wait = 1;
      clock.monotonic() < deadline && !isCancelled();
      wait = Math.min(LOOK_EVERY_MS, wait * 2)
    ) {
      await clock.sleep(wait, signal);
      const reply = socket.receive();
      if (reply !== null) return reply;
    }
  }
  return null;
}
