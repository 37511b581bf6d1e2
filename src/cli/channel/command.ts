/** `netureon channel`, but for `test`: each command is one call of the store. */
import { userInfo } from 'node:os';
import { text } from 'node:stream/consumers';
import { httpFetch } from '../../alertd/http-fetch.ts';
import { isUnusable, makeChannel } from '../../alertd/channels/registry.ts';
import { NetureonError } from '../../lib/errors.ts';
import { RECIPIENT_WORDS } from '../../store/channel-input.ts';
import { CHANNEL_KINDS, type ChannelKind } from '../../store/channel-kinds.ts';
import {
  addChannel,
  latestTries,
  listChannels,
  listOpenChannels,
  removeChannel,
  switchChannel,
  type ChannelOutcome,
  type SiteChannel,
} from '../../store/channels.ts';
import { openSession, type Db } from '../../store/session.ts';
import { coloursFor } from '../colours.ts';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { credentialsOf } from './configured.ts';
import { channelSheet, channelTable } from './table.ts';

const TRIES = 10;

export async function listCommand(context: Context, json: boolean): Promise<void> {
  const channels = await inSite(context, listOpenChannels);
  const bold = coloursFor(process.stdout).bold;
  process.stdout.write(json ? `${JSON.stringify(channels)}\n` : channelTable(channels, bold));
}

export async function showCommand(context: Context, name: string, json: boolean): Promise<void> {
  const found = await inSite(context, async (db, site) => {
    const channel = await called(db, site, name);
    return { channel, tries: await latestTries(db, site, channel.id, TRIES) };
  });
  const { channel, tries } = found;
  const bold = coloursFor(process.stdout).bold;
  process.stdout.write(
    json ? `${JSON.stringify({ ...channel, tries })}\n` : channelSheet(channel, tries, bold),
  );
}

export async function addCommand(
  context: Context,
  name: string,
  kind: string,
  recipients: readonly string[],
): Promise<void> {
  if (!isKind(kind))
    throw new NetureonError('usage', `${JSON.stringify(kind)} is no kind of channel`, {
      remedy: `kinds are: ${CHANNEL_KINDS.join(', ')}`,
    });
  const to = (await Promise.all(recipients.map(recipientFrom))).flat();
  const settings = { [RECIPIENT_WORDS[kind].key]: kind === 'email' ? to : to[0] };
  if (kind !== 'email' && to.length > 1)
    throw new NetureonError('usage', `a channel of this kind reaches one ${RECIPIENT_WORDS[kind].word}`, {
      remedy: 'add a channel for each',
    });
  const outcome = await inSite(context, (db, site) =>
    addChannel(db, site, { name, kind, settings }, actor()),
  );
  done(outcome, name);
  const made = await makeChannel({ name, kind, target: '', settings }, credentialsOf(context.config), {
    fetch: httpFetch,
  });
  if (isUnusable(made))
    context.log.warn(`nothing can be sent through it from here: ${made.problem}`, { channel: name });
  else made.close();
  process.stdout.write(`Channel ${name} is added. Try it: netureon channel test ${name}\n`);
}

/** What is a secret, such as the address of some webhooks, does not belong on a command line. */
async function recipientFrom(given: string): Promise<string[]> {
  if (given !== '-') return [given];
  return (await text(process.stdin)).split(/[\n,]/).flatMap(line => line.trim() || []);
}

export async function removeCommand(context: Context, name: string): Promise<void> {
  const outcome = await inSite(context, async (db, site) =>
    removeChannel(db, site, (await called(db, site, name)).id, actor()),
  );
  done(outcome, name);
  process.stdout.write(`Channel ${name} is removed. What waited for it is not sent.\n`);
}

export async function switchCommand(context: Context, name: string, on: boolean): Promise<void> {
  const outcome = await inSite(context, async (db, site) =>
    switchChannel(db, site, (await called(db, site, name)).id, on, actor()),
  );
  done(outcome, name);
  process.stdout.write(
    on
      ? `Channel ${name} is on. What it missed within a day and is still open is sent now.\n`
      : `Channel ${name} is off. What waited for it is not sent, unless it is on again within a day.\n`,
  );
}

function done(outcome: ChannelOutcome, name: string): void {
  if (outcome.kind === 'missing') throw unknown(name);
  if (outcome.kind === 'refused')
    throw new NetureonError('usage', outcome.reason.replace(/\.$/, ''), {
      remedy: 'see `netureon channel list`',
    });
}

async function called(db: Db, site: string, name: string): Promise<SiteChannel> {
  const found = (await listChannels(db, site)).find(one => one.name === name);
  if (found === undefined) throw unknown(name);
  return found;
}

function unknown(name: string): NetureonError {
  return new NetureonError('usage', `there is no channel ${name}`, { remedy: 'see `netureon channel list`' });
}

function isKind(kind: string): kind is ChannelKind {
  return CHANNEL_KINDS.some(known => known === kind);
}

function actor(): string {
  return userInfo().username;
}

async function inSite<T>({ config }: Context, work: (db: Db, site: string) => Promise<T>): Promise<T> {
  const session = await openSession(databaseUrl(config), {
    application: 'netureon channel',
    actor: userInfo().username,
  });
  try {
    return await work(session, config.siteName);
  } finally {
    await session.close();
  }
}
