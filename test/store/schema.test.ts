// The schema as it stands after all migrations, as text in golden/schema.txt: a change of the schema is a change of
// that file, to be read in review. Regenerate with `npx vitest run test/store/schema.test.ts -u`.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());

/** Months of the log come and go; what they are made of is their parent's. */
const WHOLE = 'not o.relispartition';
const OURS = `n.nspname = 'public' and not exists (select from pg_depend as e where e.objid = o.oid and e.deptype = 'e')`;

const SECTIONS: Readonly<Record<string, string>> = {
  columns: `
    select format('%s.%s %s%s%s', o.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                  case when a.attnotnull then ' not null' else '' end,
                  coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')) as line
    from pg_class as o join pg_namespace as n on n.oid = o.relnamespace
    join pg_attribute as a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef as d on d.adrelid = o.oid and d.adnum = a.attnum
    where o.relkind in ('r', 'v', 'p') and ${WHOLE} and ${OURS} order by o.relname, a.attnum`,
  // NOT NULL stands with the columns; PostgreSQL 18 lists it as a constraint, earlier ones do not.
  constraints: `
    select format('%s %s: %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) as line
    from pg_constraint as c join pg_class as o on o.oid = c.conrelid join pg_namespace as n on n.oid = o.relnamespace
    where c.contype <> 'n' and ${WHOLE} and ${OURS} order by 1`,
  indexes: `
    select pg_get_indexdef(o.oid) as line from pg_class as o join pg_namespace as n on n.oid = o.relnamespace
    where o.relkind in ('i', 'I') and ${WHOLE} and ${OURS} order by 1`,
  triggers: `
    select pg_get_triggerdef(t.oid) as line
    from pg_trigger as t join pg_class as o on o.oid = t.tgrelid join pg_namespace as n on n.oid = o.relnamespace
    where not t.tgisinternal and ${WHOLE} and ${OURS} order by 1`,
  functions: `
    select format('%s(%s)%s md5 %s', o.proname, pg_get_function_identity_arguments(o.oid),
                  case when o.prosecdef then ' security definer' else '' end, md5(o.prosrc)) as line
    from pg_proc as o join pg_namespace as n on n.oid = o.pronamespace where ${OURS} order by 1`,
  'grants on functions': `
    select format('%s: %s', o.proname, string_agg(x.grantee::regrole::text, ', ' order by x.grantee::regrole::text)) as line
    from pg_proc as o join pg_namespace as n on n.oid = o.pronamespace, aclexplode(o.proacl) as x
    where ${OURS} and x.grantee <> o.proowner group by o.oid, o.proname order by 1`,
  'grants on tables': `
    select format('%s: %s %s', o.relname, x.grantee::regrole, string_agg(x.privilege_type, ', ' order by x.privilege_type)) as line
    from pg_class as o join pg_namespace as n on n.oid = o.relnamespace, aclexplode(o.relacl) as x
    where ${WHOLE} and ${OURS} and x.grantee <> o.relowner group by o.relname, x.grantee order by 1`,
};

test('the schema is the one in golden/schema.txt', async () => {
  const parts: string[] = [];
  for (const [title, sql] of Object.entries(SECTIONS)) {
    const rows = await db.pool.query<{ line: string }>(sql);
    parts.push([`-- ${title}`, ...rows.map(({ line }) => line)].join('\n'));
  }
  await expect(`${parts.join('\n\n')}\n`).toMatchFileSnapshot('golden/schema.txt');
});

describe('every table and function', () => {
  test('leads with site_id, but for those that belong to no site', async () => {
    const rows = await db.pool.query<{ name: string }>(
      `select o.relname as name from pg_class as o join pg_namespace as n on n.oid = o.relnamespace
       join pg_attribute as a on a.attrelid = o.oid and a.attnum = 1
       where o.relkind in ('r', 'p') and ${OURS} and a.attname <> 'site_id' order by 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual([
      'maintenance_runs',
      'oui',
      'oui_edition',
      'schema_migrations',
      'sites',
    ]);
  });

  test('of security definer has a fixed search path, and nothing is open to everybody', async () => {
    expect(
      await db.pool.query(
        `select o.proname from pg_proc as o join pg_namespace as n on n.oid = o.pronamespace
         where ${OURS} and (o.prosecdef and not coalesce(o.proconfig::text, '') like '%search_path=public, pg_temp%'
           or has_function_privilege('public', o.oid, 'execute'))`,
      ),
    ).toEqual([]);
  });
});

describe('the role', () => {
  const as = async (role: string, sql: string) => {
    const { openSession } = await import('../../src/store/session.ts');
    const session = await openSession(db.urlAs(role), { application: 'test' });
    try {
      return await session.query(sql);
    } finally {
      await session.close();
    }
  };
  const record = `select * from record_scan('roles', '10.0.0.0/24', 'e', 'packet', 1, 1, 1, 1, 1, null, '{}', '{}')`;

  test('netureon_scan records scans, and can neither read alerts nor write a table', async () => {
    await expect(as('netureon_scan', record)).resolves.toHaveLength(1);
    await expect(as('netureon_scan', 'select * from alerts')).rejects.toMatchObject({ code: '42501' });
    await expect(as('netureon_scan', 'delete from networks')).rejects.toMatchObject({ code: '42501' });
    await expect(as('netureon_scan', `select heartbeat('roles', 'web', '1', now())`)).rejects.toMatchObject({
      code: '42501',
    });
  });

  test.each(['netureon_alertd', 'netureon_web'])('%s cannot record scans or write a table', async role => {
    await expect(as(role, record)).rejects.toMatchObject({ code: '42501' });
    await expect(as(role, `update devices set state = 'known'`)).rejects.toMatchObject({ code: '42501' });
    await expect(as(role, 'create table mine ()')).rejects.toMatchObject({ code: '42501' });
  });
});
