/** From a request to its visit: who asks, in which language and zone, and as which database role. */
import type { Context, MiddlewareHandler } from 'hono';
import { NetureonError } from '../lib/errors.ts';
import { inert } from '../lib/text.ts';
import type { PatientDb } from '../store/session.ts';
import { proxyUser, type SessionUser } from '../store/web-sessions.ts';
import { visitorOfToken } from './api-token.ts';
import { peerOf } from './client-address.ts';
import { actingDb } from './dbs.ts';
import { localeOf, siteZoneReader } from './locale.ts';
import type { SiteOptions } from './options.ts';
import { userName, userRole } from './schema/people.ts';
import { readToken, tokenHash } from './session-cookie.ts';
import { rememberSessions, type KnownSessions } from './known-sessions.ts';
import { duringVisit, type Via, type Visit, type Visitor } from './visit.ts';

export function visiting(options: SiteOptions): MiddlewareHandler {
  const siteZone = siteZoneReader(options.dbs.as.viewer, options.site, options.clock);
  const sessions = rememberSessions(options.dbs.own, options.site, options.clock);
  return async (c, next) => {
    const who = await whoAsks(c, options, sessions);
    const visit: Visit = {
      visitor: who.visitor,
      ...(who.user === undefined ? {} : { user: who.user }),
      db: dbFor(c, options, who),
      ...localeOf(c, await siteZone(), who.user),
    };
    if (isLooking(c)) return duringVisit(visit, next);
    // What ends here (a session, a role, a password) ends for the next request, in whatever browser.
    return duringVisit(visit, next).finally(sessions.forget);
  };
}

function isLooking(c: Context): boolean {
  return c.req.method === 'GET' || c.req.method === 'HEAD';
}

/** Who holds a signed link may decide about its alert and device, and its routes do nothing else. */
const BY_LINK: Visitor = { userId: null, name: 'Somebody', role: 'operator' };

interface Who {
  readonly visitor: Visitor | null;
  readonly via: Via;
  readonly user?: SessionUser;
}

/** These are the same for everybody: no need to ask who it is. */
const NAMELESS = /^\/(?:assets\/[^/]+$|favicon\.ico$|healthz$|readyz$)/;
/** Programs come here, with a token in the place of a session. */
const FOR_PROGRAMS = /^\/(?:api\/|metrics$)/;

async function whoAsks(c: Context, options: SiteOptions, sessions: KnownSessions): Promise<Who> {
  const { dbs, site, publicUrl } = options;
  const { path } = c.req;
  if (path.startsWith('/l/')) return { visitor: BY_LINK, via: 'link' };
  if (NAMELESS.test(path)) return { visitor: null, via: 'site' };
  const via = FOR_PROGRAMS.test(path) ? 'api' : 'site';
  if (via === 'api') {
    const answer = await visitorOfToken(dbs.own, site, c.req.header('authorization'));
    if (answer.kind === 'refused') return { visitor: null, via };
    if (answer.kind === 'visitor') {
      const { userId, name, role } = answer.visitor;
      return { visitor: role === null ? null : { userId, name, role }, via };
    }
  }
  const token = readToken(c, publicUrl);
  const user =
    (await userOfProxy(c, options)) ??
    (token === undefined ? undefined : await sessions.userOf(tokenHash(token), isLooking(c)));
  if (user === undefined) return { visitor: null, via };
  const { userId, name, role } = user;
  return { visitor: { userId, name, role }, via, user };
}

/** Only from proxies that are trusted, and only where that was asked for: anybody may send any header. */
async function userOfProxy(
  c: Context,
  { dbs, site, log, people: { proxyLogin, trusts } }: SiteOptions,
): Promise<SessionUser | undefined> {
  if (proxyLogin === undefined || !trusts(peerOf(c))) return undefined;
  const given = c.req.header(proxyLogin.header) ?? '';
  const exact = utf8Of(given);
  const name = userName.safeParse(exact);
  // Exactly as the proxy writes it, or nobody: what only looks like a name is somebody else's.
  if (!name.success || name.data !== exact || name.data !== name.data.normalize('NFKC')) {
    if (given !== '')
      log.warn('the proxy names somebody in a way that cannot be taken', { name: inert(given, 80) });
    return undefined;
  }
  const { roleHeader, defaultRole } = proxyLogin;
  const role =
    roleHeader === undefined ? undefined : userRole.safeParse(c.req.header(roleHeader)?.toLowerCase());
  const user = await proxyUser(dbs.own, site, {
    name: name.data,
    role: roleHeader === undefined ? null : (role?.data ?? defaultRole),
    defaultRole,
  });
  if (user !== 'near') return user;
  log.warn('the proxy names somebody whose name is nearly another user’s', { name: inert(given, 80) });
  return undefined;
}

/** Octets of a header come as latin1 (fetch, node:http); undefined octets as U+FFFD, which is in no name. */
function utf8Of(header: string): string {
  return Buffer.from(header, 'latin1').toString('utf8');
}

function dbFor(c: Context, { dbs }: SiteOptions, { visitor, via }: Who): PatientDb {
  if (visitor === null) return NOBODYS;
  const pool = dbs.as[visitor.role];
  return isLooking(c) ? pool : actingDb(pool, visitor.name, via);
}

const refuse = () => Promise.reject(new NetureonError('internal', 'something was to be read for nobody'));

/** Who is not signed in has no role to act as. */
const NOBODYS: PatientDb = { query: refuse, queryWithin: refuse };
