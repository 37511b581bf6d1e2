/**
 * `netureon channel test`: makes the channel right here, from the configuration and, where there is a database, from
 * what people added; sends one message, and says what its server said.
 */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Message, Outcome } from '../../alertd/channels/channel.ts';
import { isUnusable, makeChannel, type ChannelRow } from '../../alertd/channels/registry.ts';
import { httpFetch, type Fetch } from '../../alertd/http-fetch.ts';
import { messageOf, NetureonError } from '../../lib/errors.ts';
import { inert } from '../../lib/text.ts';
import { bareAlert } from '../../message/bare-alert.ts';
import { composeDigest } from '../../message/digest.ts';
import { whenFormat } from '../../message/when.ts';
import { listOpenChannels } from '../../store/channels.ts';
import type { OutboxAlert } from '../../store/outbox.ts';
import { openSession } from '../../store/session.ts';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { configuredChannels, credentialsOf } from './configured.ts';

export interface TestOptions {
  readonly name: string | undefined;
  readonly all: boolean;
  readonly json: boolean;
  readonly fetch?: Fetch;
}

interface Result {
  readonly name: string;
  readonly kind: string;
  readonly target: string;
  readonly outcome: Outcome['kind'] | 'unusable';
  /** The receipt, or the reason and what to do. */
  readonly said: string;
}

/** A person waits for it. */
const PATIENCE_MS = 30_000;

/** @returns 0 every message was accepted, 1 one was not, 2 a channel cannot be used */
export async function testCommand(context: Context, options: TestOptions): Promise<number> {
  const rows = await chosen(context, options);
  // Each has its own patience, and none waits for another.
  const results = await Promise.all(rows.map(row => tryOne(context, row, options.fetch ?? httpFetch)));
  process.stdout.write(options.json ? `${JSON.stringify(results)}\n` : results.map(lineOf).join(''));
  if (results.some(({ outcome }) => outcome === 'unusable')) return 2;
  return results.every(({ outcome }) => outcome === 'accepted') ? 0 : 1;
}

const WORDS: Readonly<Record<Result['outcome'], string>> = {
  accepted: 'accepted',
  retry: 'not accepted now',
  rejected: 'refused',
  unusable: 'cannot be used',
};

function lineOf({ name, outcome, said }: Result): string {
  return `${inert(name, 300)}: ${WORDS[outcome]}: ${inert(said, 1000)}\n`;
}

async function tryOne({ config, signal }: Context, row: ChannelRow, fetch: Fetch): Promise<Result> {
  const { name, kind, target } = row;
  const channel = await makeChannel(row, credentialsOf(config), { fetch });
  if (isUnusable(channel)) return { name, kind, target, outcome: 'unusable', said: channel.problem };
  try {
    const message = testMessage(config.siteName, config.webPublicUrl);
    const outcome = await channel.send(message, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]));
    const said = outcome.kind === 'accepted' ? outcome.receipt : outcome.reason;
    return { name, kind, target, outcome: outcome.kind, said };
  } finally {
    channel.close();
  }
}

function testMessage(site: string, publicUrl: string | undefined): Message {
  const now = new Date();
  const alerts = [testAlert(now)];
  const when = whenFormat(Intl.DateTimeFormat().resolvedOptions().timeZone);
  const digest = composeDigest(alerts, { site, publicUrl: publicUrl?.replace(/\/+$/, ''), when });
  return { key: randomUUID(), composedAt: now, alerts, digest };
}

function testAlert(now: Date): OutboxAlert {
  const { username } = userInfo();
  return bareAlert({
    kind: 'test',
    severity: 'info',
    summary: `Test message, asked for by ${username}`,
    detail: { by: username },
    openedAt: now,
    resolvedAt: now,
  });
}

async function chosen(context: Context, { name, all }: TestOptions): Promise<readonly ChannelRow[]> {
  const configured = configuredChannels(context.config);
  // One that the configuration has needs no database, which may be just what is not there.
  const inConfiguration = configured.filter(row => row.name === name);
  if (inConfiguration.length > 0) return inConfiguration;
  const { rows: ofPeople, trouble } = await channelsOfPeople(context);
  const rows = [...configured, ...ofPeople];
  if (trouble !== undefined && (all || name !== undefined))
    context.log.warn(`channels that people added are not known here: ${trouble}`);
  if (name !== undefined) {
    const found = rows.filter(row => row.name === name);
    if (found.length > 0) return found;
    throw new NetureonError('usage', `there is no channel ${name}`, { remedy: remedyFor(rows) });
  }
  if (rows.length === 0)
    throw new NetureonError('usage', 'there is no channel to try', { remedy: remedyFor(rows) });
  if (all || rows.length === 1) return rows;
  throw new NetureonError('usage', `there are ${rows.length} channels`, {
    remedy: `${remedyFor(rows)}, or use --all`,
  });
}

function remedyFor(rows: readonly ChannelRow[]): string {
  return rows.length === 0
    ? 'set one up in the configuration: see docs/ALERTS.md, “Channels”'
    : `name one of ${rows.map(({ name }) => name).join(', ')}`;
}

/** `trouble`: why the database could not be asked. */
async function channelsOfPeople({
  config,
}: Context): Promise<{ rows: readonly ChannelRow[]; trouble?: string }> {
  try {
    const session = await openSession(databaseUrl(config), { application: 'netureon channel' });
    try {
      const channels = await listOpenChannels(session, config.siteName);
      return { rows: channels.filter(({ origin }) => origin === 'person') };
    } finally {
      await session.close();
    }
  } catch (error) {
    return { rows: [], trouble: messageOf(error) };
  }
}
