/** What the site keeps in mind of who comes: whether anybody manages it yet, and what signing in needs. One a process. */
import type { Db } from '../store/session.ts';
import type { UserRole } from '../store/users.ts';
import { hasAdministrator } from '../store/web-sessions.ts';
import { trustsOf, type Trusts } from './client-address.ts';
import { createHasher, type Hasher } from './password.ts';
import { createWelcomeCode, type WelcomeCode } from './welcome-code.ts';

/** A reverse proxy that asks who somebody is, and says so in a header. */
export interface ProxyLogin {
  /** Its name, such as X-Remote-User. */
  readonly header: string;
  /** Another one with the role, if it says that too. */
  readonly roleHeader?: string | undefined;
  /** Of who comes for the first time, where it does not. */
  readonly defaultRole: UserRole;
}

export interface People {
  /** Until then every page leads to the first visit, and nobody but this machine is served. */
  hasAdministrator(): Promise<boolean>;
  readonly welcome: WelcomeCode;
  readonly hasher: Hasher;
  /** From the operating system, for tokens and codes. */
  readonly random: (bytes: number) => Uint8Array;
  /** Proxies whose headers are believed. */
  readonly trusts: Trusts;
  readonly proxyLogin?: ProxyLogin | undefined;
}

export interface PeopleOptions {
  /** With the site's own rights. */
  readonly own: Db;
  readonly site: string;
  readonly random: (bytes: number) => Uint8Array;
  /** Told each code that the first visit can be made with. */
  readonly onWelcomeCode?: (code: string) => void;
  /** In CIDR notation. */
  readonly trustedProxies?: readonly string[];
  readonly proxyLogin?: ProxyLogin | undefined;
}

export function createPeople(options: PeopleOptions): People {
  const { own, site, random, onWelcomeCode = () => undefined, trustedProxies = [], proxyLogin } = options;
  let isManaged = false;
  return {
    hasAdministrator: async () => {
      // The last one cannot be taken away: once is for ever.
      isManaged ||= await hasAdministrator(own, site);
      return isManaged;
    },
    welcome: createWelcomeCode(random, onWelcomeCode),
    hasher: createHasher(random),
    random,
    trusts: trustsOf(trustedProxies),
    proxyLogin,
  };
}
