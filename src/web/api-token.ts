/**
 * Who comes with `Authorization: Bearer nt_…` instead of signing in. A token acts for its user with the weaker of what
 * it was made for and what the user may now; of one that is not good, the answer says no more than that.
 */
import { holderOf, type TokenScope } from '../store/api-tokens.ts';
import type { Db } from '../store/session.ts';
import { ROLES, type Role } from './visit.ts';

export interface TokenVisitor {
  readonly userId: number;
  /** As others read it in histories: the user's name, and the token's. */
  readonly name: string;
  /** Null: the token reads metrics and nothing else. */
  readonly role: Role | null;
  readonly scopes: readonly TokenScope[];
  readonly tokenId: number;
}

/** none: no such header. refused: a token that is unknown, expired, revoked, or whose user is disabled; or not a token. */
export type TokenAnswer =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'visitor'; readonly visitor: TokenVisitor };

/** RFC 6750: `Bearer`, in any case, and one token. */
const BEARER = /^bearer +(\S+) *$/i;
/** What ours look like: nothing else is asked about. */
const TOKEN = /^nt_[A-Za-z0-9_-]{43}$/;

const ROLE_OF: Readonly<Record<Exclude<TokenScope, 'metrics'>, Role>> = {
  read: 'viewer',
  write: 'operator',
  admin: 'admin',
};

/** @param own the site's own connections, before anybody is known @param header of the request, if it has one */
export async function visitorOfToken(
  own: Db,
  site: string,
  header: string | undefined,
): Promise<TokenAnswer> {
  if (header === undefined) return { kind: 'none' };
  const [, token = ''] = BEARER.exec(header) ?? [];
  if (!TOKEN.test(token)) return { kind: 'refused' };
  const holder = await holderOf(own, site, token);
  if (holder === undefined || holder.state !== 'active') return { kind: 'refused' };
  const { id, name, userId, user, role, scopes } = holder;
  return {
    kind: 'visitor',
    visitor: { userId, name: `${user} (key ${name})`, role: weaker(role, scopes), scopes, tokenId: id },
  };
}

/** The most that the scopes allow, and no more than the user may. */
function weaker(role: Role, scopes: readonly TokenScope[]): Role | null {
  const allowed = scopes.map(scope => (scope === 'metrics' ? -1 : ROLES.indexOf(ROLE_OF[scope])));
  const rank = Math.min(Math.max(...allowed), ROLES.indexOf(role));
  return ROLES[rank] ?? null;
}
