// A database that has been scanning since before there was a looked clock: its log tells when the clock would have run.
import { expect, test } from 'vitest';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { recordScan } from '../../src/store/scan-record.ts';
import { openSession } from '../../src/store/session.ts';
import { freshDatabase } from '../support/database.ts';

test('the log of scans becomes coverage, the looked clock and the ordinal of scans', async () => {
  const db = await freshDatabase(false);
  const owner = await openSession(db.url, { application: 'test' });
  const migrations = await readMigrations('sql/migrations');
  await migrate(
    owner,
    migrations.filter(({ version }) => version <= 13),
  );
  // Ten minutes, an hour's pause with a failure in it, ten minutes.
  await owner.query(
    `insert into networks (site_id, cidr, interface, last_scan_at, baseline_at) values (1, '10.0.0.0/24', 'eth0', now() - interval '20 s', now())`,
  );
  await owner.query(
    `insert into discovery_log (site_id, network_id, finished_at, duration_ms, outcome, method, problem)
     select 1, 1, now() - make_interval(mins => 80, secs => 20) + minute * interval '1 minute', 400,
            case when minute = 40 then 'failed' else 'complete' end, 'packet', case when minute = 40 then 'no carrier' end
     from generate_series(0, 80) as minute where minute <= 10 or minute >= 70 or minute = 40`,
  );
  await owner.query(
    `with d as (insert into devices (site_id, state, first_seen_at) values (1, 'known', now()) returning id),
          m as (insert into device_macs (site_id, mac, device_id, first_seen_at) select 1, '3c:37:12:00:00:0a', id, now() from d)
     insert into connections (site_id, device_id, network_id, mac, ip, started_at, misses, last_seen_at, opened_as)
     select 1, id, 1, '3c:37:12:00:00:0a', '10.0.0.2', now() - interval '1 hour', 2, now() - interval '3 minutes', 'baseline' from d`,
  );
  await migrate(owner, migrations);

  const clock = () =>
    owner.query(
      `select n.scans, n.looked_ms / 60000 as minutes, last_scan_at - looking_since > interval '9 minutes' as "sinceTheRun",
              (select count(*)::integer from coverage) as runs,
              (select upper(during) - lower(during) = interval '10 minutes' from coverage) as "tenMinutes"
       from networks as n`,
    );
  expect(await clock()).toEqual([{ scans: 22, minutes: 25, sinceTheRun: true, runs: 1, tenMinutes: true }]);
  const look = (ips: string[]) =>
    recordScan(owner, 'default', {
      network: '10.0.0.0/24',
      interface: 'eth0',
      method: 'packet',
      durationMs: 1,
      probed: 254,
      answered: ips.length,
      frames: 254,
      broadcasts: 254,
      problem: null,
      ips,
      macs: ips.map(() => '3c:37:12:00:00:0a'),
    });
  // It was quiet when the database was upgraded, with two misses: the third ends it.
  expect(await look([])).toMatchObject({ missing: 1 });
  expect(await owner.query('select presence, misses from device_presence')).toEqual([
    { presence: 'gone', misses: 3 },
  ]);
  expect(await look(['10.0.0.2'])).toMatchObject({ returned: 1 });
  expect(await clock()).toMatchObject([{ scans: 24, runs: 1 }]);
  await owner.close();
  await db.drop();
});
