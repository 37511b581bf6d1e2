/** What the site is handed. Nothing here is read from the environment. */
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { PatientDb } from '../store/session.ts';
import type { Assets } from './assets.ts';
import type { SiteDbs } from './dbs.ts';
import type { Live } from './live.ts';
import type { People } from './people.ts';
import type { SystemInfo } from './system-info.ts';

export interface SiteOptions {
  /** Acts as whoever asks; see visit.ts. */
  readonly db: PatientDb;
  readonly dbs: SiteDbs;
  /** The site's name in the database. */
  readonly site: string;
  readonly live: Live;
  readonly people: People;
  readonly assets: Assets;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** A rule is tried for so long, in milliseconds; 20 s unless given. */
  readonly rehearsalTimeoutMs?: number | undefined;
  /** Wakes devices; undefined where this machine sends nothing by itself. */
  readonly wake?: Waker | undefined;
  /** As browsers may write it in a Host header (see allowedHosts); any other is refused. */
  /** What this process tells of itself. */
  readonly system?: SystemInfo | undefined;
  /** `host:port` as browsers may write it; any other Host header is refused. */
  readonly hosts: readonly string[];
  /** Where people reach the site when a proxy stands in front of it. */
  readonly publicUrl?: string | undefined;
  /** loopback: this machine reads /metrics without a token. A token with the scope metrics does in any case. */
  readonly metrics?: 'token' | 'loopback' | undefined;
  /** The schema that this release was made for; undefined: whatever there is. */
  readonly schema?: number | undefined;
  /** The demo's mail sink and Telegram stand-in; shown as a link. */
  readonly demoInboxUrl?: string | undefined;
}

/** Sends magic packets (Wake-on-LAN) on the networks of this machine. */
export interface Waker {
  /** Whether this machine has an address in exactly this network. @param cidr IPv4 */
  isOn(cidr: string): boolean;
  /** Rejects when the packet could not be sent. */
  send(mac: string, broadcast: string): Promise<void>;
}
