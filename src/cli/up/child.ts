/** Child processes whose lines are passed on under their name, and which are asked before they are made to stop. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Clock } from '../../lib/clock.ts';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly exited: Promise<Exit>;
  /** SIGTERM, and SIGKILL for one that has not ended after `graceMs`. */
  stop(clock: Clock, graceMs: number): Promise<Exit>;
}

/** @param onLine what it writes to stdout or stderr, line by line */
export function startChild(command: Command, onLine: (line: string) => void): Child {
  const child = spawn(command.file, [...command.args], {
    env: command.env,
    // Nothing is ever written to its stdin: that it closes tells a service that its supervisor is gone.
    stdio: ['pipe', 'pipe', 'pipe'],
    // A process group of its own: Ctrl-C reaches the supervisor alone, which stops its children and waits for them.
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', onLine);
  }
  const exited = exitOf(child, onLine);
  return {
    exited,
    stop: async (clock, graceMs) => {
      child.kill('SIGTERM');
      const patience = new AbortController();
      const ended = exited.finally(() => patience.abort());
      await Promise.race([ended, clock.sleep(graceMs, patience.signal)]);
      child.kill('SIGKILL'); // does nothing to one that has ended
      return exited;
    },
  };
}

function exitOf(child: ChildProcess, onLine: (line: string) => void): Promise<Exit> {
  return new Promise(resolve => {
    child.once('error', error => {
      onLine(`error: cannot be started: ${error.message}`);
      resolve({ code: 1, signal: null });
    });
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}
