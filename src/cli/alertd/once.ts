/** `netureon alertd --once`: sends what is due and is done; for cron, and for whoever notices that no alertd runs. */
import { isUnusable, makeChannel } from '../../alertd/channels/registry.ts';
import { DatabaseHealth } from '../../alertd/database-health.ts';
import { Pulse } from '../../alertd/pulse.ts';
import { defaultTuning } from '../../alertd/tuning.ts';
import { deliver } from '../../alertd/worker.ts';
import type { Compose } from '../../message/compose.ts';
import { outboxOf, type ServedChannel } from '../../store/outbox.ts';
import { composeOf } from './composing.ts';
import { explained, openAlertdPool } from './database.ts';
import { httpFetch } from '../../alertd/http-fetch.ts';
import { redactSecrets, type AlertdDeps, type AlertdSettings } from './settings.ts';

export interface Drained {
  /** Messages that their servers accepted. */
  readonly sent: number;
  /** Messages that were refused, or will have to be tried again; and channels that cannot be used though something waits. */
  readonly failed: number;
}

/**
 * Beside a running alertd it does no harm: each message is taken by one of the two.
 * @throws NetureonError('database') when the database cannot be reached
 */
export async function drainOnce(settings: AlertdSettings, deps: AlertdDeps): Promise<Drained> {
  redactSecrets(deps.log, settings.credentials);
  const pool = openAlertdPool(settings.databaseUrl, 2);
  try {
    const outbox = outboxOf(pool, settings.site, deps.uuid());
    await outbox.syncChannels(settings.channels, true).catch((error: unknown) => {
      throw explained(error);
    });
    const drained: Drained[] = [];
    const compose = composeOf(settings, pool, deps);
    for (const row of await outbox.channels())
      drained.push(await drainChannel(row, { settings, deps, outbox, compose }));
    await outbox.stopped();
    return {
      sent: drained.reduce((sum, { sent }) => sum + sent, 0),
      failed: drained.reduce((sum, { failed }) => sum + failed, 0),
    };
  } finally {
    await pool.close();
  }
}

async function drainChannel(
  row: ServedChannel,
  {
    settings,
    deps,
    outbox,
    compose,
  }: {
    settings: AlertdSettings;
    deps: AlertdDeps;
    outbox: ReturnType<typeof outboxOf>;
    compose: Compose;
  },
): Promise<Drained> {
  const { log, clock, random, signal, fetch = httpFetch } = deps;
  const channel = await makeChannel(row, settings.credentials, { fetch });
  if (isUnusable(channel)) {
    if ((await outbox.nextDueMs(row.name)) !== 0) return { sent: 0, failed: 0 };
    log.warn('this channel cannot be used', { channel: row.name, problem: channel.problem });
    return { sent: 0, failed: 1 };
  }
  const tuning = { ...defaultTuning, ...settings.tuning };
  const options = {
    ...deps,
    outbox,
    channel,
    tuning,
    compose,
    health: new DatabaseHealth({ backoff: tuning.database, clock, random, log }),
    beat: new Pulse(clock).loop(row.name),
    giveUp: signal,
  };
  let sent = 0;
  let failed = 0;
  try {
    while (!signal.aborted) {
      const claim = await outbox.claim(row.name, tuning.leaseMs, tuning.batch);
      if (claim === undefined) break;
      const { outcome, pauseMs } = await deliver(options, claim);
      if (outcome === 'accepted') sent += 1;
      else failed += 1;
      if (pauseMs > 0) break; // nothing gets through there at the moment
    }
  } finally {
    channel.close();
  }
  return { sent, failed };
}
