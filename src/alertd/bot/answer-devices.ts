/** /devices [search] */
import { count } from '../../lib/text.ts';
import { bold, code, line, listing, plain } from '../../message/telegram-lines.ts';
import { listDevices } from '../../store/site-devices.ts';
import { readStatus } from '../../store/site-status.ts';
import type { Asked } from './commands.ts';
import { deviceLine } from './find-device.ts';

/** More lines do not fit into a message. */
const MOST = 100;

export async function answerDevices({ db, site, words, publicUrl }: Asked): Promise<string> {
  const query = { state: null, network: null, sort: 'address', limit: MOST, after: null } as const;
  if (words !== '') {
    const { rows, total } = await listDevices(db, site, { ...query, text: words, presence: null });
    const head =
      total === 0
        ? line('No device fits ', code(words), '.')
        : line(bold(count(total, 'device')), ' with ', code(words));
    return listing([head], rows.map(deviceLine), [], total);
  }
  const [status, here] = await Promise.all([
    readStatus(db, site),
    listDevices(db, site, { ...query, text: '', presence: 'here' }),
  ]);
  const head = line(
    bold(`${count(status.here, 'device')} here`),
    ` · ${status.quiet} quiet · ${status.new} new`,
  );
  const tail = publicUrl === undefined ? [] : [plain(''), plain(`${publicUrl}/devices`)];
  return listing([head], here.rows.map(deviceLine), tail, here.total);
}
