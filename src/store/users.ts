/** Who may use the site. Passwords come here hashed (src/web/password.ts); what proves a person is never read back here. */
import { NetureonError } from '../lib/errors.ts';
import { isSqlError, type Db } from './session.ts';

export const USER_ROLES = ['viewer', 'operator', 'admin'] as const;
export type UserRole = (typeof USER_ROLES)[number];

export interface User {
  readonly id: number;
  readonly name: string;
  readonly role: UserRole;
  readonly disabled: boolean;
  /** False: comes through a reverse proxy that asks by itself. */
  readonly hasPassword: boolean;
  /** Signs in with a code of six digits as well. */
  readonly hasTotp: boolean;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly lastSeenAt: Date | null;
  /** Null where the person has not chosen: as the browser asks. */
  readonly language: string | null;
  readonly zone: string | null;
  readonly theme: 'light' | 'dark' | null;
}

/** `reason` is a sentence for the person. */
export type UserOutcome =
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly reason: string };

/** One of these at a time. */
export type UserChange =
  | { readonly role: UserRole }
  | { readonly disabled: boolean }
  /** As src/web/password.ts makes it. */
  | { readonly passwordHash: string }
  | { readonly totp: 'off' };

/** By name. Acting as an administrator. */
export function listUsers(db: Db, site: string): Promise<User[]> {
  return db.query<User>(
    `select u.id, u.name, u.role, u.disabled_at is not null as disabled, u.has_password as "hasPassword",
            u.has_totp as "hasTotp", u.created_at as "createdAt", u.created_by as "createdBy",
            u.last_seen_at as "lastSeenAt", u.language, u.zone, u.theme
     from site_users as u join sites as s on s.id = u.site_id
     where s.name = $1 order by lower(u.name), u.id`,
    [site],
  );
}

/** @param user passwordHash null: comes through a reverse proxy only @param actor for the histories */
export function addUser(
  db: Db,
  site: string,
  user: { readonly name: string; readonly role: UserRole; readonly passwordHash: string | null },
  actor: string,
): Promise<UserOutcome> {
  const { name, role, passwordHash } = user;
  return outcomeOf(db, 'select add_user($1, $2, $3, $4, $5, $6) as id', [
    site,
    name,
    userKey(name),
    role,
    passwordHash,
    actor,
  ]);
}

/** Ends the user's sessions, unless nothing was to be changed. */
export function changeUser(
  db: Db,
  site: string,
  id: number,
  change: UserChange,
  actor: string,
): Promise<UserOutcome> {
  if ('role' in change)
    return outcomeOf(db, 'select set_user_role($1, $2, $3, $4) as id', [site, id, change.role, actor]);
  if ('disabled' in change)
    return outcomeOf(db, 'select switch_user($1, $2, $3, $4) as id', [site, id, !change.disabled, actor]);
  if ('totp' in change) return outcomeOf(db, 'select clear_user_totp($1, $2, $3) as id', [site, id, actor]);
  return outcomeOf(db, 'select set_user_password($1, $2, $3, $4) as id', [
    site,
    id,
    change.passwordHash,
    actor,
  ]);
}

export function removeUser(db: Db, site: string, id: number, actor: string): Promise<UserOutcome> {
  return outcomeOf(db, 'select remove_user($1, $2, $3) as id', [site, id, actor]);
}

/** Two names that look the same to a person's eye at a glance are one: `Ada` and `ADA`, composed or not. */
export function userKey(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

async function outcomeOf(db: Db, sql: string, values: readonly unknown[]): Promise<UserOutcome> {
  try {
    const [row] = await db.query<{ id: number }>(sql, values);
    if (row === undefined) throw new NetureonError('internal', 'the database changed a user and named none');
    return { kind: 'done', id: row.id };
  } catch (error) {
    // The SQLSTATEs that these functions raise on purpose; see sql/migrations/000043.
    if (isSqlError(error) && error.code === 'NE404') return { kind: 'missing' };
    if (isSqlError(error) && error.code === 'NE409') return { kind: 'taken' };
    if (isSqlError(error) && error.code === 'NE422') return { kind: 'refused', reason: error.message };
    throw error;
  }
}

/** Whoever was made to wait before the next try need not wait any more. */
export function unlockUser(db: Db, site: string, id: number, actor: string): Promise<UserOutcome> {
  return outcomeOf(db, 'select unlock_user($1, $2, $3) as id', [site, id, actor]);
}
