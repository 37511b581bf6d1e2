/** A rule as people type it, into the page's form or on the command line: checked once, for both. */
import { parseDuration } from '../lib/duration.ts';
import { isTimeZone, momentIn } from '../lib/time-zone.ts';
import { ALERT_KINDS } from './alert-kinds.ts';
import { ruleDoubts } from './rule-doubts.ts';
import type { Rule, RuleInput } from './rules.ts';

/** What a rule may speak of; without it numbers are taken as they are. */
export interface RuleContext {
  readonly channels: readonly { readonly id: number; readonly name: string }[];
  readonly networks: readonly { readonly id: number; readonly cidr: string; readonly name: string | null }[];
  /** From the top. */
  readonly rules: readonly Rule[];
  /** What its devices have, each once and in order; left out: not looked up. */
  readonly devices?: KnownOfDevices;
  /** Of the site. */
  readonly timeZone: string | null;
  /** Which of them the rule in question is; null: it will be on top. */
  readonly id: number | null;
  readonly now: Date;
}

export interface KnownOfDevices {
  readonly owners: readonly string[];
  readonly kinds: readonly string[];
  readonly vendors: readonly string[];
}

export interface FieldProblem {
  /** Name of the field: see `RULE_FIELDS`. */
  readonly field: string;
  readonly problem: string;
}

export type CheckedRule =
  | { readonly input: RuleInput; readonly warnings: readonly string[] }
  | { readonly problems: readonly FieldProblem[] };

/** Lists may be repeated fields or text with commas. Left out or empty: no such condition or action. */
export type RuleFields = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The fields there are. enabled: `no` switches it off. days: `1` to `7`, `mon` to `sun`, `mon-fri`. hours, quiet:
 * `22:00-07:00`. randomMac, watched: `yes` or `no`. cooldown, group, escalateAfter: `10m`, `1h 30m`, `2d`. channels,
 * escalateTo: number or name. networks: number, CIDR or name. devices: numbers. expires: `2026-12-24` (its begin) or
 * `2026-12-24 18:00`, in the rule's zone.
 */
export const RULE_FIELDS = [
  'name', 'enabled', 'kinds', 'minSeverity', 'networks', 'devices', 'owners', 'deviceKinds', 'states', 'vendors',
  'randomMac', 'watched', 'days', 'hours', 'timeZone', 'action', 'channels', 'setSeverity', 'cooldown', 'group',
  'quiet', 'escalateAfter', 'escalateTo', 'expires',
] as const; // prettier-ignore

const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
const STATES = ['new', 'known', 'ignored', 'blocked', 'archived'] as const;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const MINUTE = 60;
const DAY = 86_400;

/** Tells every problem at once. Warnings are for what can be saved and is probably not what was meant. */
export function checkRule(fields: RuleFields, context?: RuleContext): CheckedRule {
  const problems: FieldProblem[] = [];
  const read = readers(fields, (field, problem) => void problems.push({ field, problem }));
  const known = new Set<string>(RULE_FIELDS);
  for (const field of Object.keys(fields))
    if (!known.has(field)) problems.push({ field, problem: `a rule has no ${JSON.stringify(field)}` });

  const timeZone = read.timeZone();
  const [fromTime, toTime] = read.hours('hours');
  const [quietFrom, quietTo] = read.hours('quiet');
  const escalateAfterS = read.duration('escalateAfter', MINUTE, 7 * DAY);
  const escalateTo = read.ids('escalateTo', 'channel', context?.channels.map(channelNames))?.[0] ?? null;
  if ((read.given('escalateAfter') === undefined) !== (read.given('escalateTo') === undefined))
    problems.push({
      field: escalateTo === null ? 'escalateTo' : 'escalateAfter',
      problem: 'say both after how long and to which channel, or neither',
    });
  const input: RuleInput = {
    name: read.name(),
    enabled: read.yesNo('enabled') ?? true,
    kinds: read.choices('kinds', ALERT_KINDS),
    minSeverity: read.choice('minSeverity', SEVERITIES) ?? 'info',
    networks: read.ids('networks', 'network', context?.networks.map(networkNames)),
    devices: read.ids('devices', 'device', undefined),
    owners: read.texts('owners', 200),
    deviceKinds: read.texts('deviceKinds', 60),
    states: read.choices('states', STATES),
    vendors: read.texts('vendors', 200),
    randomMac: read.yesNo('randomMac'),
    watched: read.yesNo('watched'),
    days: read.days(),
    fromTime,
    toTime,
    timeZone,
    action: read.choice('action', ['send', 'silence'] as const) ?? 'send',
    channels: read.ids('channels', 'channel', context?.channels.map(channelNames)),
    setSeverity: read.choice('setSeverity', SEVERITIES),
    cooldownS: read.duration('cooldown', 1, 366 * DAY),
    groupS: read.duration('group', 1, DAY),
    quietFrom,
    quietTo,
    escalateAfterS,
    escalateTo,
    expiresAt: read.moment('expires', timeZone ?? context?.timeZone ?? 'UTC'),
  };
  if (context?.rules.some(({ id, name }) => id !== context.id && name === input.name) === true)
    problems.push({ field: 'name', problem: `there is a rule called ${JSON.stringify(input.name)} already` });
  return problems.length > 0 ? { problems } : { input, warnings: ruleDoubts(input, context) };
}

