/** /alerts: the open ones. */
import { inert } from '../../lib/text.ts';
import { bold, line, listing, plain } from '../../message/telegram-lines.ts';
import { listAlerts } from '../../store/site-alerts.ts';
import type { Asked } from './commands.ts';

/** More do not fit into a message. */
const MOST = 50;

export async function answerAlerts({ db, site, when, publicUrl }: Asked): Promise<string> {
  const { rows, next } = await listAlerts(db, site, { status: 'open', before: null, limit: MOST });
  if (rows.length === 0) return listing([plain('No alert is open.')], []);
  const link = publicUrl === undefined ? [] : [plain(''), plain(`${publicUrl}/alerts`)];
  return listing(
    [bold(next === null ? `Open alerts: ${rows.length}` : `The latest ${rows.length} open alerts`)],
    rows.map(({ severity, summary, openedAt, count }) =>
      line(
        bold(severity),
        ` ${inert(summary, 200)}${count > 1 ? ` (${count} times)` : ''}, ${when(openedAt)}`,
      ),
    ),
    link,
  );
}
