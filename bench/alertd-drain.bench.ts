// 10,000 deliveries that wait for one channel, as after an outage: how long until the last is marked. As alertd sends them
// (all that waits is one message) and by hundreds, where each message is claimed, composed, sent and marked. The peer is
// nodemailer handing the same mails to the same server over one connection, with no database.
import { randomUUID } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { drainOnce } from '../src/cli/alertd/once.ts';
import { startMailSink, type MailSink } from '../src/lab/mail-sink.ts';
import { systemClock } from '../src/lib/clock.ts';
import { createLog } from '../src/lib/log.ts';
import { migrate, readMigrations } from '../src/store/migrate.ts';
import { openSession, type Session } from '../src/store/session.ts';
import { withCluster } from './cluster.ts';
import { MAIL } from './mail-channel.ts';

export const name = 'alertd: 10,000 queued deliveries through one channel';

const QUEUED = 10_000;

export async function run({ log }: { log: (line: string) => void }): Promise<void> {
  await withCluster(async cluster => {
    const sink = await startMailSink({ clock: systemClock });
    try {
      await cluster.ensureDatabase('bench');
      const url = cluster.url('bench');
      const session = await openSession(url, { application: 'bench' });
      await migrate(session, await readMigrations('sql/migrations'));
      log('deliveries in a message | messages | seconds | nodemailer alone, seconds');
      for (const batch of [QUEUED, 100]) {
        await queue(session, batch);
        const first = sink.mails.length;
        const begun = performance.now();
        const { sent, failed } = await drain(url, sink, batch);
        const seconds = (performance.now() - begun) / 1000;
        const [left] = await session.query<{ n: number }>(
          `select count(*)::int as n from deliveries where state <> 'delivered' and channel_id is not null`,
        );
        if (failed > 0 || left?.n !== 0) throw new Error(`not all were delivered: ${left?.n} left`);
        const alone = await rawSeconds(sink, sink.mails.slice(first));
        log(`${batch} | ${sent} | ${seconds.toFixed(2)} | ${alone.toFixed(2)}`);
      }
      await session.close();
    } finally {
      await sink.close();
    }
  });
}

const settingsFor = (databaseUrl: string, sink: MailSink, batch: number) => ({
  databaseUrl,
  site: 'default',
  version: 'bench',
  timeZone: 'UTC',
  channels: [MAIL],
  credentials: { site: 'default', email: { url: sink.url, from: 'netureon <alerts@netureon.test>' } },
  publicUrl: 'https://netureon.example.test',
  tuning: { batch },
});

function drain(url: string, sink: MailSink, batch: number) {
  return drainOnce(settingsFor(url, sink, batch), {
    log: createLog(() => undefined),
    clock: systemClock,
    random: Math.random,
    uuid: randomUUID,
    signal: new AbortController().signal,
  });
}

/** Alerts of one burst, routed by the rules that every site begins with. */
async function queue(session: Session, batch: number): Promise<void> {
  await session.query(
    `insert into channels (site_id, name, kind, target, settings)
     select id, $1, $2, $3, $4 from sites where name = 'default' on conflict do nothing`,
    [MAIL.name, MAIL.kind, MAIL.target, JSON.stringify(MAIL.settings)],
  );
  await session.query(
    `insert into alerts (site_id, kind, severity, mac, ip, summary, dedup_key)
     select s.id, 'new_device', 'medium', '3c:71:bf:00:00:01', '192.168.1.77', 'New device', 'bench:' || $1 || ':' || n
     from sites as s, generate_series(1, $2) as n where s.name = 'default'`,
    [batch, QUEUED],
  );
}

async function rawSeconds(sink: MailSink, mails: MailSink['mails']): Promise<number> {
  const transport = createTransport({ pool: true, url: sink.url, maxConnections: 1, maxMessages: 500 });
  const begun = performance.now();
  for (const { subject, text, html } of mails)
    await transport.sendMail({ from: 'alerts@netureon.test', to: 'noc@example.test', subject, text, html });
  transport.close();
  return (performance.now() - begun) / 1000;
}
