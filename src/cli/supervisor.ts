/**
 * Whoever started this service and watches it: systemd, where NOTIFY_SOCKET says so (Type=notify, WatchdogSec). Told that
 * it is ready, how it fares, and that it is alive; silent when its work hangs, so that it is started anew.
 */
import { messageOf } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Notify } from '../link/service-manager.ts';

export interface Supervisor {
  /** Its work has begun. */
  ready(): void;
  stopping(): void;
  /**
   * From here on it is alive while `hanging` names nothing; `status` is what `systemctl status` shows.
   * @returns what ends it
   */
  watch(look: { readonly hanging: () => readonly string[]; readonly status: () => string }): () => void;
}

/** Nobody watches. */
export const UNSUPERVISED: Supervisor = {
  ready: () => undefined,
  stopping: () => undefined,
  watch: () => () => undefined,
};

/** How often the status is told where nobody set a watchdog. */
const STATUS_EVERY_MS = 60_000;

export async function supervisorFrom(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
  log: Log,
): Promise<Supervisor> {
  const socket = env['NOTIFY_SOCKET'];
  if (socket === undefined || socket === '') return UNSUPERVISED;
  try {
    const { openNotify } = await import('../link/service-manager.ts');
    return supervisor(await openNotify(socket), watchdogMs(env, pid), log);
  } catch (error) {
    log.warn('the service manager cannot be told how this service fares', { reason: messageOf(error) });
    return UNSUPERVISED;
  }
}

/** sd_watchdog_enabled(3): microseconds, and perhaps for another process than us. */
export function watchdogMs(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): number | undefined {
  const usec = Number(env['WATCHDOG_USEC']);
  const forPid = env['WATCHDOG_PID'];
  if (!(usec > 0) || (forPid !== undefined && forPid !== '' && Number(forPid) !== pid)) return undefined;
  return usec / 1000;
}

function supervisor(notify: Notify, watchdog: number | undefined, log: Log): Supervisor {
  let troubled = false;
  const tell = (state: string) => {
    try {
      notify(state);
      troubled = false;
    } catch (error) {
      if (!troubled) log.warn('the service manager does not listen', { reason: messageOf(error) });
      troubled = true;
    }
  };
  return {
    ready: () => tell('READY=1'),
    stopping: () => tell('STOPPING=1'),
    watch: ({ hanging, status }) => {
      let hung = '';
      const look = () => {
        const names = hanging().join(', ');
        if (names !== '' && hung === '')
          log.error('this service hangs, and its manager will start it anew', { hanging: names });
        hung = names;
        const alive = watchdog !== undefined && names === '' ? '\nWATCHDOG=1' : '';
        tell(`STATUS=${names === '' ? oneLine(status()) : `hangs: ${oneLine(names)}`}${alive}`);
      };
      look();
      const timer = setInterval(
        look,
        Math.min(watchdog === undefined ? STATUS_EVERY_MS : watchdog / 2, 0x7fffffff),
      );
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 500);
}
