/** When a device was here. */
import { presenceSentence, watchSentence, type PresenceReason } from '../../../store/presence-reason.ts';
import { english } from '../numbers.ts';

const { count, num } = english;

export const devicePresence = {
  title: 'Presence',
  /** Why it is said to be here, quiet or gone; without capital and full stop. */
  reason: (reason: PresenceReason) => presenceSentence(reason),
  watched: (reason: PresenceReason) => watchSentence(reason),
  ranges: 'How far back',
  day: '24 h',
  week: '7 days',
  month: '30 days',
  year: '12 months',
  from: 'From',
  to: 'To',
  show: 'Show',
  zone: (zone: string) => `Times of ${zone}.`,
  badRange: 'There is no such range; this is the last day.',
  badTimes: 'Give a beginning and a later end, as 2026-11-20 09:00; of most two years. This is the last day.',
  all: 'in all',
  here: 'here',
  away: 'not here',
  unlooked: 'nobody looked',
  share: (percent: number, of: string) => `here ${percent} % of the time that somebody looked, ${of}`,
  neverLooked: 'nobody looked in this time',
  lane: (ip: string) => `at ${ip}`,
  moreLanes: (n: number) => `and ${count(n, 'more address', 'more addresses')} in this time`,
  span: (from: string, to: string, length: string) => `${from} to ${to} (${length})`,
  visits: (n: number) => `, ${num(n)} times`,
  asTable: 'As a table',
  asTableLatest: (n: number) => `As a table, the latest ${num(n)}`,
  until: 'Until',
  length: 'For',
  often: 'Times',
  none: 'It was not here in this time.',
  heat: 'When it is usually here: the last four weeks, by day and hour',
  heatHint: 'Share of the time that somebody looked, in percent.',
  heatDay: 'Day',
  heatCell: (day: string, hour: string, percent: number) => `${day} ${hour}: here ${percent} % of the time`,
};
