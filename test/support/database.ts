/** A database of its own for a test file, cloned from the migrated template. */
import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { actingAs, openPool, openSession, type Pool } from '../../src/store/session.ts';

const ACTED = new Set(['netureon_viewer', 'netureon_operator', 'netureon_admin']);

export interface TestDatabase {
  /** As the owner; `urlAs('netureon_scan')` for a service's role. */
  readonly url: string;
  urlAs(role: string): string;
  readonly pool: Pool;
  drop(): Promise<void>;
}

/** @param template false: an empty database, without the schema */
export async function freshDatabase(template = true): Promise<TestDatabase> {
  const templateUrl = new URL(inject('databaseUrl'));
  const name = `t_${randomBytes(6).toString('hex')}`;
  const urlOf = (database: string, role?: string) => {
    const url = new URL(templateUrl);
    url.pathname = `/${database}`;
    // These are nobody's login: the site takes them on.
    if (role !== undefined && ACTED.has(role)) return actingAs(url.href, role);
    if (role !== undefined) url.searchParams.set('user', role);
    return url.href;
  };
  const admin = async (sql: string) => {
    const session = await openSession(urlOf('postgres'), { application: 'test' });
    await session.query(sql);
    await session.close();
  };
  await admin(`create database ${name} template ${template ? 'netureon_template' : 'template0'}`);
  const pool = openPool(urlOf(name), { application: 'test', max: 10 });
  return {
    url: urlOf(name),
    urlAs: role => urlOf(name, role),
    pool,
    drop: async () => {
      await pool.close();
      await admin(`drop database ${name} with (force)`);
    },
  };
}
