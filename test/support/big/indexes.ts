/** Large tables are filled without their indexes, which are built at the end: a tenth of the time. */
import type { Db } from '../../../src/store/session.ts';

/** Primary keys stay: others point at them. Definitions are read from the catalogue, so that later ones are kept too. */
export async function withoutIndexes<T>(
  db: Db,
  tables: readonly string[],
  fill: () => Promise<T>,
): Promise<T> {
  const found = await db.query<{ drop: string; make: string }>(
    `select case when con.oid is null then format('drop index %s', i.indexrelid::regclass)
              else format('alter table %s drop constraint %I', i.indrelid::regclass, con.conname) end as drop,
            case when con.oid is null then pg_get_indexdef(i.indexrelid)
              else format('alter table %s add constraint %I %s', i.indrelid::regclass, con.conname,
                          pg_get_constraintdef(con.oid)) end as make
     from pg_index as i
     left join pg_constraint as con on con.conindid = i.indexrelid and con.contype in ('u', 'x')
     where i.indrelid = any ($1::regclass[]) and not i.indisprimary
     order by 2`,
    [tables],
  );
  for (const one of found) await db.query(one.drop);
  const result = await fill();
  for (const one of found) await db.query(one.make);
  return result;
}
