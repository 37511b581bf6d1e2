// What is promised when something dies: nothing is lost, and what comes twice says that it is the same.
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startCluster, type ClusterOptions } from '../../src/store/embedded/cluster.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { openPool, openSession } from '../../src/store/session.ts';
import { startProxy } from '../store/half-open.ts';
import { devices, recordScan } from '../store/outbox-fixtures.ts';
import { around, CHAT, deliveryStates, eventually, startAlertd } from './fixture.ts';
import { spawnAlertd } from './spawned.ts';

describe('alertd killed', () => {
  it('in the middle of 1,000 deliveries loses none; what was in flight comes again as the same message', async () => {
    const all = await around();
    const settings = { ...all.settings, tuning: { ...all.settings.tuning, batch: 10, leaseMs: 5_000 } };
    await (await startAlertd(settings)).stop(); // makes the channels known
    // Beside a thousand that are known, 499 newcomers are no flood; with the first look at those, 500 alerts.
    await recordScan(all.database.pool, devices(1000, 10_000), { network: '10.0.0.0/8' });
    await recordScan(all.database.pool, devices(499));
    const queued = (await deliveryStates(all.database.pool)).reduce((sum, { n }) => sum + n, 0);
    expect(queued).toBe(1000);

    const first = await spawnAlertd(settings);
    const died = once(first, 'exit');
    all.mail.watch(({ id }) => id === 20 && first.kill('SIGKILL'));
    await died;
    expect(first.signalCode).toBe('SIGKILL');
    expect(all.mail.mails.length).toBeLessThan(50);

    const second = await spawnAlertd(settings);
    await eventually(
      all.changed,
      () => deliveryStates(all.database.pool),
      rows => rows.every(({ state }) => state === 'delivered'),
    );
    second.kill('SIGTERM');
    expect(await once(second, 'exit')).toEqual([0, null]);

    expect(await deliveryStates(all.database.pool)).toEqual([
      { channel: 'email', state: 'delivered', n: 500 },
      { channel: `telegram:${CHAT}`, state: 'delivered', n: 500 },
    ]);
    // Every device was told on both ways.
    const macs = devices(499).map(({ mac }) => mac);
    const mailed = all.mail.mails.map(({ text }) => text).join();
    const chatted = all.telegram.messages.map(({ text }) => text).join();
    expect(macs.filter(mac => !mailed.includes(mac))).toEqual([]);
    expect(macs.filter(mac => !chatted.includes(mac))).toEqual([]);
    // Twice at most one per channel, and then under the same Message-ID with the same content.
    const ids = new Set(all.mail.mails.map(({ messageId }) => messageId));
    const contents = new Set(all.mail.mails.map(({ messageId, text }) => `${messageId} ${text}`));
    expect(ids.size).toBe(50);
    expect(contents.size).toBe(50);
    expect(all.mail.mails.length).toBeLessThanOrEqual(51);
    expect(all.telegram.messages.length).toBeLessThanOrEqual(51);
  });
});

