/** What people name on the command line, as the store wants it. */
import { NetureonError } from '../../lib/errors.ts';
import { inert } from '../../lib/text.ts';
import { ALERT_KINDS, type AlertKind } from '../../store/alert-kinds.ts';
import type { Db } from '../../store/session.ts';
import { SEVERITIES, type AlertQuery, type Severity } from '../../store/site-alerts.ts';
import { listManagedNetworks } from '../../store/site-networks.ts';
import { MOMENTS, parseMoment } from '../../lib/moment.ts';
import { chooseNetwork } from '../network/choose.ts';
import { theDevice } from '../profile/jobs.ts';

const refused = (problem: string, remedy: string) => new NetureonError('usage', problem, { remedy });

function oneOf<const T extends string>(what: string, text: string, words: readonly T[]): T {
  const found = words.find(word => word === text);
  if (found !== undefined) return found;
  throw refused(`there is no ${what} ${inert(text, 80)}`, `choose one of: ${words.join(', ')}`);
}

export const kindOf = (text: string): AlertKind => oneOf('kind of alert', text, ALERT_KINDS);
export const severityOf = (text: string): Severity => oneOf('severity', text, SEVERITIES);
export const statusOf = (text: string): AlertQuery['status'] =>
  oneOf('state', text, ['open', 'acknowledged', 'resolved', 'all']);

/** @param what for the error: `alert`, `mute` */
export function numberOf(what: string, text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw refused(
    `${inert(text, 80)} is no number of ${what === 'alert' ? 'an' : 'a'} ${what}`,
    `see \`netureon alert ${what === 'alert' ? 'list' : 'mutes'}\``,
  );
}

export function limitOf(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw refused(`${inert(text, 80)} cannot be a limit`, 'use a number from 1 to 9999');
}

export function sinceOf(text: string, now: Date): Date {
  const at = parseMoment(text, now);
  if (at !== undefined) return at;
  throw refused(`${inert(text, 80)} is no time`, `write ${MOMENTS}`);
}

/** @param length `30m`, `1h30m`, `2d` @param until a moment to come; a time of day is the next one */
export function endOf(length: string | undefined, until: string | undefined, now: Date): Date {
  if ((length === undefined) === (until === undefined))
    throw refused('a mute needs one end', 'give either --for 8h or --until 07:00');
  if (length !== undefined) {
    const ago = /^(?:\d+[smhdw])+$/i.test(length) ? parseMoment(`-${length}`, now) : undefined;
    if (ago !== undefined && ago < now) return new Date(2 * now.getTime() - ago.getTime());
    throw refused(`${inert(length, 80)} is no length of time`, 'write 30m, 8h or 2d');
  }
  const at = parseMoment(until ?? '', now);
  if (at !== undefined && at <= now && /^\s*\d{1,2}:\d\d(?::\d\d)?\s*$/.test(until ?? ''))
    at.setDate(at.getDate() + 1);
  if (at !== undefined && at > now) return at;
  throw refused(`${inert(until ?? '', 80)} is no time to come`, 'write 07:00 or 2026-11-21 07:00');
}

export const deviceOf = (db: Db, site: string, text: string): Promise<number> => theDevice(db, site, text);

export async function networkOf(db: Db, site: string, text: string): Promise<number> {
  return chooseNetwork(await listManagedNetworks(db, site), text).id;
}
