/** What each table of ours takes on the disk, with its indexes; weeks of the log count as the log. */
import type { Db } from '../../../src/store/session.ts';

export interface TableSize {
  readonly name: string;
  readonly bytes: number;
  readonly rows: number;
}

/** Largest first. Counts the rows: for benches and tests. */
export async function tableSizes(db: Db): Promise<TableSize[]> {
  const tables = await db.query<{ name: string; bytes: number }>(
    `select coalesce(p.relname, c.relname)::text as name, sum(pg_total_relation_size(c.oid))::float8 as bytes
     from pg_class as c
     left join pg_inherits as i on i.inhrelid = c.oid
     left join pg_class as p on p.oid = i.inhparent
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
     group by 1 order by 2 desc`,
  );
  const sizes: TableSize[] = [];
  for (const { name, bytes } of tables) {
    const [row] = await db.query<{ rows: number }>(`select count(*) as rows from "${name}"`);
    sizes.push({ name, bytes, rows: row?.rows ?? 0 });
  }
  return sizes;
}
