// From the commit of an alert to the moment the mail server has it, for single alerts one after another. The peer is
// the least any mailer must do: nodemailer handing the same message to the same server over a connection that is open.
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createTransport } from 'nodemailer';
import { runAlertd } from '../src/cli/alertd/run.ts';
import { startMailSink, type Mail, type MailSink } from '../src/lab/mail-sink.ts';
import { systemClock } from '../src/lib/clock.ts';
import { createLog } from '../src/lib/log.ts';
import { migrate, readMigrations } from '../src/store/migrate.ts';
import { openSession, type Session } from '../src/store/session.ts';
import { withCluster } from './cluster.ts';
import { MAIL } from './mail-channel.ts';

export const name = 'alertd: from commit to the mail server';

const ALERTS = 400;
const WARM_UP = 20;

export async function run({ log }: { log: (line: string) => void }): Promise<void> {
  await withCluster(async cluster => {
    const sink = await startMailSink({ clock: systemClock });
    try {
      await cluster.ensureDatabase('bench');
      const session = await openSession(cluster.url('bench'), { application: 'bench' });
      await migrate(session, await readMigrations('sql/migrations'));
      const ours = await measureAlertd(session, cluster.url('bench'), sink);
      const raw = await measureRaw(sink, ours.last);
      await session.close();
      log('what | p50 ms | p99 ms');
      log(`alert committed → mail accepted | ${row(ours.times)}`);
      log(`nodemailer alone | ${row(raw)}`);
      log(
        `added by the database and the daemon | ${(percentile(ours.times, 50) - percentile(raw, 50)).toFixed(1)} | ${(percentile(ours.times, 99) - percentile(raw, 99)).toFixed(1)}`,
      );
    } finally {
      await sink.close();
    }
  });
}

async function measureAlertd(
  session: Session,
  url: string,
  sink: MailSink,
): Promise<{ times: number[]; last: Mail }> {
  const stopping = new AbortController();
  const told = new EventEmitter();
  const ready = once(told, 'ready');
  const running = runAlertd(
    {
      databaseUrl: url,
      site: 'default',
      version: 'bench',
      timeZone: 'UTC',
      channels: [MAIL],
      credentials: { site: 'default', email: { url: sink.url, from: 'netureon <alerts@netureon.test>' } },
      publicUrl: 'https://netureon.example.test',
    },
    {
      log: createLog(line => line.startsWith('alertd is ready') && told.emit('ready')),
      clock: systemClock,
      random: Math.random,
      uuid: randomUUID,
      signal: stopping.signal,
    },
  );
  await Promise.race([ready, running]);
  const times: number[] = [];
  let last: Mail | undefined;
  for (let i = 0; i < ALERTS + WARM_UP; i++) {
    const arrived = sink.nextMessage().then(mail => {
      last = mail;
      return performance.now();
    });
    // A device that is really there is not needed for this; the triggers, the outbox and the daemon are.
    await session.query(
      `insert into alerts (site_id, kind, severity, mac, ip, summary, dedup_key)
       select id, 'new_device', 'medium', '3c:71:bf:00:00:01', '192.168.1.77', 'New device', 'bench:' || $1
       from sites where name = 'default'`,
      [i],
    );
    const committed = performance.now();
    times.push((await arrived) - committed);
    await systemClock.sleep(5 + Math.random() * 10); // as alerts come: when the one before is done
  }
  stopping.abort();
  await running;
  if (last === undefined) throw new Error('no mail came');
  return { times: times.slice(WARM_UP), last };
}

async function measureRaw(sink: MailSink, { subject, text, html }: Mail): Promise<number[]> {
  const transport = createTransport({ pool: true, url: sink.url, maxConnections: 1, maxMessages: 500 });
  const times: number[] = [];
  for (let i = 0; i < ALERTS + WARM_UP; i++) {
    const arrived = sink.nextMessage().then(() => performance.now());
    const begun = performance.now();
    await transport.sendMail({ from: 'alerts@netureon.test', to: 'noc@example.test', subject, text, html });
    times.push((await arrived) - begun);
    await systemClock.sleep(5 + Math.random() * 10);
  }
  transport.close();
  return times.slice(WARM_UP);
}

function percentile(times: readonly number[], p: number): number {
  return (
    times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor((times.length * p) / 100))] ?? 0
  );
}

function row(times: readonly number[]): string {
  return `${percentile(times, 50).toFixed(1)} | ${percentile(times, 99).toFixed(1)}`;
}
