/** The database is away: the channels of the configuration are told, by this process and without any row, now and then. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isUnusable, makeChannel, type ChannelRow } from '../../alertd/channels/registry.ts';
import type { Message } from '../../alertd/channels/channel.ts';
import { codeOf, messageOf, NetureonError } from '../../lib/errors.ts';
import { bareAlert } from '../../message/bare-alert.ts';
import { composeDigest } from '../../message/digest.ts';
import { whenFormat } from '../../message/when.ts';
import type { MonitorDeps, MonitorSettings } from './run.ts';

/** sent: somebody was told now. before: they were told lately. nobody: no channel of the configuration took it. */
export type Told = 'sent' | 'before' | 'nobody';

/** An outage that lasts is told again after this. */
const REPEAT_MS = 6 * 3600_000;
const SEND_MS = 45_000;

interface Memory {
  readonly since: Date;
  readonly toldAt: Date;
}

export async function tellOutage(
  problem: string,
  settings: MonitorSettings,
  deps: MonitorDeps,
): Promise<Told> {
  const now = deps.clock.now();
  const before = remembered(settings.memory);
  // A clock that was set back makes no reason to keep silent.
  const ago = before === undefined ? Infinity : now.getTime() - before.toldAt.getTime();
  if (before !== undefined && ago >= 0 && ago < REPEAT_MS) return 'before';
  if (settings.channels.length === 0) return 'nobody';
  // Written first: whoever cannot remember would tell it every minute.
  remember(settings.memory, { since: before?.since ?? now, toldAt: now });
  const message = outageMessage(problem, before?.since ?? now, settings, deps);
  const told = await Promise.all(settings.channels.map(row => send(row, message, settings, deps)));
  if (told.includes(true)) return 'sent';
  forgetOutage(settings.memory); // the next run tries again
  return 'nobody';
}

export function forgetOutage(memory: string): void {
  rmSync(memory, { force: true });
}

function outageMessage(problem: string, since: Date, settings: MonitorSettings, deps: MonitorDeps): Message {
  const summary = 'The database cannot be reached: nothing is recorded, and no alert is raised';
  const alert = bareAlert({
    kind: 'service_silent',
    severity: 'critical',
    summary,
    detail: { service: 'database', problem },
    openedAt: since,
  });
  // No links: the site has no database either.
  const context = { site: settings.site, publicUrl: undefined, when: whenFormat(settings.timeZone) };
  return {
    key: deps.uuid(),
    composedAt: deps.clock.now(),
    alerts: [alert],
    digest: composeDigest([alert], context),
  };
}

async function send(
  row: ChannelRow,
  message: Message,
  { credentials }: MonitorSettings,
  { clock, fetch, log, signal }: MonitorDeps,
): Promise<boolean> {
  const channel = await makeChannel(row, credentials, { fetch });
  if (isUnusable(channel)) {
    log.warn('this channel cannot be used', { channel: row.name, problem: channel.problem });
    return false;
  }
  const over = new AbortController();
  const sent = new AbortController();
  void clock.sleep(SEND_MS, sent.signal).then(() => over.abort());
  try {
    const outcome = await channel.send(message, AbortSignal.any([signal, over.signal]));
    if (outcome.kind === 'accepted') return true;
    log.warn('nobody could be told of the outage here', { channel: row.name, reason: outcome.reason });
    return false;
  } finally {
    sent.abort();
    channel.close();
  }
}

function remembered(memory: string): Memory | undefined {
  try {
    const { since, toldAt } = JSON.parse(readFileSync(memory, 'utf8')) as Record<string, unknown>;
    const [from, told] = [new Date(String(since)), new Date(String(toldAt))];
    return Number.isNaN(from.getTime() + told.getTime()) ? undefined : { since: from, toldAt: told };
  } catch (error) {
    // Nothing yet, or half a file of a run that was killed: as if nobody had been told.
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw unwritable(memory, error);
  }
}

function remember(memory: string, { since, toldAt }: Memory): void {
  try {
    mkdirSync(dirname(memory), { recursive: true, mode: 0o700 });
    writeFileSync(memory, `${JSON.stringify({ since, toldAt })}\n`, { mode: 0o600 });
  } catch (error) {
    throw unwritable(memory, error);
  }
}

function unwritable(memory: string, cause: unknown): NetureonError {
  return new NetureonError('permission', `${memory} cannot be used: ${messageOf(cause)}`, {
    remedy: 'run it as a user who may write there, or set STATE_DIRECTORY',
    cause,
  });
}
