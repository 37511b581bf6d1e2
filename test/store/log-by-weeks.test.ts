// A database that was filled before its log of scans was split by weeks.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { openSession } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase(false);
});
afterAll(() => db.drop());

test('keeps every scan, its number, the numbers to come, and who may read it', async () => {
  const owner = await openSession(db.url, { application: 'test' });
  const migrations = await readMigrations('sql/migrations');
  const partitions = migrations.find(({ name }) => name.includes('partitions'))?.version ?? 0;
  await migrate(
    owner,
    migrations.filter(({ version }) => version < partitions),
  );
  await owner.query(`select record_scan_failure('default', null, '', 'no interface')`);
  await owner.query(
    `insert into discovery_log (site_id, finished_at, duration_ms, outcome, method)
     select 1, at, 1, 'complete', 'packet' from generate_series(now() - interval '70 days', now(), '1 hour') as at
     union all select 1, '1970-01-01', 1, 'complete', 'packet'`,
  );
  const all = () =>
    owner.query<{ row: unknown }>('select to_jsonb(l) as row from discovery_log as l order by id');
  const before = await all();
  await migrate(owner, migrations);
  expect(await all()).toEqual(before);
  const parts = await owner.query<{ part: string; n: number }>(
    `select tableoid::regclass::text as part, count(*) as n from discovery_log group by 1 order by 1`,
  );
  expect(parts.at(-1)).toEqual({ part: 'discovery_log_past', n: 1 });
  expect(parts.length).toBeGreaterThanOrEqual(4);
  const web = await openSession(db.urlAs('netureon_admin'), { application: 'test' });
  expect(await web.query('select count(*) as n from discovery_log')).toEqual([{ n: before.length }]);
  await web.close();
  // Written and told of as before.
  await owner.query(`select record_scan_failure('default', null, '', 'no interface')`);
  await owner.query(`select record_scan_failure('default', null, '', 'no interface')`);
  expect(await owner.query('select max(id) as id from discovery_log')).toEqual([{ id: before.length + 2 }]);
  expect(await owner.query('select kind from alerts')).toEqual([{ kind: 'scan_failing' }]);
  await owner.close();
});
