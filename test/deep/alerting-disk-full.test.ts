// The disk under PostgreSQL is full, up to its panic; then there is room again. A file system of our own plays the disk.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished, vi } from 'vitest';
import { httpFetch } from '../../src/alertd/http-fetch.ts';
import { drainOnce } from '../../src/cli/alertd/once.ts';
import { runMonitor } from '../../src/cli/monitor/run.ts';
import { findingText } from '../../src/cli/monitor/text.ts';
import type { AlertdSettings } from '../../src/cli/alertd/settings.ts';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import { codeOf, messageOf } from '../../src/lib/errors.ts';
import { createLog } from '../../src/lib/log.ts';
import { openPool, openSession } from '../../src/store/session.ts';
import { servers, startAlertd } from '../alertd/fixture.ts';
import { startOwnServer, type OwnServer } from '../alertd/faults/server.ts';
import { devices, recordScan, type Seen } from '../store/outbox-fixtures.ts';
import { PATIENT } from '../support/patience.ts';

const run = promisify(execFile);

async function smallDisk(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'netureon-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', 'size=320m,mode=0755', 'netureon-test', folder]).catch(
    (error: unknown) => {
      throw new Error(`a small disk cannot be mounted; this test needs root: ${messageOf(error)}`);
    },
  );
  onTestFinished(async () => {
    await run('umount', [folder]);
    await rm(folder, { recursive: true });
  });
  await chmod(folder, 0o755);
  return folder;
}

/** Takes all the room there is. */
async function ballast(disk: string): Promise<() => Promise<void>> {
  const path = join(disk, 'ballast');
  const file = await open(path, 'w');
  for (let size = 1 << 20; size >= 4096;) {
    try {
      await file.write(Buffer.alloc(size));
    } catch (error) {
      if (codeOf(error) !== 'ENOSPC') throw error;
      size >>= 1;
    }
  }
  await file.close();
  return () => rm(path);
}

const NETWORK = { network: '10.0.0.0/8' };
const crowd = (n: number) => devices(n, 1000).map(({ mac }, i) => ({ mac, ip: `10.1.${i >> 8}.${i & 255}` }));

it('loses no alert that was committed, and sends none that was not', { timeout: 180_000 }, async () => {
  const { mail, settings } = await servers();
  const disk = await smallDisk();
  const server = await startOwnServer({ folder: disk, settings: ['max_wal_size=96MB', 'min_wal_size=32MB'] });
  const pool = openPool(server.url(), { application: 'test', max: 2 });
  onTestFinished(() => pool.close());
  await recordScan(pool, [], NETWORK);
  await pool.query('update alerts set resolved_at = now()');
  const everything = settings(server.url('netureon_alertd'));
  const ours = { ...everything, channels: everything.channels.filter(({ kind }) => kind === 'email') };
  const alertd = await startAlertd(ours);
  const mailed = (mac: string) => mail.mails.filter(({ text }) => text?.includes(mac) === true).length;
  const counts = async () => {
    const [row] = await pool.query<Counts>(
      `select (select count(*) from devices)::int as devices, (select count(*) from alerts)::int as alerts,
              (select count(*) from deliveries)::int as deliveries`,
    );
    return row;
  };

  // Committed, and on its way when the disk fills.
  await mail.refuse();
  const [first, second] = crowd(2) as [Seen, Seen];
  await recordScan(pool, [first], NETWORK);
  await alertd.line(/message not sent, will be tried again/);
  const before = await counts();
  const free = await ballast(disk);
  const newcomers = crowd(8_000); // so many that tables have to grow
  await expect(recordScan(pool, newcomers, NETWORK)).rejects.toMatchObject({
    code: '53100',
    message: expect.stringMatching(/No space left on device/) as unknown,
  });
  expect(await counts()).toEqual(before); // the log of scans, the devices, the alerts: all or nothing
  await mail.reopen();

  // The database's own log finds no room either, and that is the end of it.
  const pid = await server.pid();
  await vi.waitFor(async () => {
    await fillLog(server);
    expect(isRunning(pid)).toBe(false);
  }, PATIENT);
  expect(await monitorSays(ours)).toMatch(
    /^The database cannot be reached: .*\nThe channels of the configuration were told/,
  );
  await alertd.line(/the database does not answer/);
  await expect(server.start()).rejects.toMatchObject({
    code: 'database',
    message: expect.stringMatching(/did not start: .*No space left on device/) as unknown,
  });

  await free();
  await server.start();
  await alertd.line(/the database is back/);
  await recordScan(pool, [first, second], NETWORK);
  await vi.waitFor(async () => {
    expect([mailed(first.mac), mailed(second.mac)]).toEqual([1, 1]);
    const states = await pool.query('select distinct state from deliveries where channel_id is not null');
    expect(states).toEqual([{ state: 'delivered' }]);
  }, PATIENT);
  expect(newcomers.slice(2).filter(({ mac }) => mailed(mac) > 0)).toEqual([]);
  expect(alertd.lines.filter(line => /the database does not answer/.test(line))).toHaveLength(1);

  // A full disk under a server that runs is told like one that is away.
  await pool.query(
    `create function no_room() returns trigger language plpgsql as $$
     begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$`,
  );
  await pool.query(
    'create trigger no_room before insert or update on heartbeats for each row execute function no_room()',
  );
  expect(await monitorSays(ours)).toMatch(
    /^The database cannot be reached: .*No space left on device\nThe channels/,
  );
});

interface Counts {
  readonly devices: number;
  readonly alerts: number;
  readonly deliveries: number;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
    throw error;
  }
}

async function fillLog(server: OwnServer): Promise<void> {
  await openSession(server.url(), { application: 'test' }).then(
    async session => {
      // Refused when there is no room: what matters is whether the server lives through it.
      await session
        .query(`select pg_logical_emit_message(false, 'ballast', repeat('x', 8000000)), pg_switch_wal()`)
        .catch(() => undefined);
      await session.close().catch(() => undefined);
    },
    () => undefined, // it is recovering, or gone
  );
}

/** As `netureon monitor` prints it. The tries of a look follow one another at once. */
async function monitorSays(settings: AlertdSettings): Promise<string> {
  const memory = await mkdtemp(join(tmpdir(), 'netureon-monitor-'));
  const clock: Clock = {
    ...systemClock,
    sleep: (ms, signal) => (ms === 5_000 ? Promise.resolve() : systemClock.sleep(ms, signal)),
  };
  const deps = {
    log: createLog(() => undefined),
    clock,
    random: Math.random,
    uuid: randomUUID,
    fetch: httpFetch,
    signal: new AbortController().signal,
  };
  try {
    const finding = await runMonitor(
      { ...settings, memory: join(memory, 'monitor.json') },
      { ...deps, drain: () => drainOnce(settings, deps) },
    );
    return findingText(finding, clock.now());
  } finally {
    await rm(memory, { recursive: true });
  }
}
