/** Who is signed in. Asked with the site's own rights, before anything is known of who asks. */
import { isSqlError, type Db } from './session.ts';
import { userKey, type UserRole } from './users.ts';

/** Who makes a request, as the session or a trusted proxy says. */
export interface SessionUser {
  /** Null: not by a session of ours but by a proxy. */
  readonly sessionId: number | null;
  readonly userId: number;
  readonly name: string;
  readonly role: UserRole;
  readonly hasPassword: boolean;
  readonly language: string | null;
  readonly zone: string | null;
  readonly theme: 'light' | 'dark' | null;
}

export interface OwnSession {
  readonly id: number;
  readonly createdAt: Date;
  readonly seenAt: Date;
  /** As the browser calls itself. */
  readonly agent: string;
  readonly address: string | null;
}

export async function hasAdministrator(own: Db, site: string): Promise<boolean> {
  const [row] = await own.query<{ has: boolean }>('select has_administrator($1) as has', [site]);
  return row?.has ?? false;
}

/** The first one; undefined when there is one already, also of two who come at the same moment. */
export async function addFirstAdministrator(
  own: Db,
  site: string,
  user: { readonly name: string; readonly passwordHash: string | null },
): Promise<number | undefined> {
  const [row] = await own.query<{ id: number | null }>(
    'select add_first_administrator($1, $2, $3, $4) as id',
    [site, user.name, userKey(user.name), user.passwordHash],
  );
  return row?.id ?? undefined;
}

/** @param tokenHash SHA-256 of what the browser holds @returns undefined: nobody, or not any more */
export async function sessionOf(
  own: Db,
  site: string,
  tokenHash: Uint8Array,
): Promise<SessionUser | undefined> {
  const [row] = await own.query<SessionUser>(
    `select session_id as "sessionId", user_id as "userId", name, role, has_password as "hasPassword", language, zone, theme
     from session_of($1, $2)`,
    [site, tokenHash],
  );
  return row;
}

/** Who a trusted proxy says is there; made when first seen. Undefined: disabled. near: somebody else is called nearly so. */
export async function proxyUser(
  own: Db,
  site: string,
  user: { readonly name: string; readonly role: UserRole | null; readonly defaultRole: UserRole },
): Promise<SessionUser | 'near' | undefined> {
  try {
    const [row] = await own.query<SessionUser>(
      `select null as "sessionId", user_id as "userId", name, role, has_password as "hasPassword", language, zone, theme
     from proxy_user($1, $2, $3, $4, $5)`,
      [site, user.name, userKey(user.name), user.role, user.defaultRole],
    );
    return row;
  } catch (error) {
    if (isSqlError(error) && error.code === 'NE409') return 'near';
    throw error;
  }
}

/** For somebody who has proved who they are. @param agent at most 300 characters are kept */
export async function openWebSession(
  own: Db,
  site: string,
  session: {
    readonly userId: number;
    readonly tokenHash: Uint8Array;
    readonly agent: string;
    readonly address: string | null;
  },
): Promise<void> {
  const { userId, tokenHash, agent, address } = session;
  await own.query('select open_session($1, $2, $3, $4, $5)', [site, userId, tokenHash, agent, address]);
}

export async function closeWebSession(own: Db, site: string, tokenHash: Uint8Array): Promise<void> {
  await own.query('select close_session($1, $2)', [site, tokenHash]);
}

/** The most recently used first. */
export function sessionsOf(own: Db, site: string, userId: number): Promise<OwnSession[]> {
  return own.query<OwnSession>(
    `select id, created_at as "createdAt", seen_at as "seenAt", agent, host(address) as address
     from sessions_of($1, $2)`,
    [site, userId],
  );
}

/** False: there was no such session of this user. */
export async function closeOwnSession(own: Db, site: string, userId: number, id: number): Promise<boolean> {
  const [row] = await own.query<{ closed: boolean }>('select close_own_session($1, $2, $3) as closed', [
    site,
    userId,
    id,
  ]);
  return row?.closed ?? false;
}

/** All of the user's but one. @returns how many */
export async function closeOtherSessions(
  own: Db,
  site: string,
  userId: number,
  keep: number | null,
): Promise<number> {
  const [row] = await own.query<{ count: number }>('select close_other_sessions($1, $2, $3) as count', [
    site,
    userId,
    keep,
  ]);
  return row?.count ?? 0;
}

export async function setPreferences(
  own: Db,
  site: string,
  userId: number,
  { language, zone, theme }: Pick<SessionUser, 'language' | 'zone' | 'theme'>,
): Promise<void> {
  await own.query('select set_preferences($1, $2, $3, $4, $5)', [site, userId, language, zone, theme]);
}
