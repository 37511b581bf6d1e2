/** alertd with everything around it real: PostgreSQL, an SMTP server, a strict Telegram stand-in. */
import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { ChannelRow } from '../../src/alertd/channels/registry.ts';
import { runAlertd, type AlertdSettings } from '../../src/cli/alertd/run.ts';
import { startMailSink, type MailSink } from '../../src/lab/mail-sink.ts';
import { startTelegramSink, type TelegramSink } from '../../src/lab/telegram-sink.ts';
import type { Tuning } from '../../src/alertd/tuning.ts';
import { Wake } from '../../src/alertd/wake.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import { listen } from '../../src/store/listen.ts';
import type { Db } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { recordScan } from '../store/outbox-fixtures.ts';

export const TOKEN = `123456789:${'A'.repeat(35)}`;
export const CHAT = 4242;
/** Impatient, so that a test sees the second try. */
export const IMPATIENT: Partial<Tuning> = {
  retry: { baseMs: 60, capMs: 300, floorMs: 30 },
  database: { baseMs: 50, capMs: 200, floorMs: 20 },
  sendTimeoutMs: 30_000,
  stopMs: 60_000,
};

export function telegramRow(chat: number): ChannelRow {
  return {
    name: `telegram:${chat}`,
    kind: 'telegram',
    target: `chat ${chat}`,
    settings: { chatId: String(chat) },
  };
}

export interface Servers {
  readonly mail: MailSink;
  readonly telegram: TelegramSink;
  /** Of an alertd that sends through both. */
  readonly settings: (databaseUrl: string) => AlertdSettings;
}

export interface Around {
  readonly database: TestDatabase;
  readonly mail: MailSink;
  readonly telegram: TelegramSink;
  readonly settings: AlertdSettings;
  /** Told whenever the database tells its pages that something changed. */
  readonly changed: Wake;
}

/** A mail server and Telegram, gone when the test is over. */
export async function servers(): Promise<Servers> {
  const mail = await startMailSink({ clock: systemClock });
  const telegram = await startTelegramSink({ clock: systemClock, token: TOKEN, chatIds: [CHAT] });
  onTestFinished(async () => {
    await mail.close();
    await telegram.close();
  });
  return {
    mail,
    telegram,
    settings: databaseUrl => ({
      databaseUrl,
      site: 'default',
      version: '0.0.0-test',
      channels: [
        {
          name: 'email',
          kind: 'email',
          target: 'noc@example.test',
          settings: { to: ['noc@example.test'] },
        },
        telegramRow(CHAT),
      ],
      credentials: {
        site: 'default',
        email: { url: mail.url, from: 'netureon <alerts@netureon.test>' },
        telegram: { token: TOKEN, apiRoot: telegram.apiRoot },
      },
      publicUrl: 'https://netureon.example.test',
      timeZone: 'UTC',
      tuning: IMPATIENT,
    }),
  };
}

/** A database whose baseline is already recorded, and both servers; all gone when the test is over. */
export async function around(): Promise<Around> {
  const database = await freshDatabase();
  const changed = new Wake();
  const listener = listen(database.url, {
    channels: ['netureon_changes'],
    application: 'test',
    onNotify: () => changed.notify(),
    onConnected: () => changed.notify(),
    log: createLog(() => undefined),
    clock: systemClock,
    random: Math.random,
  });
  onTestFinished(async () => {
    await listener.close();
    await database.drop();
  });
  const { mail, telegram, settings } = await servers();
  await recordScan(database.pool, []);
  // Or it would be told to the channels that come: nobody had heard of it.
  await database.pool.query('update alerts set resolved_at = now()');
  return { database, mail, telegram, changed, settings: settings(database.urlAs('netureon_alertd')) };
}

export interface Running {
  readonly lines: readonly string[];
  /** Resolves with the first line that matches, past or future. */
  line(pattern: RegExp): Promise<string>;
  stop(): Promise<void>;
}

/** Runs in this process, until `stop` or the end of the test. Resolves when it is ready. */
export async function startAlertd(settings: AlertdSettings): Promise<Running> {
  const lines: string[] = [];
  const waiting = new Set<(line: string) => void>();
  const log = createLog(line => {
    lines.push(line);
    for (const tell of waiting) tell(line);
  }, 'debug');
  const stopping = new AbortController();
  const done = runAlertd(settings, {
    log,
    clock: systemClock,
    random: Math.random,
    uuid: randomUUID,
    signal: stopping.signal,
  });
  const stop = () => {
    stopping.abort();
    return done;
  };
  const line = (pattern: RegExp) => {
    const found = lines.find(one => pattern.test(one));
    if (found !== undefined) return Promise.resolve(found);
    return new Promise<string>(resolve => {
      const tell = (one: string) => {
        if (!pattern.test(one)) return;
        waiting.delete(tell);
        resolve(one);
      };
      waiting.add(tell);
    });
  };
  await Promise.race([line(/alertd is ready/), done]);
  onTestFinished(stop);
  return { lines, line, stop };
}

/** How many deliveries of each channel are in which state. The baseline's has no channel, and does not count. */
export async function deliveryStates(db: Db): Promise<{ channel: string; state: string; n: number }[]> {
  return db.query(
    `select c.name as channel, d.state, count(*)::int as n
     from deliveries as d join channels as c on c.id = d.channel_id group by 1, 2 order by 1, 2`,
  );
}

/** Resolves once `ready` holds: asked again whenever an alert is raised or a delivery marked. */
export async function eventually<T>(
  changed: Wake,
  ask: () => Promise<T>,
  ready: (value: T) => boolean,
): Promise<T> {
  for (;;) {
    const value = await ask();
    if (ready(value)) return value;
    await changed.wait(60_000, new AbortController().signal);
  }
}
