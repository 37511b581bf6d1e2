/** The site's databases: one pool for each role that a visitor may have, and one with the site's own few rights. */
import { openPool, type ConnectOptions, type PatientDb, type Pool } from '../store/session.ts';
import type { Role, Via } from './visit.ts';

export interface SiteDbs {
  /** As netureon_web: who is signed in, signed links, heartbeat. */
  readonly own: Pool;
  readonly as: Readonly<Record<Role, Pool>>;
  close(): Promise<void>;
}

/** Most connections of each. Every request asks by `own` who makes it, and needs one of the others only then. */
const MOST = { own: 6, viewer: 6, operator: 3, admin: 4 } as const;

export function openDbs(url: string, options: Omit<ConnectOptions, 'role'>): SiteDbs {
  const poolOf = (role: Role) => openPool(url, { ...options, role: `netureon_${role}`, max: MOST[role] });
  const own = openPool(url, { ...options, max: MOST.own });
  const as = { viewer: poolOf('viewer'), operator: poolOf('operator'), admin: poolOf('admin') };
  return {
    own,
    as,
    close: async () => {
      await Promise.all([own, ...Object.values(as)].map(pool => pool.close()));
    },
  };
}

/** Each statement in a transaction that says who acts, for the triggers that keep the audit log. */
export function actingDb(pool: Pool, actor: string, via: Via | 'command line'): PatientDb {
  const told = (sql: string, values: readonly unknown[] | undefined, timeoutMs?: number) =>
    pool.transaction(async db => {
      await db.query(
        `select set_config('netureon.actor', $1, true), set_config('netureon.via', $2, true),
                set_config('statement_timeout', coalesce($3, current_setting('statement_timeout')), true)`,
        [actor, via, timeoutMs === undefined ? null : String(timeoutMs)],
      );
      return db.query(sql, values);
    });
  return {
    query: (sql, values) => told(sql, values) as Promise<never>,
    queryWithin: (timeoutMs, sql, values) => told(sql, values, timeoutMs) as Promise<never>,
  };
}
