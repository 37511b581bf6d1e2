/** Who waits for a turn gets it in the order of asking, and gives up after a while. */
import { NetureonError } from '../lib/errors.ts';

export interface Turns {
  /** Resolves when it is one's turn; what it gives ends the turn. @throws NetureonError('busy') */
  take(): Promise<() => void>;
}

/** @param most turns at the same time @param patienceMs how long one waits in line at most */
export function createTurns(most: number, patienceMs: number): Turns {
  let free = most;
  const waiting = new Set<() => void>();
  const end = () => {
    const [next] = waiting;
    if (next === undefined) free += 1;
    else next();
  };
  const once = () => {
    let isOver = false;
    return () => {
      if (!isOver) end();
      isOver = true;
    };
  };
  return {
    take: () => {
      if (free > 0) {
        free -= 1;
        return Promise.resolve(once());
      }
      return new Promise((resolve, reject) => {
        const start = () => {
          clearTimeout(timer);
          waiting.delete(start);
          resolve(once());
        };
        const timer = setTimeout(() => {
          waiting.delete(start);
          reject(
            new NetureonError(
              'busy',
              `all ${most} connections to PostgreSQL were in use for ${patienceMs / 1000} s`,
              {
                remedy: 'try again in a moment',
              },
            ),
          );
        }, patienceMs);
        waiting.add(start);
      });
    },
  };
}
