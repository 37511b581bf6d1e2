// alertd and the mail server as processes of their own, which can be killed and told another time.
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import type { AlertdSettings } from '../../../src/cli/alertd/run.ts';
import { bundle } from '../../support/bundle.ts';

export interface Spawned {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly lines: readonly string[];
  /** Resolves with the first line that matches, past or future; rejects when it ends before. */
  line(pattern: RegExp): Promise<string>;
  /** Told each line, those of the past first. */
  onLine(watcher: (line: string) => void): void;
}

/** Killed at the end of the test at the latest. */
export async function spawnAlertd(
  settings: AlertdSettings,
  env: Readonly<Record<string, string>> = {},
): Promise<Spawned> {
  const spawned = await spawnMain('test/alertd/alertd-main.ts', [], env);
  spawned.child.stdin?.on('error', () => undefined); // killed before it had read them
  spawned.child.stdin?.end(JSON.stringify(settings));
  return spawned;
}

export async function spawnMain(
  entry: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Spawned> {
  const child = spawn(process.execPath, [await bundle(entry), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const watchers = new Set<(line: string) => void>();
  const tell = () => {
    for (const look of waiting) look();
  };
  createInterface({ input: child.stdout }).on('line', line => {
    lines.push(line);
    for (const watcher of watchers) watcher(line);
    tell();
  });
  let trouble = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (trouble += text));
  child.once('exit', tell);
  return {
    child,
    lines,
    onLine: watcher => {
      for (const line of lines) watcher(line);
      watchers.add(watcher);
    },
    line: pattern =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find(one => pattern.test(one));
          const ended = child.exitCode !== null || child.signalCode !== null;
          if (found === undefined && !ended) return;
          waiting.delete(look);
          if (found === undefined)
            reject(new Error(`it ended without ${String(pattern)}: ${lines.join('\n')}\n${trouble}`));
          else resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}
