/**
 * Where the site listens: until somebody manages it on this machine alone, whatever the configuration says, and from then
 * on also where it says, without a restart.
 */
import type { Hono } from 'hono';
import { messageOf } from '../lib/errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { hostText, isLoopback, type ListenAddress } from './hosts.ts';
import { startServer, type RunningSite } from './server.ts';

export interface Doors {
  readonly port: number;
  /** Of this machine, for whoever sits at it: `http://127.0.0.1:8080/`. */
  readonly localUrl: string;
  /** Also to others, as configured. Does nothing when that is so already. */
  open(): Promise<void>;
  close(): Promise<void>;
}

const RETRY_MS = 30_000;

/** @param signal ends the trying of an address that this machine does not have yet */
export async function openDoors(
  app: (port: number) => Hono,
  listen: ListenAddress,
  { clock, log, signal }: { clock: Clock; log: Log; signal: AbortSignal },
): Promise<Doors> {
  let made: Hono | undefined;
  const once = (port: number) => (made ??= app(port));
  const isLocal = isLoopback(listen.host);
  const local = isLocal ? listen : { host: '127.0.0.1', port: listen.port };
  let inner: RunningSite | undefined = await startServer(once, local);
  const { port } = inner;
  let outer: RunningSite | undefined;

  /** False: not now, and said why. */
  const tryOpen = async (): Promise<boolean> => {
    const everywhere = /^(?:0\.0\.0\.0|::)$/.test(listen.host);
    if (everywhere) {
      // One port cannot be listened on twice; who is connected already stays so until the answer is there.
      const before = inner;
      inner = undefined;
      before?.stopListening();
      void before?.close();
    }
    try {
      outer = await startServer(once, listen);
    } catch (error) {
      inner ??= await startServer(once, local);
      log.error('the site is served to this machine only', { reason: messageOf(error) });
      return false;
    }
    log.info('the site is served to others too', { listen: hostText(listen) });
    return true;
  };
  return {
    port,
    localUrl: `http://${hostText({ ...local, port })}/`,
    open: async () => {
      if (isLocal || outer !== undefined) return;
      while (!signal.aborted && !(await tryOpen())) await clock.sleep(RETRY_MS, signal);
    },
    close: async () => {
      await Promise.all([inner?.close(), outer?.close()]);
    },
  };
}
