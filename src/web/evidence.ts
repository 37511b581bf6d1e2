/** What speaks for an alert, in words: label and value. What a device or a server said is inert here. Pure. */
import { count, inert } from '../lib/text.ts';
import type { AlertDetail } from '../store/alert-detail.ts';
import { duration, shortVendor } from './words.ts';

export type Evidence = readonly [label: string, value: string];

type Words = (value: unknown) => string | undefined;

const text: Words = value => (typeof value === 'string' && value !== '' ? inert(value, 300) : undefined);
const number: Words = value => (typeof value === 'number' ? value.toLocaleString('en-US') : undefined);
const span: Words = value => (typeof value === 'number' ? duration(value) : undefined);
const vendor: Words = value => (typeof value === 'string' ? shortVendor(value) : undefined);
const yes =
  (word: string): Words =>
  value =>
    value === true ? word : undefined;

/** Of many no more than this are named. */
const NAMED = 8;

/** `Anna's phone (3c:07:…)`; of a list, joined. */
const who: Words = value => {
  if (Array.isArray(value)) {
    const named = value.slice(0, NAMED).flatMap((one: unknown) => who(one) ?? []);
    if (named.length === 0) return undefined;
    const more = value.length - named.length;
    return `${named.join(', ')}${more > 0 ? ` and ${more.toLocaleString('en-US')} more` : ''}`;
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
const WORDS: readonly (readonly [key: string, label: string, words: Words])[] = [
  ['problem', 'Reason', text],
  ['reason', 'Reason', text],
  ['vendor', 'Vendor', vendor],
  ['random_mac', 'MAC address', yes('random: the device chose it itself, and may change it')],
  ['ip', 'Address', text],
  ['old_ip', 'Gateway before', text],
  ['old_mac', 'MAC address before', text],
  ['old_answers', 'The one from before', yes('still answers')],
  ['new_macs', 'Claim to be the gateway', who],
  ['old', 'Before', who],
  ['new', 'Now', who],
  ['before', 'Before', text],
  ['after', 'Now', text],
  ['source', 'Heard by', text],
  ['claimants', 'Claim it', who],
  [
    'changes',
    'Changed hands lately',
    value => (typeof value === 'number' ? count(value, 'time') : undefined),
  ],
  ['silent_ms', 'Silent for', span],
  ['limit_ms', 'Allowed silence', span],
  ['own_limit', 'That limit', yes('was set by a person')],
  ['misses', 'Did not answer', value => (typeof value === 'number' ? count(value, 'scan') : undefined)],
  ['away_ms', 'Was away', span],
  ['addresses', 'Addresses', value => number(value) ?? who(value)],
  ['first', 'First address', text],
  ['last', 'Last address', text],
  ['covers', 'Known devices it answers for', number],
  ['unseen', 'MAC addresses never seen before', number],
  ['peak', 'Most at once', number],
  ['of_last_hour', 'Within the last hour', number],
  ['held', 'Not listed one by one', number],
  ['gateway', 'Gateway', text],
  ['port', 'Port', number],
  ['service', 'Service', text],
  ['total', 'Devices', number],
  ['devices', 'Among them', who],
];

export function evidenceOf(detail: AlertDetail): Evidence[] {
  return WORDS.flatMap(([key, label, words]) => {
    const value = words(detail[key]);
    return value === undefined ? [] : [[label, value] as const];
  });
}
