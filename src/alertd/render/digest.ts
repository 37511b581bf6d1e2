/**
 * Alerts → what there is to say, without any markup: the subject, and one section per kind of alert. Everything a
 * stranger's device chose is made inert here, once for all channels; escaping is left to each channel's renderer.
 */
import { count, inert } from '../../lib/text.ts';
import { ALERT_KINDS, type AlertKind } from '../../store/alert-kinds.ts';
import type { AlertSeverity, OutboxAlert } from '../../store/outbox.ts';
import { devicesOf, type DeviceRow } from './device-row.ts';
import { adviceFor } from './advice.ts';
import type { WhenFormat } from './when.ts';

export interface RenderContext {
  readonly site: string;
  /** Where the web site is reached, without a slash at the end; undefined: nobody said. */
  readonly publicUrl: string | undefined;
  readonly when: WhenFormat;
}

export interface Section {
  readonly kind: AlertKind;
  readonly severity: AlertSeverity;
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
}

export interface Digest {
  readonly subject: string;
  readonly severity: AlertSeverity;
  /** Most urgent first; never empty. */
  readonly sections: readonly Section[];
  /** Which netureon says so; shown at the end. */
  readonly footer: string;
}

/** More rows than this make no message better, and a mail of 10,000 would be a megabyte. */
const LISTED = 200;

const SEVERITIES: readonly AlertSeverity[] = ['info', 'low', 'medium', 'high', 'critical'];

export function composeDigest(alerts: readonly OutboxAlert[], context: RenderContext): Digest {
  const groups = ALERT_KINDS.flatMap(kind => {
    const some = alerts.filter(alert => alert.kind === kind);
    // Each failing network and each baseline has facts of its own; devices share a table.
    if (kind === 'scan_failing' || kind === 'baseline') return some.map(alert => [alert]);
    return some.length === 0 ? [] : [some];
  });
  const sections = groups.map(group => sectionOf(group, context));
  const rest = alerts.length - (groups[0]?.length ?? 0);
  const sender = context.site === 'default' ? 'netureon' : `netureon ${context.site}`;
  const title = lowerFirst(sections[0]?.title ?? '');
  return {
    subject: inert(`${sender}: ${title}${rest > 0 ? `, and ${count(rest, 'more alert')}` : ''}`, 200),
    severity: highest(alerts),
    sections,
    footer:
      context.publicUrl === undefined
        ? `Sent by ${sender}. Set public_url in its [web] section to get links in these messages.`
        : `Sent by ${sender}, ${context.publicUrl}`,
  };
}

/** @param alerts of one kind */
function sectionOf(alerts: readonly OutboxAlert[], context: RenderContext): Section {
  const kind = alerts[0]?.kind ?? 'new_device';
  const { devices, total } = devicesOf(alerts, context);
  const listed = devices.slice(0, LISTED);
  const [only] = listed;
  const single = kind !== 'baseline' && total === 1 ? only : undefined;
  const differs = {
    network: listed.some(({ network }) => network !== only?.network),
    when: listed.some(({ when }) => when !== only?.when),
  };
  const common = only === undefined ? [] : commonFacts(only, differs);
  return {
    kind,
    severity: highest(alerts),
    title: titleOf(kind, alerts, devices, total),
    facts:
      kind === 'scan_failing'
        ? problemFacts(alerts, context)
        : single === undefined
          ? common
          : deviceFacts(single),
    devices: single === undefined ? listed : [],
    more: total - listed.length,
    differs,
    ...adviceFor(kind, total, single?.url, context),
  };
}

function titleOf(
  kind: AlertKind,
  alerts: readonly OutboxAlert[],
  devices: readonly DeviceRow[],
  total: number,
): string {
  const networks = new Set(alerts.flatMap(({ network }) => network ?? []));
  const where = networks.size === 1 ? [...networks].join('') : count(networks.size, 'network');
  const only = total === 1 ? devices[0] : undefined;
  if (kind === 'scan_failing') return `Nobody is looking at ${networks.size === 0 ? 'the network' : where}`;
  if (kind === 'baseline') return `First look at ${where}: ${count(total, 'device')}`;
  if (kind === 'new_device')
    return only === undefined
      ? `${count(total, 'new device')} on ${where}`
      : `New device ${only.title} at ${only.ip}`;
  if (kind === 'blocked_device_seen')
    return only === undefined
      ? `${count(total, 'blocked device')} here on ${where}`
      : `Blocked device ${only.title} is here at ${only.ip}`;
  const [first] = alerts;
  return alerts.length === 1 && first !== undefined
    ? inert(first.summary, 300)
    : `${count(alerts.length, 'alert')}: ${kind.replaceAll('_', ' ')}`;
}

function deviceFacts(device: DeviceRow): Section['facts'] {
  return [
    ['Name', device.name ?? 'not named yet'],
    ['Vendor', device.vendor],
    ['MAC address', device.mac],
    ['IP address', device.ip],
    ['Network', device.network],
    ['Seen', device.when],
  ];
}

function commonFacts({ network, when }: DeviceRow, differs: Section['differs']): Section['facts'] {
  return [
    ...(differs.network ? [] : [['Network', network] as const]),
    ...(differs.when ? [] : [['Seen', when] as const]),
  ];
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

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
