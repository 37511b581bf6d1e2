/** The site as a process of its own: DATABASE_URL in, `ready <url>` out, until SIGTERM. */
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import { runWeb } from '../../src/cli/web/run.ts';

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const root = process.env['ROOT'] ?? fileURLToPath(new URL('../..', import.meta.url));
await runWeb(
  {
    databaseUrl: process.env['DATABASE_URL'] ?? '',
    site: 'default',
    listen: '127.0.0.1:0',
    version: 'bench',
    assetFolders: [`${root}/src/web/assets`, `${root}/node_modules/htmx.org/dist`],
  },
  {
    log: createLog(line => process.stderr.write(`${line}\n`), 'warn'),
    clock: systemClock,
    signal: stop.signal,
    random: Math.random,
    onReady: url => process.stdout.write(`ready ${url}\n`),
  },
);
