/** What alertd is told, and what it is given to work with. */
import type { LogKeeper } from '../log-keeper.ts';
import type { BotTuning } from '../../alertd/bot/bot.ts';
import type { ChannelRow, Credentials } from '../../alertd/channels/registry.ts';
import type { Fetch } from '../../alertd/http-fetch.ts';
import type { Tuning } from '../../alertd/tuning.ts';
import type { Clock } from '../../lib/clock.ts';
import { passwordsOf, type Log } from '../../lib/log.ts';
import type { Supervisor } from '../supervisor.ts';

export interface AlertdSettings {
  readonly databaseUrl: string;
  readonly site: string;
  readonly version: string;
  /** Those that the configuration names. */
  readonly channels: readonly ChannelRow[];
  readonly credentials: Credentials;
  readonly publicUrl?: string;
  /** IANA name; the times in messages are in it. */
  readonly timeZone: string;
  /** The configuration says so; otherwise what a person chose on the site goes before it. */
  readonly isTimeZoneConfigured?: boolean;
  /** Told every minute that all is well, or not. */
  readonly pingUrl?: string;
  readonly tuning?: Partial<Tuning>;
  /** Buttons and commands in Telegram; absent: they are switched off. */
  readonly bot?: { readonly tuning?: Partial<BotTuning> };
}

export interface AlertdDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Names this process among others. */
  readonly uuid: () => string;
  /** Who watches the daemon; nobody by default. */
  readonly supervisor?: Supervisor;
  /** Where its warnings are gathered for the site; nobody gathers them by default. */
  readonly kept?: LogKeeper;
  /** For what speaks HTTP. By default a small one over node:https: Node's own costs 10 MiB. */
  readonly fetch?: Fetch;
}

/** The configuration's secrets, out of every line that is logged from here on. */
export function redactSecrets(log: Log, { email, telegram, webhook, ntfy, matrix }: Credentials): void {
  const secrets = [
    ...(email === undefined ? [] : passwordsOf(email.url)),
    telegram?.token,
    webhook?.secret,
    ntfy?.token,
    matrix?.token,
  ];
  for (const secret of secrets) if (secret !== undefined) log.redact(secret);
}
