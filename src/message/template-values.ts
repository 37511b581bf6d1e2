/** What a person's template is told: plain, inert text and numbers. Nothing known is null, which Liquid takes for false. */
import { inert } from '../lib/text.ts';
import type { OutboxAlert } from '../store/outbox.ts';
import { composeDigest, type Digest, type RenderContext } from './digest.ts';
import type { Values } from './liquid.ts';
import { mailText } from './mail-text.ts';

/** A message of thousands is a list that nobody reads; a template's has an end, as the default one's has. */
const LISTED = 200;

interface Variable {
  readonly name: string;
  readonly meaning: string;
}

const ALERT: readonly Variable[] = [
  { name: 'id', meaning: 'its number' },
  { name: 'kind', meaning: 'what it is: new_device, device_down, …' },
  { name: 'severity', meaning: 'info, low, medium, high or critical' },
  { name: 'title', meaning: 'the first line of the default text' },
  { name: 'summary', meaning: 'one sentence, as the alerts page has it' },
  { name: 'advice', meaning: 'what to do next' },
  { name: 'link', meaning: 'the page where to do it; nothing without public_url' },
  { name: 'network', meaning: 'the network it is about, in CIDR notation' },
  { name: 'opened', meaning: 'when it was raised, as people read it' },
  { name: 'opened_at', meaning: 'the same in ISO 8601, for the date filter' },
  { name: 'count', meaning: 'how often it has happened since' },
  { name: 'over', meaning: 'true when it is over already' },
  { name: 'over_at', meaning: 'when it ended, in ISO 8601' },
  { name: 'again', meaning: 'true when it was over and is back within a day' },
  { name: 'acknowledged', meaning: 'true when somebody has seen to it' },
  { name: 'escalation', meaning: 'true when it is told because nobody has' },
  { name: 'quiet', meaning: 'true when it was held for quiet hours' },
  { name: 'after_mute', meaning: 'true when a mute withheld it that has ended' },
];

const DEVICE: readonly Variable[] = [
  { name: 'id', meaning: 'its number' },
  { name: 'name', meaning: 'what people call it' },
  { name: 'vendor', meaning: 'who made it' },
  { name: 'mac', meaning: 'its MAC address' },
  { name: 'ip', meaning: 'its address' },
  { name: 'random_mac', meaning: 'true when its MAC address is a random one' },
  { name: 'state', meaning: 'new, known, ignored, blocked or archived' },
  { name: 'kind', meaning: 'what sort of device it is' },
  { name: 'owner', meaning: 'whose it is' },
  { name: 'link', meaning: 'its page; nothing without public_url' },
];

/** For who writes one. */
export const TEMPLATE_VARIABLES: readonly Variable[] = [
  { name: 'site', meaning: 'the name of the site' },
  { name: 'count', meaning: 'how many alerts the message has' },
  { name: 'link', meaning: 'where to see to the first; nothing without public_url' },
  { name: 'network', meaning: 'the network of the first' },
  { name: 'default_subject', meaning: 'the subject that would be used without a template' },
  { name: 'default_text', meaning: 'the text that would be sent without a template' },
  ...ALERT.map(({ name, meaning }) => ({ name: `alert.${name}`, meaning: `of the first alert: ${meaning}` })),
  ...DEVICE.map(({ name, meaning }) => ({
    name: `device.${name}`,
    meaning: `of the first alert: ${meaning}`,
  })),
  {
    name: 'alerts',
    meaning: `all alerts, at most ${LISTED}: {% for alert in alerts %} {{ alert.title }}, {{ alert.device.ip }} {% endfor %}`,
  },
];

/** @param alerts never empty; most urgent first @param digest of all of them */
export function valuesOf(alerts: readonly OutboxAlert[], digest: Digest, context: RenderContext): Values {
  const all = alerts.slice(0, LISTED).map(alert => alertValues(alert, context));
  const [first] = all;
  return {
    site: inert(context.site, 80),
    count: alerts.length,
    link: first?.['link'] ?? null,
    network: first?.['network'] ?? null,
    default_subject: digest.subject,
    default_text: mailText(digest),
    alert: first,
    device: first?.['device'],
    alerts: all,
  };
}

function alertValues(alert: OutboxAlert, context: RenderContext): Values {
  const [section] = composeDigest([alert], context).sections;
  return {
    id: alert.id,
    kind: alert.kind,
    severity: alert.severity,
    title: noAddress(section?.title ?? inert(alert.summary, 300)),
    summary: noAddress(inert(alert.summary, 300)),
    advice: section?.advice ?? null,
    link: section?.link ?? null,
    network: textOf(alert.network, 60),
    opened: context.when(alert.openedAt),
    opened_at: alert.openedAt.toISOString(),
    count: alert.count,
    over: alert.resolvedAt !== null,
    over_at: alert.resolvedAt?.toISOString() ?? null,
    again: alert.reopens !== null,
    acknowledged: alert.acknowledgedAt !== null,
    escalation: alert.escalation,
    quiet: alert.quiet,
    after_mute: alert.afterMute,
    device: deviceValues(alert, context),
  };
}

function deviceValues(alert: OutboxAlert, { publicUrl }: RenderContext): Values {
  const { deviceId } = alert;
  return {
    id: deviceId,
    name: textOf(alert.deviceName, 80),
    vendor: textOf(alert.vendor, 80),
    mac: textOf(alert.mac, 40),
    ip: textOf(alert.ip, 60),
    random_mac: alert.randomMac,
    state: textOf(alert.deviceState, 20),
    kind: textOf(alert.deviceKind, 80),
    owner: textOf(alert.owner, 80),
    link: publicUrl === undefined || deviceId === null ? null : `${publicUrl}/devices/${deviceId}`,
  };
}

function textOf(text: string | null, maxLength: number): string | null {
  return text === null || text === '' ? null : noAddress(inert(text, maxLength));
}

/** A template's own web addresses can be pressed; what a device calls itself must not pass for one. */
function noAddress(text: string): string {
  return text.replaceAll('://', ': //');
}