interface Named {
  readonly id: number;
  readonly names: readonly string[];
}

const channelNames = ({ id, name }: RuleContext['channels'][number]): Named => ({ id, names: [name] });
const networkNames = ({ id, cidr, name }: RuleContext['networks'][number]): Named => ({
  id,
  names: name === null ? [cidr] : [cidr, name],
});

/** One way to read each sort of field; whatever is wrong goes to `problem`, and the field counts as empty. */
function readers(fields: RuleFields, problem: (field: string, problem: string) => void) {
  const list = (field: string): string[] | null => {
    const raw = fields[field];
    const items = (typeof raw === 'string' ? raw.split(/[,\n]/) : (raw ?? []))
      .map(item => item.trim())
      .filter(Boolean);
    return items.length > 0 ? [...new Set(items)] : null;
  };
  const given = (field: string): string | undefined => {
    const raw = fields[field];
    if (typeof raw === 'string' || raw === undefined) return raw?.trim() === '' ? undefined : raw?.trim();
    if (raw.length > 1) problem(field, 'is given more than once');
    return raw[0]?.trim() === '' ? undefined : raw[0]?.trim();
  };
  const choices = <const T extends string>(field: string, all: readonly T[]): T[] | null => {
    const items = list(field);
    const found = items?.flatMap(item => all.find(one => one === item.toLowerCase()) ?? []) ?? null;
    const unknown = items?.filter(item => !all.some(one => one === item.toLowerCase())) ?? [];
    if (unknown.length > 0) problem(field, `${quoted(unknown)} is none of ${all.join(', ')}`);
    return found !== null && found.length > 0 ? found : null;
  };
  return {
    given,
    choices,
    choice: <const T extends string>(field: string, all: readonly T[]): T | null => {
      const found = choices(field, all);
      if (found !== null && found.length > 1) problem(field, 'takes one only');
      return found?.[0] ?? null;
    },
    name: (): string => {
      const name = given('name') ?? '';
      if (name === '' || name.length > 100) problem('name', 'needs 1 to 100 characters');
      return name;
    },
    texts: (field: string, maxLength: number): string[] | null => {
      const items = list(field);
      if (items?.some(item => item.length > maxLength))
        problem(field, `takes at most ${maxLength} characters each`);
      if (items !== null && items.length > 100) problem(field, 'takes at most 100');
      return items;
    },
    yesNo: (field: string): boolean | null => {
      const text = given(field)?.toLowerCase();
      if (text === undefined) return null;
      if (['yes', 'on', 'true', '1'].includes(text)) return true;
      if (!['no', 'off', 'false', '0'].includes(text)) problem(field, 'takes yes or no');
      return false;
    },
    ids: (field: string, what: string, all: readonly Named[] | undefined): number[] | null => {
      const ids = list(field)?.flatMap(item => {
        const number = /^\d{1,15}$/.test(item) ? Number(item) : undefined;
        const found = all?.find(({ id, names }) => id === number || names.includes(item));
        if (found !== undefined) return found.id;
        if (all === undefined && number !== undefined) return number;
        problem(field, unknownOne(what, item, all));
        return [];
      });
      return ids !== undefined && ids.length > 0 ? [...new Set(ids)] : null;
    },
    days: (): number[] | null => daysOf(list('days'), text => problem('days', text)),
    hours: (field: string): readonly [string | null, string | null] => {
      const text = given(field);
      if (text === undefined) return [null, null];
      const [, from, to] = /^(\d{1,2}:\d{2})\s*(?:-|–|to)\s*(\d{1,2}:\d{2})$/.exec(text) ?? [];
      const [begin, end] = [clockTime(from), clockTime(to)];
      if (begin === undefined || end === undefined) problem(field, 'takes two times such as 22:00-07:00');
      else if (begin === end) problem(field, `begins and ends at ${begin}: leave it out if it is all day`);
      return [begin ?? null, end ?? null];
    },
    timeZone: (): string | null => {
      const zone = given('timeZone');
      if (zone === undefined) return null;
      if (!isTimeZone(zone))
        problem('timeZone', `${JSON.stringify(zone)} is no time zone; they look like Europe/Berlin`);
      return zone;
    },
    duration: (field: string, least: number, most: number): number | null => {
      const text = given(field);
      if (text === undefined) return null;
      const seconds = parseDuration(text);
      if (seconds === undefined) problem(field, 'takes a length of time such as 10m, 1h 30m or 2d');
      else if (seconds < least || seconds > most)
        problem(
          field,
          `takes ${least === MINUTE ? '1 minute' : '1 second'} to ${most === DAY ? '1 day' : `${most / DAY} days`}`,
        );
      return seconds ?? null;
    },
    moment: (field: string, zone: string): Date | null => {
      const text = given(field);
      if (text === undefined) return null;
      // What a program wrote has its offset with it.
      const exact = /^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})$/.test(text)
        ? new Date(text)
        : undefined;
      const at = exact ?? (isTimeZone(zone) ? momentIn(zone, text) : undefined);
      if (at === undefined || Number.isNaN(at.getTime())) {
        problem(field, 'takes a date such as 2026-12-24 or 2026-12-24 18:00');
        return null;
      }
      return at;
    },
  };
}

