// What alertd costs while nothing happens: the built program, with mail and Telegram, after it has sent a message through
// both. The peer is Node itself with an open connection to the same database: what any daemon on Node needs.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../src/lib/clock.ts';
import { startMailSink } from '../src/lab/mail-sink.ts';
import { startTelegramSink } from '../src/lab/telegram-sink.ts';
import { migrate, readMigrations } from '../src/store/migrate.ts';
import { openSession } from '../src/store/session.ts';
import { withCluster } from './cluster.ts';

export const name = 'alertd: idle, with mail and Telegram';

const SETTLE_MS = 60_000;
const WATCH_MS = 60_000;
/** Clock ticks a second, as the kernel tells them to user space (proc(5)). */
const HZ = 100;
const TOKEN = `123456789:${'A'.repeat(35)}`;
const CHAT = 4242;

export async function run({ log }: { log: (line: string) => void }): Promise<void> {
  await withCluster(async (cluster, folder) => {
    const mail = await startMailSink({ clock: systemClock });
    const telegram = await startTelegramSink({ clock: systemClock, token: TOKEN, chatIds: [CHAT] });
    const children: ChildProcess[] = [];
    try {
      await cluster.ensureDatabase('bench');
      const session = await openSession(cluster.url('bench'), { application: 'bench' });
      await migrate(session, await readMigrations('sql/migrations'));
      const peer = join(folder, 'peer.mjs');
      await writeFile(peer, peerSource());
      const url = cluster.url('bench', 'netureon_alertd');
      const node = start([peer], { DATABASE_URL: url });
      const alertd = start(['bin/netureon.js', 'alertd', '--config', '/dev/null'], {
        DATABASE_URL: url,
        NETUREON_EMAIL_URL: mail.url,
        NETUREON_EMAIL_FROM: 'netureon@netureon.test',
        NETUREON_EMAIL_TO: 'noc@example.test',
        NETUREON_TELEGRAM_TOKEN: TOKEN,
        NETUREON_TELEGRAM_CHAT_IDS: String(CHAT),
        NETUREON_TELEGRAM_API_ROOT: telegram.apiRoot,
      });
      children.push(node, alertd);
      await said(alertd, /alertd is ready/);
      const told = [mail.nextMessage(), telegram.nextMessage()];
      await session.query(
        `insert into alerts (site_id, kind, severity, mac, ip, summary, dedup_key)
         select id, 'new_device', 'medium', '3c:71:bf:00:00:01', '192.168.1.77', 'New device', 'bench:1'
         from sites where name = 'default'`,
      );
      await Promise.all(told);
      await systemClock.sleep(SETTLE_MS);
      const before = [alertd, node].map(usage);
      await systemClock.sleep(WATCH_MS);
      const after = [alertd, node].map(usage);
      log(`what | RSS after ${SETTLE_MS / 1000} s MiB | peak MiB | CPU over ${WATCH_MS / 1000} s %`);
      for (const [i, what] of ['netureon alertd', 'node with a database connection'].entries()) {
        const ticks = (after[i]?.ticks ?? 0) - (before[i]?.ticks ?? 0);
        const percent = (100 * ticks) / HZ / (WATCH_MS / 1000);
        log(`${what} | ${after[i]?.rss.toFixed(1)} | ${after[i]?.peak.toFixed(1)} | ${percent.toFixed(2)}`);
      }
      await session.close();
    } finally {
      for (const child of children) child.kill('SIGKILL');
      await mail.close();
      await telegram.close();
    }
  });
}

function peerSource(): string {
  const pg = import.meta.resolve('pg');
  return `import pg from '${pg}';
const client = new pg.Client(process.env.DATABASE_URL);
await client.connect();
setInterval(() => client.query('select 1'), 25_000);`;
}

function start(argv: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, argv, {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
}

function said(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stderr?.on('data', chunk => {
      text += String(chunk);
      if (pattern.test(text)) resolve();
    });
    child.on('exit', code => reject(new Error(`alertd ended with ${code}: ${text}`)));
  });
}

function usage({ pid }: ChildProcess): { rss: number; peak: number; ticks: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN);
  // Behind the name, which may hold spaces: utime and stime are fields 14 and 15.
  const fields = (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '').split(' ');
  return {
    rss: kib('VmRSS') / 1024,
    peak: kib('VmHWM') / 1024,
    ticks: Number(fields[11]) + Number(fields[12]),
  };
}
