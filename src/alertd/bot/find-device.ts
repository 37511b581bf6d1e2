/** The device that a person means: by its address, MAC or name, in any spelling that finds one. */
import { isIP } from 'node:net';
import { inert } from '../../lib/text.ts';
import { code, line, listing, plain, type Line } from '../../message/telegram-lines.ts';
import { listDevices, type DeviceRow } from '../../store/site-devices.ts';
import type { Asked } from './commands.ts';

/** More namesakes than this are no list to choose from. */
const CHOICE = 10;

/** `reply`: none, or several, in words. */
export async function findDevice(
  { db, site }: Pick<Asked, 'db' | 'site'>,
  text: string,
): Promise<{ readonly device: DeviceRow } | { readonly reply: string }> {
  const { rows, total } = await listDevices(db, site, {
    text,
    state: null,
    presence: null,
    network: null,
    sort: 'address',
    limit: 50,
    after: null,
  });
  const [first, ...others] = exactly(rows, text);
  if (first !== undefined && others.length === 0) return { device: first };
  if (total === 0)
    return { reply: listing([line('No device is called ', code(text), ' or has that address.')], []) };
  return {
    reply: listing(
      [line('Which one? ', code(text), ` fits ${total}:`)],
      rows.slice(0, CHOICE).map(deviceLine),
      [],
      total,
    ),
  };
}

/** What fits exactly counts before what only contains it; of an address, who has it before who had it. */
function exactly(rows: readonly DeviceRow[], text: string): readonly DeviceRow[] {
  const wanted = text.toLowerCase();
  const same = rows.filter(({ name, called, ip, mac }) =>
    [name, called, ip, mac].some(one => one?.toLowerCase() === wanted),
  );
  const fitting = same.length > 0 ? same : isIP(text) === 0 ? rows : [];
  const present = fitting.filter(({ presence }) => presence !== 'gone');
  return present.length === 1 ? present : fitting;
}

/** As people know it. */
export function titleOf({ name, called, vendor, isRandomMac, id }: DeviceRow): string {
  const own = called === null ? null : `“${called}”`;
  return inert(name ?? own ?? vendor ?? (isRandomMac ? 'random MAC' : `device ${id}`), 60);
}

export function deviceLine(device: DeviceRow): Line {
  const { ip, mac, state, presence } = device;
  const marks = [presence === 'here' ? [] : [presence], state === 'known' ? [] : [state]].flat();
  return line(
    code(inert(ip ?? mac ?? 'no address', 45)),
    ` ${titleOf(device)}`,
    ...(marks.length === 0 ? [] : [plain(` (${marks.join(', ')})`)]),
  );
}
