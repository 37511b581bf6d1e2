/** `netureon alertd`: settings → channels, database, daemon; returns when the signal has stopped it. */
import type { Channel } from '../../alertd/channels/channel.ts';
import { startDaemon } from '../../alertd/daemon.ts';
import { defaultCompose } from '../../message/compose.ts';
import { whenFormat } from '../../message/when.ts';
import { defaultTuning, type Tuning } from '../../alertd/tuning.ts';
import type { Clock } from '../../lib/clock.ts';
import { NetureonError } from '../../lib/errors.ts';
import { passwordsOf, type Log } from '../../lib/log.ts';
import { listen } from '../../store/listen.ts';
import { outboxOf } from '../../store/outbox.ts';
import { isSqlError, openPool, type Db } from '../../store/session.ts';
import { silenceWatch } from '../../store/silence.ts';

export interface AlertdSettings {
  readonly databaseUrl: string;
  readonly site: string;
  readonly version: string;
  readonly email?: { readonly url: string; readonly from: string; readonly to: readonly string[] };
  readonly telegram?: {
    readonly token: string;
    readonly chatIds: readonly (string | number)[];
    readonly apiRoot?: string;
  };
  readonly publicUrl?: string;
  /** IANA name; the times in messages are in it. */
  readonly timeZone: string;
  readonly tuning?: Partial<Tuning>;
}

export interface AlertdDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** For Telegram; Node's own by default. */
  readonly fetch?: typeof fetch;
}

/** Makes the database's channels those of the configuration, so that alerts raised before the daemon runs are queued. */
export async function declareChannels(settings: AlertdSettings, deps: AlertdDeps): Promise<void> {
  const channels = await channelsOf(settings, deps);
  const pool = openPool(settings.databaseUrl, {
    application: 'netureon alertd',
    max: 1,
    queryTimeoutMs: QUERY_TIMEOUT_MS,
  });
  try {
    await outboxOf(pool, settings.site).syncChannels(
      channels.map(({ name, kind, target }) => ({ name, kind, target })),
    );
  } finally {
    await pool.close();
  }
}

/** A connection that does not answer within this is dropped: nothing else notices a half-open one. */
const QUERY_TIMEOUT_MS = 10_000;
/** Channels need one for milliseconds at a time: they share. */
const MOST_CONNECTIONS = 3;

/** Rejects with NetureonError('database') when the database cannot be reached at the start; later it waits for it. */
export async function runAlertd(settings: AlertdSettings, deps: AlertdDeps): Promise<void> {
  const { log } = deps;
  const channels = await channelsOf(settings, deps);
  if (channels.length === 0)
    log.warn('no channel is set up: alerts are kept, but nobody is told', {
      remedy: 'set [email] url, from and to, or [telegram] token and chat_ids',
    });
  const application = 'netureon alertd';
  const openOurs = () =>
    openPool(settings.databaseUrl, {
      application,
      max: Math.min(channels.length + 1, MOST_CONNECTIONS),
      queryTimeoutMs: QUERY_TIMEOUT_MS,
    });
  let pool = openOurs();
  const db: Db = { query: (text, values) => pool.query(text, values) };
  let listening = false;
  try {
    const daemon = await startDaemon({
      ...deps,
      outbox: outboxOf(db, settings.site),
      watch: silenceWatch(db, deps.clock),
      channels,
      compose: defaultCompose({
        site: settings.site,
        publicUrl: settings.publicUrl?.replace(/\/+$/, ''),
        when: whenFormat(settings.timeZone),
      }),
      tuning: { ...defaultTuning, ...settings.tuning },
      version: settings.version,
    }).catch((error: unknown) => {
      throw isSqlError(error) ? notPrepared(error) : error;
    });
    const listener = listen(settings.databaseUrl, {
      ...deps,
      channels: ['netureon_alerts'],
      application: `${application} listener`,
      onNotify: daemon.wake,
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
    log.info('alertd is ready', { channels: channels.map(({ name }) => name).join(' ') });
    await daemon.done;
    await listener.close();
    log.info('alertd has stopped');
  } finally {
    await pool.close();
  }
}

/** Each channel's library is loaded only where it is used: they are the larger part of the daemon's memory. */
async function channelsOf(
  { email, telegram, site }: AlertdSettings,
  { log, fetch = globalThis.fetch }: AlertdDeps,
): Promise<Channel[]> {
  const channels: Channel[] = [];
  if (email !== undefined) {
    for (const secret of passwordsOf(email.url)) log.redact(secret);
    const { emailChannel } = await import('../../alertd/channels/email.ts');
    channels.push(emailChannel({ ...email, site }));
  }
  if (telegram !== undefined) {
    const { token, chatIds, apiRoot } = telegram;
    log.redact(token);
    const { telegramChannel } = await import('../../alertd/channels/telegram.ts');
    const root = apiRoot === undefined ? {} : { apiRoot };
    channels.push(
      ...chatIds.map(chatId => telegramChannel({ token, chatId: String(chatId), fetch, ...root })),
    );
  }
  return channels;
}

/** A missing function or a missing right: this database was not migrated, or the user is not the one meant for us. */
function notPrepared(cause: Error): NetureonError {
  return new NetureonError('database', `the database is not ready for alertd: ${cause.message}`, {
    cause,
    remedy: 'run “netureon migrate”, and connect as netureon_alertd or as the owner',
  });
}
