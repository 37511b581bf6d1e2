/** Somebody who is signed in, without a password: hashing one takes longer than many a test. */
import { randomBytes } from 'node:crypto';
import type { Db } from '../../src/store/session.ts';
import { newToken, tokenHash } from '../../src/web/session-cookie.ts';
import type { Role } from '../../src/web/visit.ts';

/** What histories call them. */
export const NAMES: Readonly<Record<Role, string>> = { viewer: 'Vera', operator: 'Otto', admin: 'Ada' };

/** @param owner may write all tables @returns what the browser holds in its cookie */
export async function signedIn(owner: Db, role: Role): Promise<string> {
  const token = newToken(randomBytes);
  await owner.query(
    `insert into users (site_id, name, key, role, created_by) values (site_of('default'), $1, lower($1), $2, 'test')
     on conflict (site_id, key) do nothing`,
    [NAMES[role], role],
  );
  await owner.query(
    `select open_session('default', (select id from users where name = $1), $2, 'test browser', '127.0.0.1')`,
    [NAMES[role], tokenHash(token)],
  );
  return token;
}
