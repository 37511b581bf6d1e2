/**
 * message: what is said to people, whatever carries it: alerts in, a digest without markup, and from that text, HTML
 * and templates. Pure; imports lib and the store's types. alertd sends what it makes, web previews it.
 *
 * This file: alerts → what there is to say, without any markup: the subject, and one section per kind of alert. Everything a
 * stranger's device chose is made inert here, once for all channels; escaping is left to each channel's renderer.
 */
import { count, inert } from '../lib/text.ts';
import { ALERT_KINDS, type AlertKind } from '../store/alert-kinds.ts';
import type { AlertSeverity, OutboxAlert } from '../store/outbox.ts';
import { actionsFor, MOST_WITH_ACTIONS, type Action, type UrlOf } from './actions.ts';
import { adviceFor } from './advice.ts';
import { devicesOf, type DeviceRow } from './device-row.ts';
import { cutAtWord, introOf, isOver, lowerOurs, shortTitle } from './life.ts';
import { titleOf } from './titles.ts';
import type { WhenFormat } from './when.ts';

export interface RenderContext {
  readonly site: string;
  /** Where the web site is reached, without a slash at the end; undefined: nobody said. */
  readonly publicUrl: string | undefined;
  readonly when: WhenFormat;
}

export interface Section {
  readonly kind: AlertKind;
  /** The alerts that it tells, oldest first. */
  readonly alertIds: readonly number[];
  readonly severity: AlertSeverity;
  /** All of it has ended by now. */
  readonly over: boolean;
  /** `New device Espressif Inc. at 192.168.1.77`; `100 new devices on 192.168.1.0/24`. */
  readonly title: string;
  /** Label and value: all about one device or problem, or what the listed devices have in common. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** At most LISTED; `more` says how many were left out. */
  readonly devices: readonly DeviceRow[];
  readonly more: number;
  /** What differs between the listed devices and belongs into their rows. */
  readonly differs: { readonly network: boolean; readonly when: boolean };
  /** What to do next. */
  readonly advice: string;
  /** Where to do it. */
  readonly link: string | undefined;
  /** For its first devices, or for itself: what can be done right from the message. Empty without public_url. */
  readonly choices: readonly Choice[];
}

export interface Choice {
  /** Which device it is about; null: the section is about one thing. */
  readonly device: DeviceRow | null;
  readonly alertId: number;
  readonly actions: readonly Action[];
}

export interface Digest {
  /** Short, most urgent first: `netureon: new device Espressif Inc. at 192.168.1.77, and 2 more alerts`. */
  readonly subject: string;
  /** Before anything else: that it was held for quiet hours or withheld by a mute, or that nobody has acknowledged it. */
  readonly intro: string | undefined;
  /** What all of it is about, where that is one device: readers keep such messages together. */
  readonly deviceId: number | null;
  readonly severity: AlertSeverity;
  /** Most urgent first; never empty. */
  readonly sections: readonly Section[];
  /** Which netureon says so; shown at the end. */
  readonly footer: string;
  /** Where the site is; undefined: nobody said. */
  readonly home: string | undefined;
}

/** More rows than this make no message better, and a mail of 10,000 would be a megabyte. */
const LISTED = 200;

/** These are about a device and nothing else: rows of one table say it all. Others have facts of their own. */
const SHARE_A_TABLE: ReadonlySet<AlertKind> = new Set([
  'new_device',
  'blocked_device_seen',
  'device_down',
  'device_back',
]);
/** Each network's has facts or a list of its own. */
const APART_ALWAYS: ReadonlySet<AlertKind> = new Set(['scan_failing', 'baseline']);
/** More than this many of one kind are told together, a line each. */
const APART = 5;
/** Each is one, and after a night they are many: what a channel cannot hold, it cuts and counts by itself. */
const LINES = 100;

const SEVERITIES: readonly AlertSeverity[] = ['info', 'low', 'medium', 'high', 'critical'];
const LONGEST_SUBJECT = 120;