function quoted(items: readonly string[]): string {
  return items.map(item => JSON.stringify(item)).join(', ');
}

function unknownOne(what: string, item: string, all: readonly Named[] | undefined): string {
  const choice = all?.map(({ names }) => names[0] ?? '').join(', ') ?? '';
  return `there is no ${what} ${JSON.stringify(item)}${choice === '' ? '' : `: there is ${choice}`}`;
}

/** `7:05` becomes `07:05`; undefined: no time of a day. */
function clockTime(text: string | undefined): string | undefined {
  const padded = text?.padStart(5, '0');
  return padded !== undefined && /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(padded) ? padded : undefined;
}

function daysOf(items: readonly string[] | null, problem: (text: string) => void): number[] | null {
  const one = (text: string): number | undefined => {
    const number = /^[1-7]$/.test(text)
      ? Number(text)
      : DAYS.findIndex(day => text.toLowerCase().startsWith(day)) + 1;
    return number > 0 ? number : undefined;
  };
  const days = items?.flatMap(item => {
    const [first, last, ...more] = item.split(/\s*[-–]\s*/).map(one);
    if (first === undefined || more.length > 0 || (last === undefined && /[-–]/.test(item))) {
      problem(`${JSON.stringify(item)} is no day: they are mon to sun, or mon-fri`);
      return [];
    }
    if (last === undefined) return first;
    return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, i) => ((first - 1 + i) % 7) + 1);
  });
  return days !== undefined && days.length > 0 ? [...new Set(days)].toSorted((a, b) => a - b) : null;
}
