/** What the site keeps in mind of who comes: whether anybody manages it yet, and what signing in needs. One a process. */
import { hasAdministrator } from '../store/web-sessions.ts';
import type { Db } from '../store/session.ts';

export interface People {
  /** Until then every page leads to the first visit, and nobody but this machine is served. */
  hasAdministrator(): Promise<boolean>;
  /** From the operating system, for tokens and codes. */
  readonly random: (bytes: number) => Uint8Array;
}

export interface PeopleOptions {
  /** With the site's own rights. */
  readonly own: Db;
  readonly site: string;
  readonly random: (bytes: number) => Uint8Array;
}

export function createPeople({ own, site, random }: PeopleOptions): People {
  let isManaged = false;
  return {
    hasAdministrator: async () => {
      // The last one cannot be taken away: once is for ever.
      isManaged ||= await hasAdministrator(own, site);
      return isManaged;
    },
    random,
  };
}
