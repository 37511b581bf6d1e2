/** From what a person asks for to SQL conditions on device_list, called `l` here. */
import { formatIpv6, parseIpv6 } from '../lib/ipv6.ts';
import { parseCidr } from '../lib/ipv4.ts';
import {
  DEVICE_STATES,
  NONE,
  PRESENCES,
  type DeviceFilter,
  type DeviceState,
  type Presence,
} from './device-query.ts';

/** Takes a value and returns its placeholder. */
export type Bind = (value: unknown) => string;

export const FACETS = [
  'presence',
  'state',
  'network',
  'vendor',
  'owner',
  'kind',
  'watched',
  'randomMac',
  'alert',
  'firstSeenDays',
] as const;
export type Facet = (typeof FACETS)[number];

/** Every condition of the filter. */
export function conditionsOf(filter: DeviceFilter, bind: Bind): string[] {
  if (filter.device !== undefined) return [`l.device_id = ${bind(filter.device)}::bigint`];
  const facets = FACETS.map(facet => facetCondition(facet, filter, bind));
  return [...facets.filter(condition => condition !== undefined), ...wordConditions(filter.text, bind)];
}

/** What one facet asks; undefined: nothing. */
export function facetCondition(facet: Facet, filter: DeviceFilter, bind: Bind): string | undefined {
  switch (facet) {
    case 'state': {
      const states = several<DeviceState>(filter.state);
      if (states.length > 0) return `l.state = any (${bind(states)}::text[])`;
      return /(?:^|\s)is:archived(?:\s|$)/i.test(filter.text) ? undefined : `l.state <> 'archived'`;
    }
    case 'presence': {
      const presences = several<Presence>(filter.presence);
      return presences.length === 0 ? undefined : `l.presence = any (${bind(presences)}::text[])`;
    }
    case 'network': {
      const networks = several<number>(filter.network);
      return networks.length === 0 ? undefined : `l.network_id = any (${bind(networks)}::bigint[])`;
    }
    case 'vendor':
    case 'owner':
    case 'kind':
      return keyed(`l.by_${facet}`, filter[facet] ?? [], bind);
    case 'watched':
      return yesNo('l.watched', filter.watched);
    case 'randomMac':
      return yesNo('l.is_random', filter.randomMac);
    case 'alert':
      return yesNo('l.alerts > 0', filter.alert);
    default:
      return filter.firstSeenDays == null
        ? undefined
        : `l.first_seen_at > (select clock_now()) - make_interval(days => ${bind(filter.firstSeenDays)})`;
  }
}

function several<T>(asked: T | readonly T[] | null): readonly T[] {
  return asked === null ? [] : ([asked].flat() as T[]);
}

function yesNo(condition: string, asked: boolean | null | undefined): string | undefined {
  return asked == null ? undefined : asked ? `(${condition})` : `not (${condition})`;
}

/** The sort key of a text column is the text folded, behind a 0; a 1 when there is none. */
function keyed(column: string, values: readonly string[], bind: Bind): string | undefined {
  if (values.length === 0) return undefined;
  const keys = values.map(value => (value === NONE ? `'1'` : `'0' || search_fold(${bind(value)})`));
  return `${column} in (${keys.join(', ')})`;
}

/** `owner:"anna maria"`, `"two words"`, `word`: what is in quotes stays together. */
export function wordsOf(text: string): { readonly field: string | null; readonly word: string }[] {
  const found: { field: string | null; word: string }[] = [];
  for (const token of text.match(/(?:[a-z]+:)?"[^"]+"|\S+/gi) ?? []) {
    const named = /^(name|owner|vendor|kind|is|ip|mac):(.+)$/i.exec(token);
    const word = (named?.[2] ?? token).replace(/^"(.*)"$/, '$1');
    found.push({ field: named?.[1]?.toLowerCase() ?? null, word });
  }
  return found;
}

/** Every word of a search has to be found somewhere. */
export function wordConditions(text: string, bind: Bind): string[] {
  return wordsOf(text).map(({ field, word }) => {
    switch (field) {
      case 'owner':
      case 'vendor':
      case 'kind':
      case 'name':
        return `l.by_${field} like '0' || ${pattern(word, bind)}`;
      case 'is':
        return state(word.toLowerCase()) ?? anywhere(`is:${word}`, bind);
      case 'ip':
        return address(word, bind);
      case 'mac':
        return mac(macDigits(word) ?? word, bind);
      default:
        return anywhere(word, bind);
    }
  });
}

function state(word: string): string | undefined {
  if (PRESENCES.some(presence => presence === word)) return `l.presence = '${word}'`;
  if (DEVICE_STATES.some(one => one === word)) return `l.state = '${word}'`;
  if (word === 'watched') return 'l.watched';
  if (word === 'random') return 'l.is_random';
  return word === 'alert' ? 'l.alerts > 0' : undefined;
}

function anywhere(word: string, bind: Bind): string {
  if (isCidr(word)) return address(word, bind);
  const found = `l.search like ${pattern(plainAddress(word), bind)}`;
  const digits = looksLikeAddress(word) ? undefined : macDigits(word);
  return digits === undefined ? found : `(${found} or ${mac(digits, bind)})`;
}

function address(word: string, bind: Bind): string {
  if (isCidr(word)) return `exists (select from unnest(l.addresses) as a where a <<= ${bind(word)}::inet)`;
  return `exists (select from unnest(l.addresses) as a where host(a) like ${pattern(plainAddress(word), bind)})`;
}

function mac(digits: string, bind: Bind): string {
  return `l.macs like ${pattern(digits, bind)}`;
}

function pattern(word: string, bind: Bind): string {
  return `'%' || search_fold(${bind(word.replace(/[\\%_]/g, '\\$&'))}) || '%'`;
}

function isCidr(word: string): boolean {
  if (parseCidr(word) !== undefined && word.includes('/')) return true;
  const [ip, prefix, ...more] = word.split('/');
  return (
    more.length === 0 &&
    prefix !== undefined &&
    /^\d{1,3}$/.test(prefix) &&
    Number(prefix) <= 128 &&
    parseIpv6(ip ?? '') !== undefined
  );
}

/** An IPv6 address in any notation as the database writes it; anything else as it is. */
function plainAddress(word: string): string {
  const ip = parseIpv6(word);
  return ip === undefined ? word : formatIpv6(ip);
}

/** `192.168.`, `10.0.0.7`: the beginning of an IPv4 address, and hardly of a MAC, whose octets have two digits. */
function looksLikeAddress(word: string): boolean {
  if (!/^\d{1,3}(?:\.\d{1,3}){1,3}\.?$/.test(word)) return false;
  return word.split('.').every(octet => Number(octet) <= 255 && !/^0\d/.test(octet));
}

/** The hex digits of a MAC or of a part of one, in any notation: `3C-07`, `3c:07:54`, `3c07.54`. */
export function macDigits(word: string): string | undefined {
  const digits = word.toLowerCase().replace(/[:.-]/g, '');
  return /^[0-9a-f]{2,12}$/.test(digits) ? digits : undefined;
}
