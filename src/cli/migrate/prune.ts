/** `netureon prune`: housekeeping by the [retention] settings, for every site of the database. Quiet when there was nothing to do. */
import type { Config } from '../../config/schema.ts';
import type { Log } from '../../lib/log.ts';
import { prune } from '../../store/retention.ts';
import { openSession } from '../../store/session.ts';

export async function runPrune(
  url: string,
  config: Config,
  { log, signal }: { log: Log; signal: AbortSignal },
): Promise<void> {
  const session = await openSession(url, { application: 'netureon prune' });
  try {
    const days = {
      log: config.retentionLogDays,
      history: config.retentionHistoryDays,
      audit: config.retentionAuditDays,
    };
    const { archived, ...deleted } = await prune(session, days, signal);
    const found = Object.fromEntries(Object.entries(deleted).filter(([, n]) => n > 0));
    if (Object.keys(found).length > 0) log.info('deleted what was too old', found);
    if (archived > 0) log.info('put away devices that nobody decided about', { devices: archived });
  } finally {
    await session.close();
  }
}
