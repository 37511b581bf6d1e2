/** `netureon prune`: housekeeping by the [retention] settings. Quiet when there was nothing to do. */
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
    const days = { log: config.retentionLogDays, history: config.retentionHistoryDays };
    const { discovery_log: scans, connections, alerts } = await prune(session, config.siteName, days, signal);
    if (scans + connections + alerts > 0)
      log.info('deleted what was too old', { scans, connections, alerts });
  } finally {
    await session.close();
  }
}
