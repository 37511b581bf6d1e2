/** The site with a home in its database, and programs with tokens. */
import { randomBytes } from 'node:crypto';
import { addToken, tokenFrom, type TokenScope } from '../../../src/store/api-tokens.ts';
import type { Role } from '../../../src/web/visit.ts';
import { seedHome } from '../../support/seed.ts';
import { NAMES, signedIn } from '../../support/signed-in.ts';
import { HOST, testSite, type TestSite } from '../support.ts';

export interface ApiSite extends TestSite {
  /** A token of a user with this role. */
  keyOf(role: Role, scopes?: readonly TokenScope[]): Promise<string>;
  /** With an administrator's token unless `token` says another; null: none. */
  ask(method: string, path: string, more?: Asked): Promise<Response>;
}

export interface Asked {
  readonly token?: string | null;
  readonly json?: unknown;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Record<string, string>;
}

const MOST: Readonly<Record<Role, TokenScope>> = { viewer: 'read', operator: 'write', admin: 'admin' };

export async function apiSite(): Promise<ApiSite> {
  const site = await testSite();
  await seedHome(site.database.pool, new Date());
  const keyOf = async (role: Role, scopes: readonly TokenScope[] = [MOST[role]]) => {
    await signedIn(site.database.pool, role);
    const [user] = await site.database.pool.query<{ id: number }>('select id from users where name = $1', [
      NAMES[role],
    ]);
    const token = tokenFrom(randomBytes(32));
    const input = { userId: user?.id ?? 0, name: 'test', scopes, expiresAt: null };
    const outcome = await addToken(site.db, 'default', token, input, 'test');
    if (outcome.kind !== 'changed') throw new Error(JSON.stringify(outcome));
    return token;
  };
  const admin = await keyOf('admin');
  return {
    ...site,
    keyOf,
    ask: async (method, path, { token = admin, json, body, headers = {} } = {}) =>
      site.app.request(`http://${HOST}${path.startsWith('/api') ? path : `/api/v1${path}`}`, {
        method,
        headers: {
          host: HOST,
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(json === undefined && body === undefined ? {} : { body: body ?? JSON.stringify(json) }),
      }),
  };
}

/** What curl would print. */
export async function jsonOf<T = Record<string, unknown>>(response: Response): Promise<T> {
  return (await response.json()) as T;
}
