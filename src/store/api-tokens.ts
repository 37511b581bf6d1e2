/**
 * API tokens: `nt_` and 256 random bits. Only their SHA-256 is stored, so what is in the database opens nothing; the
 * hash needs no salt and no slowness, for nobody can guess what it is made of. See sql/migrations/000046.
 */
import { createHash } from 'node:crypto';
import { changing, type Outcome } from './device-changes.ts';
import type { Db } from './session.ts';

/** read looks, write decides about devices and alerts, admin does the rest; metrics reads /metrics alone. */
export const TOKEN_SCOPES = ['read', 'write', 'admin', 'metrics'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** Each can do what the one before can. */
export type UserRole = 'viewer' | 'operator' | 'admin';

export interface ApiToken {
  readonly id: number;
  readonly userId: number;
  /** Whose it is. */
  readonly user: string;
  readonly name: string;
  /** How it begins, so that people recognise it. */
  readonly prefix: string;
  readonly scopes: readonly TokenScope[];
  readonly createdAt: Date;
  readonly createdBy: string;
  /** Null: never. */
  readonly expiresAt: Date | null;
  /** To within five minutes; null: never. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly revokedBy: string | null;
  /** disabled: its user may not sign in. */
  readonly state: 'active' | 'expired' | 'revoked' | 'disabled';
}

export interface TokenInput {
  readonly userId: number;
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  readonly expiresAt: Date | null;
}

/** @param random 32 octets */
export function tokenFrom(random: Uint8Array): string {
  return `nt_${Buffer.from(random).toString('base64url')}`;
}

function tokenHash(token: string): Uint8Array {
  return createHash('sha256').update(token).digest();
}

/** `changed` gives the number of the token. missing: no such user. refused: more than the user's role may. */
export function addToken(
  db: Db,
  site: string,
  token: string,
  input: TokenInput,
  actor: string,
): Promise<Outcome> {
  return changing(db, 'select add_token($1, $2, $3, $4, $5, $6, $7, $8) as change', [
    site,
    input.userId,
    input.name,
    tokenHash(token),
    token.slice(0, 9),
    input.scopes,
    input.expiresAt,
    actor,
  ]);
}

/** Ends it at once. @param userId only one of this user's; null: anybody's. unchanged: it was revoked before. */
export function revokeToken(
  db: Db,
  site: string,
  id: number,
  userId: number | null,
  actor: string,
): Promise<Outcome> {
  return changing(db, 'select revoke_token($1, $2, $3, $4) as change', [site, id, userId, actor]);
}

/** The newest first. @param userId null: everybody's */
export function listTokens(db: Db, site: string, userId: number | null): Promise<ApiToken[]> {
  return db.query<ApiToken>(
    `select id, user_id as "userId", user_name as "user", name, prefix, scopes, created_at as "createdAt",
            created_by as "createdBy", expires_at as "expiresAt", last_used_at as "lastUsedAt",
            revoked_at as "revokedAt", revoked_by as "revokedBy", state
     from tokens_of($1, $2) order by id desc`,
    [site, userId],
  );
}

export interface TokenHolder {
  readonly id: number;
  readonly name: string;
  readonly userId: number;
  readonly user: string;
  readonly role: UserRole;
  readonly scopes: readonly TokenScope[];
  readonly state: ApiToken['state'];
}

/** Undefined: there is no such token. Notes its use, at most every five minutes. */
export async function holderOf(db: Db, site: string, token: string): Promise<TokenHolder | undefined> {
  const [row] = await db.query<TokenHolder>(
    `select id, name, user_id as "userId", user_name as "user", role, scopes, state from holder_of_token($1, $2)`,
    [site, tokenHash(token)],
  );
  return row;
}
