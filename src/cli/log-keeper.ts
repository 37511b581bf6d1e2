/**
 * What this process's log said lately, for the page of the system; and its warnings, gathered until they are written to
 * the database in one statement. A storm of them is a number, not a row each, and a database that is away costs nothing:
 * the newest are kept for when it is back.
 */
import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Log, LogLevel } from '../lib/log.ts';
import { inert } from '../lib/text.ts';
import { MOST_LINES, noteLog, type LoggedService, type NotedLine } from '../store/service-log.ts';
import type { Db } from '../store/session.ts';

export interface RecentLine {
  readonly at: Date;
  readonly level: LogLevel;
  readonly line: string;
}

export interface LogKeeper {
  /** One line as the log has made it: inert and without secrets. */
  write(line: string, level: LogLevel): void;
  /** Of level info and above, the newest first. */
  recent(): readonly RecentLine[];
  /** No warning waits to be written. */
  isEmpty(): boolean;
  /** Writes the warnings that were gathered; nothing when there are none. Rejects when it could not, and keeps them. */
  flush(db: Db, site: string, service: LoggedService): Promise<void>;
}

/** Lines of this process that the page shows. */
const RECENT = 200;
const LINE_LENGTH = 2000;

interface Waiting {
  readonly level: 'warn' | 'error';
  readonly line: string;
  at: number;
  times: number;
}

export function createLogKeeper(clock: Pick<Clock, 'now'>): LogKeeper {
  const recent: RecentLine[] = [];
  let waiting: Waiting[] = [];
  let left = 0;
  const gather = (level: 'warn' | 'error', line: string, at: number) => {
    const same = waiting.find(one => one.level === level && one.line === line);
    if (same !== undefined) {
      same.times++;
      same.at = at;
    } else if (waiting.length < MOST_LINES - 1) waiting.push({ level, line, at, times: 1 });
    else left++;
  };
  return {
    write: (line, level) => {
      if (level === 'debug') return;
      const at = clock.now();
      // A stack has lines of its own: each as harmless as the first.
      const shown = inert(line.replaceAll('\n', ' ⏎ '), LINE_LENGTH);
      recent.push({ at, level, line: shown });
      if (recent.length > RECENT) recent.shift();
      if (level !== 'info') gather(level, shown, at.getTime());
    },
    recent: () => recent.toReversed(),
    isEmpty: () => waiting.length === 0,
    flush: async (db, site, service) => {
      if (waiting.length === 0) return;
      const [taken, more] = [waiting, left];
      waiting = [];
      left = 0;
      const now = clock.now().getTime();
      const lines: NotedLine[] = taken.map(({ level, line, at, times }) => ({
        level,
        line,
        times,
        ageMs: Math.max(0, now - at),
      }));
      if (more > 0)
        lines.push({ level: 'warn', line: 'and more lines than were kept', times: more, ageMs: 0 });
      try {
        await noteLog(db, site, service, lines);
      } catch (error) {
        // The oldest say how it began.
        waiting = [...taken, ...waiting].slice(0, MOST_LINES - 1);
        left += more;
        throw error;
      }
    },
  };
}

/** For a command that ends: writes what was gathered on a connection of its own, and opens none when there is nothing. */
export async function flushLog(
  { kept, log }: { readonly kept: LogKeeper; readonly log: Log },
  url: string,
  site: string,
  service: LoggedService,
): Promise<void> {
  if (kept.isEmpty()) return;
  try {
    const { openSession } = await import('../store/session.ts');
    const session = await openSession(url, { application: `netureon ${service}`, queryTimeoutMs: 5_000 });
    try {
      await kept.flush(session, site, service);
    } finally {
      await session.close();
    }
  } catch (error) {
    // The warnings themselves are on stderr already.
    log.debug('the warnings are not in the database', { reason: messageOf(error) });
  }
}

/** How long warnings are gathered. */
const GATHER_MS = 15_000;

/** Until the signal, and once more after it. A database that is away is told by everything else. */
export async function keepLog(
  keeper: LogKeeper,
  db: Db,
  { site, service }: { readonly site: string; readonly service: LoggedService },
  { clock, signal, log }: { readonly clock: Clock; readonly signal: AbortSignal; readonly log: Log },
): Promise<void> {
  const write = () =>
    keeper.flush(db, site, service).catch((error: unknown) => {
      log.debug('the warnings are not in the database yet', { reason: messageOf(error) });
    });
  while (!signal.aborted) {
    await clock.sleep(GATHER_MS, signal);
    await write();
  }
}
