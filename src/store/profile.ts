/**
 * Profiles: which devices are due to be asked what they are, and what they told. Typed calls around the functions of
 * sql/migrations/000025. Names and facts are a stranger's text, not yet made inert.
 */
import { isSqlError, type Db } from './session.ts';

export interface DueDevice {
  readonly deviceId: number;
  /** Lower case with colons. */
  readonly mac: string;
  readonly ip: string;
  readonly vendor: string | null;
  readonly randomMac: boolean;
  /** What a person calls it, or else what it called itself. */
  readonly name: string | null;
  /** What a person said it is, or else the last profile: printers are asked gently. */
  readonly kind: string | null;
  readonly watched: boolean;
}

/** What one device told; the shape of scan/profile's Profile. */
export interface ToldProfile {
  readonly names: readonly { readonly source: string; readonly name: string }[];
  readonly ports: readonly {
    readonly port: number;
    readonly state: 'open' | 'closed' | 'silent';
    readonly service: string | null;
    readonly facts: Readonly<Record<string, string>>;
  }[];
  readonly echo: { readonly ttl: number } | null;
  readonly verdict: {
    readonly osFamily: string | null;
    readonly kind: string | null;
    readonly confidence: number;
    readonly evidence: readonly unknown[];
  };
  readonly model: string | null;
  readonly problems: readonly string[];
}

export interface ClaimOptions {
  readonly limit: number;
  /** How long a profiler may take before another may begin. */
  readonly leaseMs: number;
  /** A device is asked again after this many days. */
  readonly everyDays: number;
  /** Only these, due or not. */
  readonly devices?: readonly number[];
  /** Only where an address lies in one of these, in CIDR notation. */
  readonly networks?: readonly string[];
}

/** Reserves devices to profile; none are left when fewer than `limit` come back. */
export async function claimProfiles(db: Db, site: string, options: ClaimOptions): Promise<DueDevice[]> {
  const rows = await db.query<{
    device_id: number;
    mac: string;
    ip: string;
    vendor: string | null;
    random_mac: boolean;
    name: string | null;
    kind: string | null;
    importance: string;
  }>('select * from claim_profiles($1, $2, make_interval(secs => $3), make_interval(days => $4), $5, $6)', [
    site,
    options.limit,
    options.leaseMs / 1000,
    options.everyDays,
    options.devices ?? null,
    options.networks ?? null,
  ]);
  return rows.map(row => ({
    deviceId: row.device_id,
    mac: row.mac,
    ip: row.ip,
    vendor: row.vendor,
    randomMac: row.random_mac,
    name: row.name,
    kind: row.kind,
    watched: row.importance === 'watched',
  }));
}

/** Stores what the device told, and releases it. @throws SQLSTATE NE404 when there is no such device */
export async function recordProfile(
  db: Db,
  site: string,
  device: { readonly deviceId: number; readonly ip: string },
  profile: ToldProfile,
): Promise<void> {
  await db.query('select record_profile($1, $2, $3, $4)', [
    site,
    device.deviceId,
    device.ip,
    JSON.stringify(profile, storable),
  ]);
}

/** jsonb knows neither NUL nor half a surrogate pair: they become what they are to a reader, unreadable. */
function storable(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\0|\p{Surrogate}/gu, '\ufffd') : value;
}

/** Gives back a device that told nothing, or that there was no time to ask. */
export async function releaseProfile(db: Db, site: string, device: number): Promise<void> {
  await db.query('select release_profile($1, $2)', [site, device]);
}

/** Asks for a device to be profiled at the next opportunity. @returns whether there is such a device */
export async function requestProfile(db: Db, site: string, device: number): Promise<boolean> {
  try {
    await db.query('select request_profile($1, $2)', [site, device]);
    return true;
  } catch (error) {
    if (isSqlError(error) && error.code === 'NE404') return false;
    throw error;
  }
}

export interface DeviceReference {
  readonly id?: number;
  readonly mac?: string;
  readonly ip?: string;
  readonly name?: string;
}

/** The devices that a person may mean: more than one when they share a name. */
export async function findDevices(db: Db, site: string, reference: DeviceReference): Promise<number[]> {
  const { id = null, mac = null, ip = null, name = null } = reference;
  const rows = await db.query<{ device_id: number }>('select * from find_devices($1, $2, $3, $4, $5)', [
    site,
    id,
    mac,
    ip,
    name,
  ]);
  return rows.map(row => row.device_id);
}
