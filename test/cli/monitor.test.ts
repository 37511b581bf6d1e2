// Who watches netureon: one look at a time, with a real database and real servers for the messages.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { httpFetch } from '../../src/alertd/http-fetch.ts';
import { declareChannels } from '../../src/cli/alertd/declare.ts';
import { drainOnce } from '../../src/cli/alertd/once.ts';
import { runMonitor, type MonitorSettings } from '../../src/cli/monitor/run.ts';
import { findingText } from '../../src/cli/monitor/text.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import { sendHeartbeat } from '../../src/store/heartbeat.ts';
import { serviceStopped } from '../../src/store/services.ts';
import type { Db } from '../../src/store/session.ts';
import { around, type Around } from '../alertd/fixture.ts';
import { devices, recordScan } from '../store/outbox-fixtures.ts';

async function monitored() {
  const all = await around();
  const folder = mkdtempSync(join(tmpdir(), 'netureon-monitor-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  let ahead = 0;
  const clock = {
    ...systemClock,
    now: () => new Date(Date.now() + ahead),
    sleep: (ms: number, signal?: AbortSignal) =>
      ms <= 5_000 ? Promise.resolve() : systemClock.sleep(ms, signal),
  };
  const deps = {
    log: createLog(() => undefined),
    clock,
    random: Math.random,
    signal: new AbortController().signal,
    uuid: randomUUID,
    fetch: httpFetch,
  };
  await declareChannels(all.settings, deps);
  const settings = { ...all.settings, memory: join(folder, 'state', 'monitor.json') };
  const look = (over: Partial<MonitorSettings> = {}) =>
    runMonitor({ ...settings, ...over }, { ...deps, drain: () => drainOnce(settings, deps) });
  return { ...all, look, clock, wait: (ms: number) => (ahead += ms) };
}

/** alertd reported this long ago, and scans went on every half minute since before that. */
async function lastReport(db: Db, minutes: number): Promise<void> {
  await sendHeartbeat(db, 'default', 'alertd', '1.2.3', new Date());
  await db.query(`update heartbeats set seen_at = now() - $1 * interval '1 minute'`, [minutes]);
}
const scannedFor = (db: Db, minutes: number) =>
  db.query(
    `insert into discovery_log (site_id, network_id, finished_at, duration_ms, outcome, method)
     select n.site_id, n.id, now() - s.i * interval '30 seconds', 300, 'complete', 'packet'
     from networks as n, generate_series(1, 2 * $1) as s (i)`,
    [minutes],
  );
const silent = ({ database }: Around) =>
  database.pool.query<{ summary: string; severity: string; open: boolean; because: string | null }>(
    `select summary, severity, resolved_at is null as open, detail ->> 'resolved_because' as because
     from alerts where kind = 'service_silent' order by id`,
  );

test('alertd is silent: an alert is raised, and sent from here with everything that waits', async () => {
  const one = await monitored();
  const { look, mail, clock } = one;
  const db = one.database.pool;
  await recordScan(db, devices(1));
  await lastReport(db, 10);
  await scannedFor(db, 10);
  const finding = await look();
  expect(finding).toMatchObject({
    healthy: false,
    raised: 1,
    delivered: { sent: 2, failed: 0 },
    database: null,
  });
  expect(await silent(one)).toEqual([
    {
      summary: 'The alert daemon has fallen silent: messages are not sent',
      severity: 'critical',
      open: true,
      because: null,
    },
  ]);
  const texts = mail.mails.map(({ text }) => text).join('\n');
  expect(texts).toContain('The alert daemon has fallen silent');
  expect(texts).toContain('192.168.1.10');
  expect(findingText(finding, clock.now())).toMatch(
    /^Something is silent: scan \S+ s ago, alertd is silent, last heard of 1[01] min ago, web never ran\.\n1 alert raised\.\n2 messages sent in the place of alertd\.\n$/,
  );
  // It stays so: nothing is told twice, and what comes is still sent.
  expect(await look()).toMatchObject({ healthy: false, raised: 0, delivered: { sent: 0 } });
  await recordScan(db, devices(2));
  expect(await look()).toMatchObject({ raised: 0, delivered: { sent: 2 } });
  // It is back.
  await sendHeartbeat(db, 'default', 'alertd', '1.2.3', new Date());
  expect(await silent(one)).toMatchObject([{ open: false, because: 'it reports again' }]);
  expect(await look()).toMatchObject({ healthy: true, raised: 0, delivered: null });
});

test('a channel through which nothing gets is named, and all is not well', async () => {
  const one = await monitored();
  const db = one.database.pool;
  await scannedFor(db, 10);
  await sendHeartbeat(db, 'default', 'alertd', '1.2.3', new Date());
  await db.query(
    `update channels set failing_since = now() - interval '12 minutes', last_error = '451 later' where kind = 'email'`,
  );
  const finding = await one.look();
  expect(finding).toMatchObject({
    healthy: false,
    raised: 1,
    failing: [{ name: 'email', error: '451 later' }],
    delivered: null,
  });
  expect(findingText(finding, one.clock.now())).toMatch(
    /^All that runs reports: .*\nNothing has got through the channel email for 1[23] min: 451 later\n1 alert raised\.\n$/,
  );
  await db.query(`update channels set failing_since = null where kind = 'email'`);
  expect(await one.look()).toMatchObject({ healthy: true, failing: [], raised: 0 });
});

test('nobody is missed who was stopped, nor after the whole machine slept', async () => {
  const one = await monitored();
  const db = one.database.pool;
  await scannedFor(db, 10);
  await sendHeartbeat(db, 'default', 'alertd', '1.2.3', new Date());
  await serviceStopped(db, 'default', 'alertd');
  await db.query(`update heartbeats set seen_at = now() - interval '10 minutes'`);
  expect(await one.look()).toMatchObject({ healthy: true, raised: 0, delivered: null });
  // A night without a scan, a look or a report.
  await lastReport(db, 480);
  await db.query(`update discovery_log set finished_at = finished_at - interval '8 hours'`);
  await db.query(`update heartbeats set started_at = seen_at where service = 'monitor'`);
  await db.query(`update networks set last_scan_at = last_scan_at - interval '8 hours'`);
  expect(await one.look()).toMatchObject({ healthy: false, raised: 0, delivered: null });
  expect(await silent(one)).toEqual([]);
  // Looked for ten minutes since, once a minute: now it counts, and so does the scanner's silence.
  await db.query(
    `update heartbeats set started_at = now() - interval '10 minutes', seen_at = now() - interval '1 minute' where service = 'monitor'`,
  );
  expect(await one.look()).toMatchObject({ healthy: false, raised: 2 });
  expect((await silent(one)).map(({ summary }) => summary)).toEqual([
    'The scanner has fallen silent: nobody looks at 192.168.1.0/24',
    'The alert daemon has fallen silent: messages are not sent',
  ]);
  // A completed scan ends the one, and whoever sent from here was no alertd that stopped.
  await recordScan(db, []);
  expect((await silent(one)).map(({ open }) => open)).toEqual([false, true]);
});

test('a database that is away is told of by the configured channels, and again only after hours', async () => {
  const one = await monitored();
  const { look, wait, mail } = one;
  const gone = { databaseUrl: 'postgres://netureon@127.0.0.1:1/netureon' };
  const first = await look(gone);
  expect(first).toMatchObject({ healthy: false, raised: 0, database: { told: 'sent' } });
  expect(mail.mails.map(({ text }) => text)).toEqual([
    expect.stringContaining('The database cannot be reached'),
  ]);
  expect(await look(gone)).toMatchObject({ database: { told: 'before' } });
  wait(7 * 3600_000);
  expect(await look(gone)).toMatchObject({ database: { told: 'sent' } });
  expect(mail.mails).toHaveLength(2);
  // It answered in between: the next outage is another one.
  expect(await look()).toMatchObject({ database: null });
  expect(await look(gone)).toMatchObject({ database: { told: 'sent' } });
  expect(await look({ ...gone, channels: [] })).toMatchObject({ database: { told: 'before' } });
  expect(findingText(first, new Date())).toMatch(
    /^The database cannot be reached: .+\nThe channels .+ were told\.\n$/,
  );
});

test('whom nobody can tell is said, and tried again at the next look', async () => {
  const one = await monitored();
  await one.mail.close();
  await one.telegram.close();
  const gone = { databaseUrl: 'postgres://netureon@127.0.0.1:1/netureon' };
  expect(await one.look(gone)).toMatchObject({ database: { told: 'nobody' } });
  expect(await one.look(gone)).toMatchObject({ database: { told: 'nobody' } });
});
