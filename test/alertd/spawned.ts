/** alertd as a process of its own, so that it can be killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { onTestFinished } from 'vitest';
import type { AlertdSettings } from '../../src/cli/alertd/run.ts';
import { bundle } from '../support/bundle.ts';

/** Killed at the latest when the test is over. */
export async function spawnAlertd(settings: AlertdSettings): Promise<ChildProcess> {
  const child = spawn(process.execPath, [await bundle('test/alertd/alertd-main.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.end(JSON.stringify(settings));
  child.stdout.resume();
  return child;
}
