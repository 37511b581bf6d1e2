/** One connection with the rights of the site, for one command; times are in the site's zone from then on. */
import { userInfo } from 'node:os';
import { openSession, type Db } from '../../store/session.ts';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { enterZone } from '../site-zone.ts';

export async function asWeb<T>({ config }: Context, work: (db: Db) => Promise<T>): Promise<T> {
  const session = await openSession(databaseUrl(config, 'netureon_web'), {
    application: 'netureon alert',
    role: 'netureon_admin',
    actor: userInfo().username,
  });
  try {
    await enterZone(session, config.siteName);
    return await work(session);
  } finally {
    await session.close();
  }
}
