// A listener that hangs in a transaction lets PostgreSQL's queue of notifications fill up, for every database of the server.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { startCluster } from '../../src/store/embedded/cluster.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { openPool, openSession } from '../../src/store/session.ts';
import { devices, recordScan } from '../store/outbox-fixtures.ts';
import { around, startAlertd } from './fixture.ts';

/** The least that PostgreSQL allows: 512 KiB. */
const PAGES = 64;

it('alerts are recorded all the same, and alertd finds them without being told', async () => {
  const all = await around();
  const folder = await mkdtemp(join(tmpdir(), 'netureon-test-'));
  await chmod(folder, 0o755);
  const cluster = await startCluster({
    folder: join(folder, 'cluster'),
    runFolder: join(folder, 'run'),
    uid: process.getuid?.(),
    env: process.env,
    settings: ['fsync=off', `max_notify_queue_pages=${PAGES}`],
  });
  onTestFinished(async () => {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  });
  await cluster.ensureDatabase('netureon');
  const url = cluster.url('netureon');
  const session = await openSession(url, { application: 'test' });
  await migrate(session, await readMigrations('sql/migrations'));
  await session.close();
  const pool = openPool(url, { application: 'test', max: 2 });
  const stuck = new Client(url);
  await stuck.connect();
  onTestFinished(async () => {
    await stuck.end();
    await pool.close();
  });
  await startAlertd({
    ...all.settings,
    databaseUrl: url,
    tuning: { ...all.settings.tuning, pollMs: 200 },
  });
  await recordScan(pool, []);
  await all.mail.nextMessage(({ subject }) => subject.includes('first look'));

  await stuck.query('listen something');
  await stuck.query('begin');
  await stuck.query('select 1');
  const fill = () =>
    pool.query(`select pg_notify('something', n || repeat('x', 7000)) from generate_series(1, 4) as n`);
  const fillUp = async () => {
    for (let i = 0; i < PAGES; i++) await fill();
  };
  // Whoever notifies as usual cannot commit any more.
  await expect(fillUp()).rejects.toThrow(/too many notifications/);

  await recordScan(pool, devices(1));
  const mail = await all.mail.nextMessage();
  expect(mail.subject).toContain('192.168.1.10');
  // And hints are given again once the queue is read.
  await stuck.query('commit');
  await recordScan(pool, devices(2));
  await all.mail.nextMessage(({ subject }) => subject.includes('192.168.1.11'));
});
