/** /who ADDRESS|MAC|NAME [TIME] */
import { isIP } from 'node:net';
import { MOMENTS, parseMoment } from '../../lib/moment.ts';
import { inert } from '../../lib/text.ts';
import { bold, code, line, listing, plain, type Line } from '../../message/telegram-lines.ts';
import { heldAt, knownTime, type Holder, type Holding, type Seen } from '../../store/as-of.ts';
import { connectionsOf, readDevice } from '../../store/site-device.ts';
import type { DeviceRow } from '../../store/site-devices.ts';
import { usageOf, type Asked } from './commands.ts';
import { findDevice, titleOf } from './find-device.ts';

const ADDRESSES = 10;

export async function answerWho(asked: Asked): Promise<string> {
  const { words } = asked;
  if (words === '') return listing([line('Whom? E.g. ', code(usageOf('who')))], []);
  const [first = '', ...rest] = words.split(' ');
  const time = rest.join(' ');
  if (isIP(first) === 0) return describe(asked, words);
  return time === '' ? whoHas(asked, first) : whoHad(asked, first, time);
}

/** Who has it now is described as a device; nobody, as history tells. */
async function whoHas(asked: Asked, ip: string): Promise<string> {
  const { now } = await knownTime(asked.db, asked.site);
  const rows = await heldAt(asked.db, asked.site, ip, now);
  const holder = rows.find(({ state }) => state === 'here' || state === 'quiet')?.device;
  if (holder == null) return history(asked, ip, rows);
  const found = await findDevice(asked, ip);
  return 'device' in found ? sheet(asked, found.device) : history(asked, ip, rows);
}

async function whoHad(asked: Asked, ip: string, time: string): Promise<string> {
  const { db, site, clock } = asked;
  const at = parseMoment(time, clock.now());
  if (at === undefined)
    return listing([line(code(time), ` is no time that can be read. Try ${MOMENTS}.`)], []);
  const { now } = await knownTime(db, site);
  if (at.getTime() > now.getTime() + 60_000)
    return listing([plain(`${asked.when(at)} is still to come.`)], []);
  return history(asked, ip, await heldAt(db, site, ip, at), at);
}

async function describe(asked: Asked, words: string): Promise<string> {
  const found = await findDevice(asked, words);
  return 'device' in found ? sheet(asked, found.device) : found.reply;
}

async function sheet({ db, site, when, publicUrl }: Asked, row: DeviceRow): Promise<string> {
  const [device, connections] = await Promise.all([
    readDevice(db, site, row.id),
    connectionsOf(db, site, row.id, ADDRESSES),
  ]);
  if (device === undefined) return listing([plain('That device is not there any more.')], []);
  const open = connections.filter(({ endedAt }) => endedAt === null);
  const shown = open.length > 0 ? open : connections.slice(0, 1);
  return listing(
    [
      line(
        bold(titleOf(row)),
        ` · ${device.presence} · ${device.state}${device.isWatched ? ' · watched' : ''}`,
      ),
      ...(device.owner === null ? [] : [plain(`Owner: ${inert(device.owner, 80)}`)]),
    ],
    [
      ...shown.map(({ ip, mac, network, startedAt, lastSeenAt }) =>
        line(
          code(ip),
          ' ',
          code(mac),
          ` on ${inert(network, 80)}, since ${when(startedAt)}${lastSeenAt === null ? '' : `, seen ${when(lastSeenAt)}`}`,
        ),
      ),
      ...device.macs.map(({ mac, vendor, isLocal }) =>
        line(code(mac), ` ${inert(vendor ?? (isLocal ? 'random MAC' : 'unknown vendor'), 80)}`),
      ),
      plain(`First seen ${when(device.firstSeenAt)}`),
    ],
    publicUrl === undefined ? [] : [plain(`${publicUrl}/devices/${device.id}`)],
  );
}

/** @param at undefined: now */
function history({ when }: Asked, ip: string, rows: readonly Holding[], at?: Date): string {
  const head = line(code(ip), at === undefined ? ' now' : ` at ${when(at)}`);
  return listing(
    [head],
    rows.every(({ network }) => network === null)
      ? [plain('That address is in no network that is looked at.')]
      : rows.map(row => holdingLine(row, when)),
  );
}

function holdingLine(row: Holding, when: (at: Date) => string): Line {
  const { state, device, startedAt, lastSeenAt, endedAt, before, after, network } = row;
  const where = network === null ? '' : ` (${inert(network, 60)})`;
  const earlier = before === null ? '' : ` Before: ${seenWords(before, when)}.`;
  if (state === 'nobody') return plain(`Nobody had it${where}.${earlier}`);
  if (state === 'not_looked') {
    const later = after === null ? '' : ` After: ${seenWords(after, when)}.`;
    return plain(`Nobody was looking${where}.${earlier}${later}`);
  }
  const since = startedAt === null ? '' : `, since ${when(startedAt)}`;
  const until = endedAt === null ? '' : `, until ${when(endedAt)}`;
  const seen = lastSeenAt === null ? '' : `, last seen ${when(lastSeenAt)}`;
  return line(
    bold(device === null ? 'somebody' : holderWords(device)),
    `, ${state}${where}${since}${until}${seen}.${earlier}`,
  );
}

function holderWords({ name, mac }: Holder): string {
  return inert(name ?? mac, 80);
}

function seenWords(who: Seen, when: (at: Date) => string): string {
  return `${holderWords(who)}, seen ${when(who.at)}`;
}