describe('PostgreSQL', () => {
  it('restarted under alertd: it goes on by itself, and repeats nothing that was accepted meanwhile', async () => {
    const all = await around();
    const folder = await mkdtemp(join(tmpdir(), 'netureon-test-'));
    await chmod(folder, 0o755);
    const options: ClusterOptions = {
      folder: join(folder, 'cluster'),
      runFolder: join(folder, 'run'),
      uid: process.getuid?.(),
      env: process.env,
      settings: ['fsync=off'],
    };
    let cluster = await startCluster(options);
    onTestFinished(async () => {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    });
    await cluster.ensureDatabase('netureon');
    const url = cluster.url('netureon');
    const session = await openSession(url, { application: 'test' });
    await migrate(session, await readMigrations('sql/migrations'));
    await session.close();
    const alertd = await startAlertd({ ...all.settings, databaseUrl: url });
    const scan = async (n: number) => {
      const pool = openPool(url, { application: 'test', max: 1 });
      await recordScan(pool, devices(n));
      await pool.close();
    };
    await scan(0);
    await all.mail.nextMessage(({ subject }) => subject.includes('first look'));

    // The mail is at the server while the database goes away.
    all.mail.faults.next({ kind: 'slow', at: 'data', ms: 600 });
    await scan(1);
    await all.telegram.nextMessage(({ text }) => text.includes('192.168.1.10'));
    await cluster.stop();
    await all.mail.nextMessage(({ subject }) => subject.includes('new device'));
    await alertd.line(/the database does not answer/);
    cluster = await startCluster(options);
    await alertd.line(/the database is back/);

    // And it hears of what is new without being told otherwise.
    await scan(2);
    await all.mail.nextMessage(({ subject }) => subject.includes('192.168.1.11'));
    await alertd.stop();
    expect(all.mail.mails).toHaveLength(3);
    const pool = openPool(url, { application: 'test', max: 1 });
    expect(await deliveryStates(pool)).toContainEqual({ channel: 'email', state: 'delivered', n: 3 });
    await pool.close();
  });

  it('behind a half-open line: caught up, although it would not look by itself', async () => {
    const all = await around();
    const proxy = await startProxy(all.settings.databaseUrl);
    onTestFinished(() => proxy.close());
    const tuning = { ...all.settings.tuning, pollMs: 3_600_000 };
    await startAlertd({ ...all.settings, databaseUrl: proxy.url, tuning });
    await recordScan(all.database.pool, devices(1));
    await all.mail.nextMessage();
    proxy.swallow({ accept: true });
    await recordScan(all.database.pool, devices(2));
    const mail = await all.mail.nextMessage();
    expect(mail.subject).toContain('192.168.1.11');
  });

  it('not there at the start is an error with a remedy', async () => {
    const all = await around();
    const nowhere = 'postgres://netureon@127.0.0.1:1/netureon';
    await expect(startAlertd({ ...all.settings, databaseUrl: nowhere })).rejects.toMatchObject({
      code: 'database',
      remedy: expect.stringMatching(/start PostgreSQL/) as unknown,
    });
  });

  it('without the schema is an error with a remedy', async () => {
    const all = await around();
    const empty = new URL(all.database.url);
    empty.pathname = '/postgres';
    await expect(startAlertd({ ...all.settings, databaseUrl: empty.href })).rejects.toMatchObject({
      code: 'database',
      remedy: expect.stringMatching(/netureon migrate/) as unknown,
    });
  });
});

describe('a clock that was set back', () => {
  it('holds up neither what was leased nor what waits', async () => {
    const all = await around();
    await (await startAlertd(all.settings)).stop();
    await recordScan(all.database.pool, devices(2));
    await all.database.pool.query(
      `update deliveries set lease_until = now() + interval '2 years', lease_token = gen_random_uuid(),
         message_key = 'd58f4e2c-0000-4000-8000-000000000000', attempts = 1, next_attempt_at = now() + interval '2 years'
       where channel_id is not null`,
    );
    await startAlertd(all.settings);
    const mail = await all.mail.nextMessage();
    expect(mail.messageId).toContain('d58f4e2c-0000-4000-8000-000000000000');
    await all.telegram.nextMessage();
  });
});

describe('a message nobody takes', () => {
  it('is given up on after a day, for everyone to see', async () => {
    const all = await around();
    const first = await startAlertd(all.settings);
    await all.mail.refuse();
    await recordScan(all.database.pool, devices(1));
    await first.line(/not sent.*ECONNREFUSED/);
    await first.stop();
    await all.database.pool.query(
      `update deliveries set created_at = now() - interval '25 h', attempts = 20 where state = 'queued'`,
    );
    const second = await startAlertd(all.settings);
    await second.line(/gave up on a message after a day/);
    const rows = await all.database.pool.query(`select reason from deliveries where state = 'failed'`);
    expect(rows).toEqual([
      {
        reason: expect.stringMatching(
          /^gave up after 24 h: cannot reach the mail server: .*ECONNREFUSED/,
        ) as unknown,
      },
    ]);
  });
});
