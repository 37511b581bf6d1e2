/** What speaks for an alert, in words: label and value. What a device or a server said is inert here. Pure. */
import { inert } from '../lib/text.ts';
import type { AlertDetail } from '../store/alert-detail.ts';
import type { en } from './text/en.ts';
import { amount } from './times.ts';
import { text as catalogue } from './visit.ts';
import { duration, shortVendor } from './words.ts';

export type Evidence = readonly [label: string, value: string];

type Words = (value: unknown) => string | undefined;

const text: Words = value => (typeof value === 'string' && value !== '' ? inert(value, 300) : undefined);
const number: Words = value => (typeof value === 'number' ? amount(value) : undefined);
const span: Words = value => (typeof value === 'number' ? duration(value) : undefined);
const vendor: Words = value => (typeof value === 'string' ? shortVendor(value) : undefined);
const yes =
  (word: 'random' | 'answers' | 'byPerson'): Words =>
  value =>
    value === true ? catalogue().evidence[word] : undefined;

/** Of many no more than this are named. */
const NAMED = 8;

/** `Anna's phone (3c:07:…)`; of a list, joined. */
const who: Words = value => {
  if (Array.isArray(value)) {
    const named = value.slice(0, NAMED).flatMap((one: unknown) => who(one) ?? []);
    if (named.length === 0) return undefined;
    const more = value.length - named.length;
    const all = named.join(', ');
    return more > 0 ? catalogue().evidence.andMore(all, more) : all;
  }
  if (typeof value === 'string') return text(value);
  if (typeof value !== 'object' || value === null) return undefined;
  const of = (key: string) =>
    key in value ? text(Object.entries(value).find(([k]) => k === key)?.[1]) : undefined;
  const label = of('name') ?? of('ip');
  const mac = of('mac');
  if (label === undefined) return mac;
  return mac === undefined || label.includes(mac) ? label : `${label} (${mac})`;
};

/** In the order in which they are shown. The keys are those of sql/migrations. */
const WORDS: readonly (readonly [key: keyof typeof en.evidence.labels, words: Words])[] = [
  ['problem', text],
  ['reason', text],
  ['vendor', vendor],
  ['random_mac', yes('random')],
  ['ip', text],
  ['old_ip', text],
  ['old_mac', text],
  ['old_answers', yes('answers')],
  ['new_macs', who],
  ['old', who],
  ['new', who],
  ['before', text],
  ['after', text],
  ['source', text],
  ['claimants', who],
  ['changes', value => (typeof value === 'number' ? catalogue().evidence.times(value) : undefined)],
  ['silent_ms', span],
  ['limit_ms', span],
  ['own_limit', yes('byPerson')],
  ['misses', value => (typeof value === 'number' ? catalogue().evidence.scans(value) : undefined)],
  ['away_ms', span],
  ['addresses', value => number(value) ?? who(value)],
  ['first', text],
  ['last', text],
  ['covers', number],
  ['unseen', number],
  ['peak', number],
  ['of_last_hour', number],
  ['held', number],
  ['gateway', text],
  ['port', number],
  ['service', text],
  ['total', number],
  ['devices', who],
];

export function evidenceOf(detail: AlertDetail): Evidence[] {
  return WORDS.flatMap(([key, words]) => {
    const value = words(detail[key]);
    return value === undefined ? [] : [[catalogue().evidence.labels[key], value] as const];
  });
}
