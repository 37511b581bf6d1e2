/** While nobody manages the site: says how to become the one who does, and waits until somebody is. */
import type { Clock } from '../../lib/clock.ts';
import { codeOf, messageOf, NetureonError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { People } from '../../web/people.ts';

const LOOK_MS = 1_000;

/** One line of the log; `netureon up` finds the address in it. @param base `http://127.0.0.1:8080/` */
export function welcomeLine(base: string, code: string): string {
  return `nobody manages this site yet: create the administrator at ${base}welcome?code=${code}`;
}

/** The address in such a line. */
export function welcomeAddress(line: string): string | undefined {
  return /nobody manages this site yet: create the administrator at (\S+)/.exec(line)?.[1];
}

/** Resolves when there is an administrator, or the signal aborts. */
export async function whenManaged(
  people: Pick<People, 'hasAdministrator' | 'welcome'>,
  { clock, log, signal, isDemo }: { clock: Clock; log: Log; signal: AbortSignal; isDemo: boolean },
): Promise<void> {
  let isAway = false;
  while (!signal.aborted) {
    try {
      if (await people.hasAdministrator()) return;
      isAway = false;
      // Made, and told, once.
      if (!isDemo) people.welcome.current();
    } catch (error) {
      if (codeOf(error) === undefined && !(error instanceof NetureonError)) throw error;
      if (!isAway) log.warn('cannot see whether somebody manages this site', { reason: messageOf(error) });
      isAway = true;
    }
    await clock.sleep(LOOK_MS, signal);
  }
}
