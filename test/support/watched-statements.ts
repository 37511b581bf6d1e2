/** The site's databases with an ear on every statement: what it read row by row, functions within it included. */
import type { SiteDbs } from '../../src/web/dbs.ts';
import type { Db, Pool } from '../../src/store/session.ts';

export interface Scanned {
  readonly statement: string;
  readonly table: string;
  /** Read by sequential scans. */
  readonly rows: number;
}

export interface Watched {
  readonly dbs: SiteDbs;
  /** What was read since the last call; empties it. */
  take(): Scanned[];
}

/** Each statement in a transaction of its own, whose counts PostgreSQL keeps apart (pg_stat_xact_user_tables). */
export function watchStatements(dbs: SiteDbs): Watched {
  let scanned: Scanned[] = [];
  const watch = (pool: Pool): Pool => {
    const heard = <T>(sql: string, work: (db: Db) => Promise<T>) =>
      pool.transaction(async db => {
        // What the connection did before is told with it until it has been written down.
        const before = new Map((await countsOf(db)).map(one => [one.table, one.rows]));
        const result = await work(db);
        for (const { table, rows } of await countsOf(db)) {
          const own = rows - (before.get(table) ?? 0);
          if (own > 0) scanned.push({ table, rows: own, statement: sql.replaceAll(/\s+/g, ' ').trim() });
        }
        return result;
      });
    return {
      ...pool,
      query: <Row>(sql: string, values?: readonly unknown[]) => heard(sql, db => db.query<Row>(sql, values)),
      queryWithin: <Row>(_: number, sql: string, values?: readonly unknown[]) =>
        heard(sql, db => db.query<Row>(sql, values)),
    };
  };
  return {
    dbs: {
      ...dbs,
      own: watch(dbs.own),
      as: { viewer: watch(dbs.as.viewer), operator: watch(dbs.as.operator), admin: watch(dbs.as.admin) },
    },
    take: () => {
      const taken = scanned;
      scanned = [];
      return taken;
    },
  };
}

function countsOf(db: Db): Promise<{ table: string; rows: number }[]> {
  return db.query(
    'select relname as table, seq_tup_read::float8 as rows from pg_stat_xact_user_tables where seq_tup_read > 0',
  );
}
