/** A rule in one sentence, as the page and the terminal show it: `New device, on 192.168.1.0/24: to anna, at once.` */
import { durationText } from '../lib/duration.ts';
import { inert } from '../lib/text.ts';
import type { AlertKind } from '../store/alert-kinds.ts';
import type { RuleInput } from '../store/rules.ts';

/** What people call what a rule names by its number; a number that is not there is shown as it is. */
export interface RuleNames {
  readonly channels: ReadonlyMap<number, string>;
  readonly networks: ReadonlyMap<number, string>;
  readonly devices: ReadonlyMap<number, string>;
}

/** What kinds of alerts are called in lists and sentences. */
export const KIND_WORDS: Readonly<Record<AlertKind, string>> = {
  gateway_changed: 'the gateway changed',
  blocked_device_seen: 'blocked device is here',
  ip_conflict: 'two claim one address',
  arp_flood: 'flood of invented addresses',
  network_outage: 'network fell silent',
  scan_failing: 'nobody is looking',
  sensor_silent: 'sensor is silent',
  service_silent: 'service is silent',
  channel_failing: 'channel is failing',
  device_down: 'watched device is gone',
  flip_flop: 'address goes to and fro',
  mac_changed: 'address changed hands',
  mac_reused: 'earlier holder is back',
  name_changed: 'device changed its name',
  port_opened: 'port was opened',
  proxy_arp: 'device answers for others',
  new_device: 'new device',
  device_back: 'watched device is back',
  mac_returned: 'back after half a year',
  ip_changed: 'device changed its address',
  baseline: 'first look',
  test: 'test message',
};

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
/** Of a longer list, so many are named. */
const NAMED = 6;

export function describeRule(rule: RuleInput, names: RuleNames): string {
  const conditions = [...aboutDevices(rule, names), ...aboutTime(rule)];
  const act = rule.action === 'silence' ? silence(rule, names) : send(rule, names);
  return `${capital([subject(rule), ...conditions].join(', '))}: ${act}.${ending(rule)}`;
}

function subject({ kinds, minSeverity }: RuleInput): string {
  const severity =
    minSeverity === 'info' ? '' : minSeverity === 'critical' ? ' if critical' : ` if ${minSeverity} or worse`;
  if (kinds === null) return minSeverity === 'info' ? 'every alert' : `every alert${severity}`;
  return listed(kinds.map(kind => `“${KIND_WORDS[kind]}”`)) + severity;
}

function aboutDevices(rule: RuleInput, names: RuleNames): string[] {
  const { devices, owners, states, deviceKinds, vendors, networks } = rule;
  const some = (items: readonly string[] | null, words: (list: string) => string) =>
    items === null
      ? []
      : [
          words(
            listed(
              items.map(item => inert(item, 60)),
              'or',
            ),
          ),
        ];
  const named = (ids: readonly number[] | null, all: ReadonlyMap<number, string>, word: string) =>
    ids?.map(id => all.get(id) ?? `${word} ${id}`) ?? null;
  return [
    ...some(named(devices, names.devices, 'device'), list => `of ${list}`),
    ...some(owners, list => `of devices of ${list}`),
    ...some(states, list => `of ${list} devices`),
    ...some(deviceKinds, list => `of devices of the kind ${list}`),
    ...some(vendors, list => `of devices by ${list}`),
    ...(rule.randomMac === null ? [] : [rule.randomMac ? 'with a random MAC' : 'without a random MAC']),
    ...(rule.watched === null
      ? []
      : [rule.watched ? 'of watched devices' : 'of devices that are not watched']),
    ...some(named(networks, names.networks, 'network'), list => `on ${list}`),
  ];
}

function aboutTime({ days, fromTime, toTime, timeZone }: RuleInput): string[] {
  if (days === null && fromTime === null) return [];
  const zone = timeZone === null ? '' : ` (${inert(timeZone, 60)})`;
  const hours = fromTime === null ? '' : `from ${fromTime} to ${toTime ?? ''}`;
  return [[days === null ? '' : dayWords(days), hours].filter(Boolean).join(' ') + zone];
}

/** `from Monday to Friday`; `on Saturday and Sunday` */
function dayWords(days: readonly number[]): string {
  const name = (day: number | undefined) => DAYS[(day ?? 1) - 1] ?? '';
  const first = days[0] ?? 1;
  const isRun = days.length > 2 && days.every((day, index) => day === first + index);
  return isRun ? `${name(first)} to ${name(days.at(-1))}` : `on ${listed(days.map(name))}`;
}

function silence(rule: RuleInput, names: RuleNames): string {
  return rule.channels === null
    ? 'nothing is sent'
    : `nothing is sent to ${channelsOf(rule.channels, names)}`;
}

function send(rule: RuleInput, names: RuleNames): string {
  const parts = [`to ${rule.channels === null ? 'every channel' : channelsOf(rule.channels, names)}`];
  parts.push(
    rule.groupS === null ? 'at once' : `together with what else comes within ${durationText(rule.groupS)}`,
  );
  if (rule.quietFrom !== null)
    parts.push(
      `held from ${rule.quietFrom} to ${rule.quietTo ?? ''}${rule.timeZone === null ? '' : ` (${inert(rule.timeZone, 60)})`} unless critical`,
    );
  if (rule.cooldownS !== null)
    parts.push(`at most once in ${durationText(rule.cooldownS)} for each device and kind`);
  if (rule.setSeverity !== null) parts.push(`as ${rule.setSeverity}`);
  const act = parts.join(', ');
  if (rule.escalateAfterS === null || rule.escalateTo === null) return act;
  const to = channelsOf([rule.escalateTo], names);
  return `${act}; if nobody acknowledges it within ${durationText(rule.escalateAfterS)}, also to ${to}`;
}

const ENDS = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
  timeZone: 'UTC',
});

function ending({ expiresAt }: RuleInput): string {
  return expiresAt === null ? '' : ` Ends on ${ENDS.format(expiresAt)} UTC.`;
}

function channelsOf(ids: readonly number[], { channels }: RuleNames): string {
  return listed(ids.map(id => inert(channels.get(id) ?? `channel ${id}, which is gone`, 60)));
}

/** `a`, `a and b`, `a, b and 3 more` */
function listed(items: readonly string[], word = 'and'): string {
  const shown = items.length > NAMED ? [...items.slice(0, NAMED), `${items.length - NAMED} more`] : items;
  const last = shown.at(-1) ?? '';
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} ${word} ${last}`;
}

/** After a quotation mark, too. */
function capital(text: string): string {
  return text.replace(/^“?./u, first => first.toUpperCase());
}
