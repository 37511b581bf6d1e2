/** alertd as a process of its own, for tests that kill it. Settings come as JSON on standard input. */
import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { runAlertd, type AlertdSettings } from '../../src/cli/alertd/run.ts';
import { supervisorFrom } from '../../src/cli/supervisor.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';

const settings: AlertdSettings = JSON.parse(await text(process.stdin));
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
const log = createLog(line => console.log(line));
await runAlertd(settings, {
  log,
  supervisor: await supervisorFrom(process.env, process.pid, log),
  clock: systemClock,
  random: Math.random,
  uuid: randomUUID,
  signal: stopping.signal,
});