/** @param urlOf where the links of an alert lead; undefined: the message has none that act */
export function composeDigest(alerts: readonly OutboxAlert[], context: RenderContext, urlOf?: UrlOf): Digest {
  const groups = groupsOf(alerts);
  let left = MOST_WITH_ACTIONS;
  const sections = groups.map(group => {
    const section = sectionOf(group, context, urlOf, left);
    left -= section.choices.length;
    return section;
  });
  const rest = alerts.length - (groups[0]?.length ?? 0);
  const sender = context.site === 'default' ? 'netureon' : `netureon ${context.site}`;
  const intro = introOf(alerts, groups[0] ?? [], context);
  const more = rest > 0 ? `, and ${count(rest, 'more alert')}` : '';
  const head = `${inert(sender, 40)}: ${intro?.subject ?? ''}`;
  const title = lowerOurs(shortTitleOf(groups[0] ?? [], context));
  const ids = new Set(alerts.map(({ deviceId }) => deviceId));
  return {
    subject: inert(
      `${head}${cutAtWord(title, LONGEST_SUBJECT - head.length - more.length)}${more}`,
      LONGEST_SUBJECT,
    ),
    intro: intro?.text,
    deviceId: ids.size === 1 ? (alerts[0]?.deviceId ?? null) : null,
    severity: highest(alerts),
    sections,
    home: context.publicUrl,
    footer:
      context.publicUrl === undefined
        ? `Sent by ${sender}. Set public_url in its [web] section to get links in these messages.`
        : `Sent by ${sender}, ${context.publicUrl}`,
  };
}

/** Alerts that are told together: of one kind, and all of them over or none. Most urgent first, what is over last. */
function groupsOf(alerts: readonly OutboxAlert[]): OutboxAlert[][] {
  const groups = [false, true].flatMap(over =>
    ALERT_KINDS.flatMap(kind => {
      const some = alerts.filter(alert => alert.kind === kind && isOver(alert) === over);
      if (some.length === 0) return [];
      return SHARE_A_TABLE.has(kind) || (!APART_ALWAYS.has(kind) && some.length > APART)
        ? [some]
        : some.map(alert => [alert]);
    }),
  );
  // Stable: among equals the order of kinds decides.
  return groups.toSorted((a, b) => urgency(b) - urgency(a));
}

function urgency(group: readonly OutboxAlert[]): number {
  const over = group.every(isOver);
  return (over ? 0 : SEVERITIES.length) + SEVERITIES.indexOf(highest(group));
}

function shortTitleOf(group: readonly OutboxAlert[], context: RenderContext): string {
  const { devices, total } = devicesOf(group, context);
  const short = devices.map(device => ({ ...device, title: shortTitle(device.title) }));
  return titleOf(group, short, total, context);
}

/** @param alerts of one kind */
function sectionOf(
  alerts: readonly OutboxAlert[],
  context: RenderContext,
  urlOf: UrlOf | undefined,
  mostChoices: number,
): Section {
  const kind = alerts[0]?.kind ?? 'new_device';
  const { devices, total } = devicesOf(alerts, context);
  const listed = devices.slice(0, LISTED);
  const [only] = listed;
  const single = kind !== 'baseline' && total === 1 ? only : undefined;
  const rows = single === undefined && (SHARE_A_TABLE.has(kind) || kind === 'baseline') ? listed : [];
  const differs = {
    network: listed.some(({ network }) => network !== only?.network),
    when: listed.some(({ when }) => when !== only?.when),
  };
  const common = only === undefined ? [] : commonFacts(only, differs, kind);
  return {
    kind,
    alertIds: alerts.map(({ id }) => id),
    severity: highest(alerts),
    over: alerts.every(isOver),
    title: titleOf(alerts, devices, total, context),
    facts: factsOf(alerts, single, common, context),
    devices: rows,
    more:
      SHARE_A_TABLE.has(kind) || kind === 'baseline'
        ? total - listed.length
        : Math.max(0, alerts.length - LINES),
    differs,
    ...adviceFor(kind, total, single?.url, alerts, context),
    choices: choicesOf(alerts, rows, urlOf).slice(0, mostChoices),
  };
}

