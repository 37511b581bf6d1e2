/** Which devices a run asks: those that are due, those that a person named, or an address without a database. */
import { NetureonError } from '../../lib/errors.ts';
import type { Ipv4 } from '../../lib/ipv4.ts';
import { formatIpv4, parseIpv4 } from '../../lib/ipv4.ts';
import type { Mac } from '../../lib/mac.ts';
import { formatMac, parseMac } from '../../lib/mac.ts';
import { count, inert } from '../../lib/text.ts';
import { claimProfiles, findDevices, type DueDevice } from '../../store/profile.ts';
import type { Db } from '../../store/session.ts';

export interface Job {
  /** null: not of the database. */
  readonly deviceId: number | null;
  readonly ip: Ipv4;
  /** null: to be seen. */
  readonly mac: Mac | null;
  readonly vendor: string | null;
  /** What a person calls it, or what it called itself before. */
  readonly name: string | null;
  /** What a person said it is, or what it seemed to be before. */
  readonly kind: string | null;
}

/** The next device to ask; null when there is none left. */
export type Jobs = () => Promise<Job | null>;

export interface ClaimSettings {
  /** How many at once. */
  readonly limit: number;
  readonly leaseMs: number;
  readonly everyDays: number;
  /** Where the devices are that can be reached from here, in CIDR notation. */
  readonly networks: readonly string[];
}

/**
 * Reserved when their turn comes, so that two runs at once share the work: as many as are asked at a time, for choosing
 * one costs what choosing eight does.
 */
export function dueJobs(db: Db, site: string, settings: ClaimSettings): Jobs {
  const waiting: Job[] = [];
  let isLast = false;
  let claiming: Promise<void> | null = null;
  const claim = async () => {
    const claimed = await claimProfiles(db, site, settings);
    isLast = claimed.length < settings.limit;
    waiting.push(...claimed.flatMap(due => jobOf(due) ?? []));
  };
  return async () => {
    for (;;) {
      const job = waiting.shift();
      if (job !== undefined || isLast) return job ?? null;
      claiming ??= claim().finally(() => (claiming = null));
      await claiming;
    }
  };
}

/**
 * The devices that are meant by these names, MACs, addresses or numbers, due or not.
 * @throws NetureonError usage for one that is nobody's or two devices', busy when another run is at it
 */
export async function namedJobs(
  db: Db,
  site: string,
  wanted: readonly string[],
  settings: ClaimSettings,
): Promise<Jobs> {
  const ids = new Set<number>();
  for (const text of wanted) ids.add(await theDevice(db, site, text));
  const { leaseMs, everyDays } = settings;
  const claimed = await claimProfiles(db, site, {
    limit: ids.size,
    leaseMs,
    everyDays,
    devices: [...ids],
  });
  if (claimed.length < ids.size)
    throw new NetureonError('busy', `${count(ids.size - claimed.length, 'device')} cannot be asked now`, {
      remedy: 'another run is asking, or no IPv4 address of it is known: try again in a few minutes',
    });
  return jobsOf(claimed.flatMap(due => jobOf(due) ?? []));
}

/** Addresses, without a database. @throws NetureonError usage */
export function addressJobs(wanted: readonly string[]): Jobs {
  const jobs = wanted.map(text => {
    const ip = parseIpv4(text);
    if (ip === undefined)
      throw new NetureonError('usage', `without a database ${inert(text, 80)} means nothing`, {
        remedy: 'give an IPv4 address: --no-store --device 192.168.1.7',
      });
    return { deviceId: null, ip, mac: null, vendor: null, name: null, kind: null };
  });
  return jobsOf(jobs);
}

function jobsOf(jobs: readonly Job[]): Jobs {
  const waiting = [...jobs];
  return () => Promise.resolve(waiting.shift() ?? null);
}

/** null for what only IPv6 knows. */
function jobOf(due: DueDevice): Job | null {
  const ip = parseIpv4(due.ip);
  if (ip === undefined) return null;
  const { deviceId, vendor, name, kind } = due;
  return { deviceId, ip, mac: parseMac(due.mac) ?? null, vendor, name, kind };
}

export async function theDevice(db: Db, site: string, text: string): Promise<number> {
  const mac = parseMac(text);
  const ip = parseIpv4(text);
  const found = await findDevices(db, site, {
    ...(/^\d{1,15}$/.test(text) ? { id: Number(text) } : {}),
    ...(mac === undefined ? {} : { mac: formatMac(mac) }),
    ...(ip === undefined ? {} : { ip: formatIpv4(ip) }),
    name: text,
  });
  const [first] = found;
  if (first === undefined)
    throw new NetureonError('usage', `there is no device ${inert(text, 80)}`, {
      remedy: 'give its name, MAC, present address or number, or scan first',
    });
  if (found.length > 1)
    throw new NetureonError('usage', `${inert(text, 80)} means ${found.length} devices`, {
      remedy: `give the number of one: ${found.slice(0, 20).join(', ')}`,
    });
  return first;
}
