/**
 * The device that a person means: by its address, MAC or name, in any spelling that finds one. What a device calls
 * itself is its own invention: a name that people gave counts before it, and alone it decides only where nothing else fits.
 */
import { isIP } from 'node:net';
import { formatMac, parseMac } from '../../lib/mac.ts';
import { inert } from '../../lib/text.ts';
import { code, line, listing, plain, type Line } from '../../message/telegram-lines.ts';
import { devicesCalled } from '../../store/bot.ts';
import { listDevices, type DeviceQuery, type DevicePage, type DeviceRow } from '../../store/site-devices.ts';
import type { Asked } from './commands.ts';

/** More namesakes than this are no list to choose from. */
const CHOICE = 10;

const ALL: Omit<DeviceQuery, 'text'> = {
  state: null,
  presence: null,
  network: null,
  sort: 'address',
  limit: 50,
  after: null,
};

/**
 * `reply`: none, or several, in words.
 * @param use to act, nothing may be in doubt: of an address that two have had, who has it now is not meant for sure
 */
export async function findDevice(
  { db, site }: Pick<Asked, 'db' | 'site'>,
  text: string,
  use: 'look' | 'act',
): Promise<{ readonly device: DeviceRow } | { readonly reply: string }> {
  const mac = parseMac(text);
  const meant = await devicesCalled(db, site, mac === undefined ? { name: text } : { mac: formatMac(mac) });
  const [only, second] = meant;
  if (only !== undefined && second === undefined && isIP(text) === 0) {
    const { rows } = await listDevices(db, site, { ...ALL, text: '', device: only });
    if (rows[0] !== undefined) return { device: rows[0] };
  }
  const page = await listDevices(db, site, { ...ALL, text });
  const fitting = isIP(text) === 0 ? page : havingAddress(page, text, use);
  const [first] = fitting.rows;
  if (first !== undefined && fitting.total === 1) return { device: first };
  return { reply: whichOne(page, text, meant) };
}

/** Of an address, who has it before who had it. */
function havingAddress(
  { rows }: DevicePage,
  ip: string,
  use: 'look' | 'act',
): Pick<DevicePage, 'rows' | 'total'> {
  const all = rows.filter(row => row.ip?.toLowerCase() === ip.toLowerCase());
  const present = all.filter(({ presence }) => presence !== 'gone');
  const fitting = use === 'look' && present.length === 1 ? present : all;
  return { rows: fitting, total: fitting.length };
}

function whichOne({ rows, total }: DevicePage, text: string, meant: readonly number[]): string {
  if (total === 0) return listing([line('No device is called ', code(text), ' or has that address.')], []);
  const rank = ({ id }: DeviceRow) => (meant.includes(id) ? 0 : 1);
  const first = rows.toSorted((a, b) => rank(a) - rank(b)).slice(0, CHOICE);
  return listing([line('Which one? ', code(text), ` fits ${total}:`)], first.map(choiceLine), [], total);
}

/** As people know it. */
export function titleOf({ name, called, vendor, isRandomMac, id }: DeviceRow): string {
  const own = called === null ? null : `“${called}”`;
  return inert(name ?? own ?? vendor ?? (isRandomMac ? 'random MAC' : `device ${id}`), 60);
}

export function deviceLine(device: DeviceRow): Line {
  const { ip, mac } = device;
  return line(code(inert(ip ?? mac ?? 'no address', 45)), ` ${titleOf(device)}`, ...marksOf(device));
}

/** With the MAC, by which it can be said. */
function choiceLine(device: DeviceRow): Line {
  const { ip, mac } = device;
  const own = mac === null || ip === null ? [] : [plain(' '), code(mac)];
  return line(code(inert(ip ?? mac ?? 'no address', 45)), ...own, ` ${titleOf(device)}`, ...marksOf(device));
}

function marksOf({ presence, state }: DeviceRow): Line[] {
  const marks = [presence === 'here' ? [] : [presence], state === 'known' ? [] : [state]].flat();
  return marks.length === 0 ? [] : [plain(` (${marks.join(', ')})`)];
}
