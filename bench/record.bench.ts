// What a tick costs in PostgreSQL: time and WAL of record_scan with 250, 10,000 and 65,536 devices, steady and first,
// and in a flood of as many unknown MACs.
// The peer is the least that any design must do with the same input: send the arrays and count them.
import ouiEntries from 'oui-data' with { type: 'json' };
import { migrate, readMigrations } from '../src/store/migrate.ts';
import { loadOui } from '../src/store/oui.ts';
import { recordScan, type ScanReport } from '../src/store/scan-record.ts';
import { openPool, openSession, type Session } from '../src/store/session.ts';
import { withCluster } from './cluster.ts';

export const name = 'record_scan: one tick in PostgreSQL';

const SIZES = [250, 10_000, 65_536];
const REPEAT = 15;

export async function run({ log }: { log: (line: string) => void }): Promise<void> {
  await withCluster(async cluster => {
    log(
      'devices | first tick (baseline) | as many unknown MACs (a flood) | steady | WAL/steady tick | count(unnest) | ratio',
    );
    for (const size of SIZES) {
      await cluster.ensureDatabase(`bench_${size}`);
      log(await measure(cluster.url(`bench_${size}`), size));
    }
  });
}

async function measure(url: string, size: number): Promise<string> {
  const session = await openSession(url, { application: 'bench' });
  await migrate(session, await readMigrations('sql/migrations'));
  const pool = openPool(url, { application: 'bench', max: 1 });
  await loadOui(pool, 'oui-data', async () => ({ source: 'oui-data', entries: ouiEntries }));
  await pool.close();

  const baseline = await time(() => recordScan(session, 'default', report('10.0.0.0/16', 0, size)));
  // A second network whose baseline was empty: so many newcomers at once are no devices, and one alert.
  await recordScan(session, 'default', report('10.1.0.0/16', 1, 0));
  const flood = await time(() => recordScan(session, 'default', report('10.1.0.0/16', 1, size)));
  await session.query('checkpoint');
  await session.query('analyze');

  const steady = report('10.0.0.0/16', 0, size);
  for (let i = 0; i < 3; i++) await recordScan(session, 'default', steady);
  const walBefore = await walPosition(session);
  const times: number[] = [];
  const floor: number[] = [];
  for (let i = 0; i < REPEAT; i++) {
    times.push(await time(() => recordScan(session, 'default', steady)));
    floor.push(
      await time(() =>
        session.query('select count(*) from unnest($1::macaddr[], $2::inet[])', [steady.macs, steady.ips]),
      ),
    );
  }
  const wal = ((await walPosition(session)) - walBefore) / REPEAT;
  await session.close();
  const [tick, peer] = [median(times), median(floor)];
  const cells = [
    `${size}`,
    ms(baseline),
    ms(flood),
    ms(tick),
    `${Math.round(wal)} B`,
    ms(peer),
    `${(tick / peer).toFixed(1)} ×`,
  ];
  return cells.join(' | ');
}

function report(network: string, second: number, size: number): ScanReport {
  const index = Array.from({ length: size }, (_, i) => i);
  return {
    network,
    interface: 'bench0',
    method: 'packet',
    durationMs: 300,
    probed: size,
    answered: size,
    frames: size,
    broadcasts: 0,
    problem: null,
    // AVM's prefix, so that the vendor is looked up and found.
    macs: index.map(i => `3c:37:12:0${second}:${hex(i >> 8)}:${hex(i & 255)}`),
    ips: index.map(i => `10.${second}.${i >> 8}.${i & 255}`),
  };
}

const hex = (octet: number) => octet.toString(16).padStart(2, '0');
const ms = (value: number) => `${value.toFixed(1)} ms`;
const median = (values: number[]) =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function walPosition(session: Session): Promise<number> {
  const [row] = await session.query<{ lsn: string }>(
    `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as lsn`,
  );
  return Number(row?.lsn);
}
