/** `netureon alert mute|mutes|unmute`. */
import { userInfo } from 'node:os';
import { systemClock } from '../../lib/clock.ts';
import { NetureonError } from '../../lib/errors.ts';
import { inert } from '../../lib/text.ts';
import { listChannels } from '../../store/channels.ts';
import type { Outcome } from '../../store/device-changes.ts';
import { listMutes, mute, unmute } from '../../store/mutes.ts';
import type { Db } from '../../store/session.ts';
import { coloursFor } from '../colours.ts';
import { textOf, type Options } from '../command-line.ts';
import type { Context } from '../context.ts';
import { localTime } from '../local-time.ts';
import { zoneName } from '../site-zone.ts';
import { deviceOf, endOf, kindOf, networkOf, numberOf } from './choose.ts';
import { asWeb } from './session.ts';
import { muteTable } from './text.ts';

const print = (text: string) => process.stdout.write(text);

export async function muteCommand(context: Context, options: Options): Promise<void> {
  const { siteName: site } = context.config;
  const [kind, device, network, channel] = ['kind', 'device', 'network', 'channel'].map(name =>
    textOf(options[name]),
  );
  const { outcome, until } = await asWeb(context, async db => {
    const end = endOf(textOf(options['for']), textOf(options['until']), systemClock.now());
    const made = await mute(db, site, {
      kind: kind === undefined ? null : kindOf(kind),
      deviceId: device === undefined ? null : await deviceOf(db, site, device),
      networkId: network === undefined ? null : await networkOf(db, site, network),
      channelId: channel === undefined ? null : await channelOf(db, site, channel),
      until: end,
      actor: userInfo().username,
      note: textOf(options['note']) ?? '',
    });
    return { outcome: made, until: end };
  });
  const id = numberIn(outcome, 'the mute was refused');
  if (options['json'] === true) print(`${JSON.stringify({ id, until })}\n`);
  else
    print(
      `Muted until ${localTime(until)} (${zoneName()}); \`netureon alert unmute ${id}\` ends it before.\n`,
    );
}

export async function mutesCommand(context: Context, json: boolean): Promise<void> {
  const mutes = await asWeb(context, db => listMutes(db, context.config.siteName));
  print(json ? `${JSON.stringify(mutes)}\n` : muteTable(mutes, coloursFor(process.stdout).bold));
}

export async function unmuteCommand(context: Context, wanted: string, json: boolean): Promise<void> {
  const id = numberOf('mute', wanted);
  const outcome = await asWeb(context, db => unmute(db, context.config.siteName, id, userInfo().username));
  if (outcome.kind !== 'unchanged') numberIn(outcome, `there is no mute ${id}`);
  if (json) print(`${JSON.stringify({ id, ended: outcome.kind === 'changed' })}\n`);
  else print(outcome.kind === 'changed' ? `Mute ${id} has ended.\n` : `Mute ${id} had ended already.\n`);
}

async function channelOf(db: Db, site: string, name: string): Promise<number> {
  const channels = await listChannels(db, site);
  const found = channels.find(one => one.name === name);
  if (found !== undefined) return found.id;
  throw new NetureonError('usage', `there is no channel ${inert(name, 80)}`, {
    remedy: `choose one of: ${channels.map(one => inert(one.name, 80)).join(', ') || 'none is set up'}`,
  });
}

function numberIn(outcome: Outcome, otherwise: string): number {
  if (outcome.kind === 'changed') return outcome.change;
  const why = outcome.kind === 'refused' ? outcome.why : otherwise;
  throw new NetureonError('usage', why, { remedy: 'see `netureon alert mutes`' });
}
