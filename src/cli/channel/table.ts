/** Channels as people read them. */
import { count, inert } from '../../lib/text.ts';
import type { ChannelTry, SiteChannel } from '../../store/channels.ts';
import { localTime } from '../local-time.ts';
import { textTable } from '../text-table.ts';

type Bold = (text: string) => string;

export function channelTable(channels: readonly SiteChannel[], bold: Bold): string {
  if (channels.length === 0)
    return 'No channels: alerts are kept, but nobody is told. See docs/ALERTS.md, “Channels”.\n';
  const rows = channels.map(channel => [
    channel.name,
    channel.kind,
    channel.target,
    stateOf(channel),
    channel.acceptedAt === null ? 'never' : localTime(channel.acceptedAt),
    String(channel.waiting),
  ]);
  return textTable(['Channel', 'Kind', 'Reaches', 'State', 'Last accepted', 'Waiting'], rows, bold);
}

/** The most telling thing about it. */
function stateOf({ enabled, offAt, offBy, problem, failingSince }: SiteChannel): string {
  if (offAt !== null) return `off since ${localTime(offAt)}, by ${offBy ?? 'somebody'}`;
  if (problem !== null) return problem;
  if (!enabled) return 'no running alertd has it';
  return failingSince === null ? 'on' : `nothing gets through since ${localTime(failingSince)}`;
}

export function channelSheet(channel: SiteChannel, tries: readonly ChannelTry[], bold: Bold): string {
  const { name, kind, target, origin, acceptedAt, lastError, waiting } = channel;
  const facts: readonly (readonly [string, string])[] = [
    ['Kind', kind],
    ['Reaches', target],
    ['Made by', origin === 'config' ? 'the configuration' : 'a person'],
    ['State', stateOf(channel)],
    ['Last accepted', acceptedAt === null ? 'never' : localTime(acceptedAt)],
    ...(lastError === null ? [] : [['Last trouble', lastError] as const]),
    ['Waiting', count(waiting, 'alert')],
  ];
  const width = Math.max(...facts.map(([label]) => label.length)) + 2;
  const sheet = facts.map(([label, value]) => `${`${label}:`.padEnd(width)}${inert(value, 500)}\n`).join('');
  const rows = tries.map(({ at, attempt, ms, outcome, said }) => [
    localTime(at),
    String(attempt),
    ms === null ? '' : `${ms} ms`,
    OUTCOMES[outcome],
    said,
  ]);
  const history = textTable(['When', 'Try', 'Took', 'Outcome', 'What its server said'], rows, bold);
  return `${bold(inert(name, 80))}\n${sheet}${rows.length === 0 ? '' : `\n${history}`}`;
}

const OUTCOMES: Readonly<Record<ChannelTry['outcome'], string>> = {
  accepted: 'accepted',
  retry: 'later',
  rejected: 'refused',
  lost: 'unknown',
};
