/** `netureon alertd`: settings → channels, database, daemon; returns when the signal has stopped it. */
import { makeChannel } from '../../alertd/channels/registry.ts';
import { startDaemon } from '../../alertd/daemon.ts';
import { httpFetch } from '../../alertd/http-fetch.ts';
import { keepPinging } from '../../alertd/ping.ts';
import { defaultTuning } from '../../alertd/tuning.ts';
import { keepLog } from '../log-keeper.ts';
import { listen } from '../../store/listen.ts';
import { outboxOf } from '../../store/outbox.ts';
import type { Db } from '../../store/session.ts';
import { silenceWatch } from '../../store/silence.ts';
import { buttonsOf, serveTelegramBot } from './bot.ts';
import { composeOf } from './composing.ts';
import { APPLICATION, explained, openAlertdPool } from './database.ts';
import { UNSUPERVISED } from '../supervisor.ts';
import { redactSecrets, type AlertdDeps, type AlertdSettings } from './settings.ts';
import { declareTimeZone } from './time-zone.ts';

export type { AlertdDeps, AlertdSettings } from './settings.ts';

/** Channels need one for milliseconds at a time: they share. */
const MOST_CONNECTIONS = 3;

/** Rejects with NetureonError('database') when the database cannot be reached at the start; later it waits for it. */
export async function runAlertd(settings: AlertdSettings, deps: AlertdDeps): Promise<void> {
  const { log, fetch = httpFetch, supervisor = UNSUPERVISED } = deps;
  const { credentials, channels, pingUrl } = settings;
  const tuning = { ...defaultTuning, ...settings.tuning };
  redactSecrets(log, credentials);
  const openOurs = () => openAlertdPool(settings.databaseUrl, MOST_CONNECTIONS);
  let pool = openOurs();
  const db: Db = { query: (text, values) => pool.query(text, values) };
  const outbox = outboxOf(db, settings.site, deps.uuid());
  let listening = false;
  try {
    const timeZone = await declareTimeZone(db, settings, log).catch((error: unknown) => {
      throw explained(error);
    });
    const daemon = await startDaemon({
      ...deps,
      outbox,
      watch: silenceWatch(db, deps.clock),
      configured: channels,
      make: row => makeChannel(row, credentials, { fetch, ...buttonsOf(settings, db) }),
      compose: composeOf({ ...settings, timeZone }, db, deps),
      tuning,
      version: settings.version,
    }).catch((error: unknown) => {
      throw explained(error);
    });
    const served = daemon.channels();
    if (served.length === 0)
      log.warn('no channel is set up: alerts are kept, but nobody is told', {
        remedy:
          'set up [email], [telegram], [webhook], [ntfy] or [matrix], or add a channel: netureon channel add',
      });
    const listener = listen(settings.databaseUrl, {
      ...deps,
      channels: ['netureon_alerts'],
      application: `${APPLICATION} listener`,
      onNotify: (_channel, payload) => daemon.wake(payload),
      onConnected: () => {
        // What cut the listener off has probably cut these off as well; finding out would cost a timeout for each.
        if (listening) {
          const old = pool;
          pool = openOurs();
          void old.close().catch(() => undefined);
        }
        listening = true;
        daemon.connected();
      },
    });
    log.info('alertd is ready', { channels: served.join(' ') });
    supervisor.ready();
    const unwatch = supervisor.watch({ hanging: () => daemon.pulse.hanging(), status: daemon.status });
    deps.signal.addEventListener('abort', () => supervisor.stopping(), { once: true });
    const bot = serveTelegramBot({ ...settings, timeZone }, { ...deps, db, fetch });
    const pinging =
      pingUrl === undefined
        ? undefined
        : keepPinging({
            ...deps,
            fetch,
            url: pingUrl,
            trouble: () => outbox.trouble(tuning.failingMs),
            everyMs: tuning.pingMs,
            timeoutMs: tuning.pingTimeoutMs,
            beat: daemon.pulse.loop('ping'),
          });
    const keeping = deps.kept && keepLog(deps.kept, db, { site: settings.site, service: 'alertd' }, deps);
    await Promise.all([daemon.done, pinging, bot, keeping]);
    unwatch();
    await listener.close();
    log.info('alertd has stopped');
  } finally {
    await pool.close();
  }
}
