/**
 * Who looks, and what follows from it: the database role of the request, its language and its zone. It travels beside
 * the request (AsyncLocalStorage), so that no route can forget it: `visitDb` is the only database that routes are
 * handed, and it acts as the role of whoever asks, or refuses.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { NetureonError } from '../lib/errors.ts';
import type { PatientDb } from '../store/session.ts';
import type { SessionUser } from '../store/web-sessions.ts';
import { en, type Texts } from './text/en.ts';

/** Each can do what the one before can; the database has a role for each (netureon_viewer …). */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** How a request came in; kept with each change it makes. */
export type Via = 'site' | 'api' | 'link';

export interface Visitor {
  /** null: nobody that the table of users knows, such as who follows a signed link. */
  readonly userId: number | null;
  /** As others read it in histories. */
  readonly name: string;
  readonly role: Role;
}

export interface Visit {
  /** null: not signed in. */
  readonly visitor: Visitor | null;
  /** Who is signed in; absent for links, tokens and nobody. */
  readonly user?: SessionUser;
  /** Acts as the visitor's role; refuses when there is none. */
  readonly db: PatientDb;
  readonly language: Language;
  readonly text: Texts;
  /** IANA name of the viewer's zone. */
  readonly zone: string;
  /** Whether an account asks for that zone; else the page's script puts times into the browser's own. */
  readonly isZoneChosen?: boolean;
}

const visits = new AsyncLocalStorage<Visit>();

export function duringVisit<T>(visit: Visit, work: () => T): T {
  return visits.run(visit, work);
}

/** Of the request that is being answered; undefined outside of one. */
export function currentVisit(): Visit | undefined {
  return visits.getStore();
}

/** The words of this request's language; English outside of one. */
export function text(): Texts {
  return visits.getStore()?.text ?? en;
}

/** Who pressed the button, for histories. */
export function actor(): string {
  const visitor = visits.getStore()?.visitor;
  if (visitor === undefined || visitor === null)
    throw new NetureonError('internal', 'something was to be changed by nobody');
  return visitor.name;
}

/** Whatever the visitor's role may. */
export const visitDb: PatientDb = {
  query: (sql, values) => dbOfVisit().query(sql, values),
  queryWithin: (timeoutMs, sql, values) => dbOfVisit().queryWithin(timeoutMs, sql, values),
};

function dbOfVisit(): PatientDb {
  const visit = visits.getStore();
  if (visit === undefined) throw new NetureonError('internal', 'a page was asked for outside of a request');
  return visit.db;
}
