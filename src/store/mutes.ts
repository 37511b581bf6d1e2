/** Mutes: nothing is sent of what matches one, until it ends. Critical alerts pass one that names neither device nor kind. */
import type { AlertKind } from './alert-kinds.ts';
import { changing, type Outcome } from './device-changes.ts';
import type { Db } from './session.ts';

/** All that is given must match; nothing given is everything. */
export interface MuteInput {
  readonly deviceId?: number | null;
  readonly kind?: AlertKind | null;
  readonly networkId?: number | null;
  readonly channelId?: number | null;
  readonly until: Date;
  readonly actor: string;
  readonly note?: string;
}

export interface Mute {
  readonly id: number;
  readonly deviceId: number | null;
  /** As people know the device. */
  readonly device: string | null;
  readonly kind: AlertKind | null;
  readonly networkId: number | null;
  readonly network: string | null;
  readonly channelId: number | null;
  readonly channel: string | null;
  readonly from: Date;
  readonly until: Date;
  readonly actor: string;
  readonly note: string;
  /** How many alerts it has withheld so far. */
  readonly withheld: number;
}

/** `changed` gives the number of the mute. refused: it ends in the past, or later than a year from now. */
export function mute(db: Db, site: string, input: MuteInput): Promise<Outcome> {
  return changing(db, 'select mute_alerts($1, $2, $3, $4, $5, $6, $7, $8) as change', [
    site,
    input.deviceId ?? null,
    input.kind ?? null,
    input.networkId ?? null,
    input.channelId ?? null,
    input.until,
    input.actor,
    input.note ?? '',
  ]);
}

/** Ends it now, and what it withheld and is still open is told. `unchanged`: it had ended already. */
export function unmute(db: Db, site: string, id: number, actor: string): Promise<Outcome> {
  return changing(db, 'select unmute_alerts($1, $2, $3) as change', [site, id, actor]);
}

/** Those that run, the first to end first. */
export function listMutes(db: Db, site: string): Promise<Mute[]> {
  return db.query<Mute>(
    `select id, device_id as "deviceId", device, kind, network_id as "networkId", network, channel_id as "channelId",
            channel, from_at as "from", until, actor, note, withheld
     from running_mutes($1) order by until, id`,
    [site],
  );
}

export interface DeviceMute {
  readonly id: number;
  readonly until: Date;
  readonly actor: string;
}

/** Of all messages about one device, those that run; the first to end first. */
export function mutesOfDevice(db: Db, site: string, device: number): Promise<DeviceMute[]> {
  return db.query<DeviceMute>(
    `select m.id, m.until, m.actor from mutes as m join sites as s on s.id = m.site_id
     where s.name = $1 and m.device_id = $2 and m.ended_at is null and m.until > clock_now()
     order by m.until, m.id`,
    [site, device],
  );
}