/** Of one alert its own; of several that share a table those of each device. Lines without a device have none. */
function choicesOf(
  alerts: readonly OutboxAlert[],
  rows: readonly DeviceRow[],
  urlOf: UrlOf | undefined,
): Choice[] {
  const [only] = alerts;
  const about: (readonly [DeviceRow | null, OutboxAlert])[] =
    alerts.length === 1 && only !== undefined
      ? [[null, only]]
      : rows.map(device => [device, device.alert] as const);
  return about.flatMap(([device, alert]) => {
    const actions = actionsFor(alert, urlOf);
    return actions.length === 0 ? [] : [{ device, alertId: alert.id, actions }];
  });
}

function factsOf(
  alerts: readonly OutboxAlert[],
  single: DeviceRow | undefined,
  common: Section['facts'],
  context: RenderContext,
): Section['facts'] {
  const [first] = alerts;
  if (first === undefined || first.kind === 'baseline') return common;
  if (first.kind === 'scan_failing') return problemFacts(alerts, context);
  if (SHARE_A_TABLE.has(first.kind))
    return single === undefined ? common : [...deviceFacts(single, first.kind), ...endFacts(first, context)];
  if (alerts.length > 1)
    return alerts
      .slice(0, LINES)
      .map(alert => [context.when(alert.openedAt), inert(alert.summary, 160)] as const);
  const device =
    single === undefined ? [] : deviceFacts(single, first.kind).filter(([label]) => label !== SEEN);
  const network = single !== undefined || first.network === null ? [] : [['Network', first.network] as const];
  return [
    ...device,
    ...network,
    ...detailFacts(first),
    ['Since', context.when(first.openedAt)],
    ...endFacts(first, context),
  ];
}

function endFacts(alert: OutboxAlert, { when }: RenderContext): Section['facts'] {
  return isOver(alert) && alert.resolvedAt !== null ? [['Over since', when(alert.resolvedAt)]] : [];
}

function deviceFacts(device: DeviceRow, kind: AlertKind): Section['facts'] {
  return [
    ['Name', device.name ?? 'not named yet'],
    ['Vendor', device.vendor],
    ['MAC address', device.mac],
    ['IP address', device.ip],
    ['Network', device.network],
    [seenWord(kind), device.when],
  ];
}

function commonFacts(
  { network, when }: DeviceRow,
  differs: Section['differs'],
  kind: AlertKind,
): Section['facts'] {
  return [
    ...(differs.network ? [] : [['Network', network] as const]),
    ...(differs.when ? [] : [[seenWord(kind), when] as const]),
  ];
}

const SEEN = 'Seen';

function seenWord(kind: AlertKind): string {
  return kind === 'device_down' ? 'Last seen' : SEEN;
}

/** What an alert knows besides, where it has words that people understand. */
const DETAILS: readonly (readonly [key: string, label: string])[] = [
  ['before', 'Before'],
  ['after', 'Now'],
  ['reason', 'Reason'],
  ['problem', 'Reason'],
];

function detailFacts({ detail }: OutboxAlert): Section['facts'] {
  return DETAILS.flatMap(([key, label]) => {
    const value = detail[key];
    return typeof value === 'string' ? [[label, inert(value, 500)] as const] : [];
  });
}

function problemFacts(alerts: readonly OutboxAlert[], { when }: RenderContext): Section['facts'] {
  return alerts.flatMap(alert => {
    const problem = alert.detail['problem'];
    return [
      ['What happened', inert(alert.summary, 500)],
      ['Reason', inert(typeof problem === 'string' ? problem : 'unknown', 500)],
      ['Since', when(alert.openedAt)],
    ] as const;
  });
}

function highest(alerts: readonly OutboxAlert[]): AlertSeverity {
  return SEVERITIES.findLast(severity => alerts.some(alert => alert.severity === severity)) ?? 'info';
}
