/** Alerts, their stories and mutes as people read them in a terminal. */
import { count, inert } from '../../lib/text.ts';
import type { Story } from '../../store/alert-story.ts';
import type { Mute } from '../../store/mutes.ts';
import type { Alert, AlertCounts } from '../../store/site-alerts.ts';
import { localTime } from '../local-time.ts';
import { zoneName } from '../site-zone.ts';
import { textTable } from '../text-table.ts';

export type Style = (text: string) => string;

export function alertTable(alerts: readonly Alert[], bold: Style): string {
  if (alerts.length === 0) return 'No such alerts.\n';
  const rows = alerts.map(alert => [
    String(alert.id),
    localTime(alert.openedAt),
    alert.severity,
    alert.state,
    alert.count > 1 ? `${alert.count}×` : '',
    alert.summary,
  ]);
  return textTable(['Alert', `Since (${zoneName()})`, 'Severity', 'State', '', 'What'], rows, bold);
}

/** `5 alerts open, 3 of them urgent; 1 acknowledged.`, `7 open, none urgent.` */
export function countLine({ urgent, other, acknowledged }: AlertCounts): string {
  const all = urgent + other;
  const besides = acknowledged > 0 ? `; ${acknowledged} acknowledged` : '';
  if (all === 0) return `No alert is open${besides}.\n`;
  const open = `${all} ${all === 1 ? 'alert' : 'alerts'} open`;
  return `${open}, ${urgent === 0 ? 'none' : urgent === all && all > 1 ? 'all' : urgent} urgent${besides}.\n`;
}

export function storyText({ alert, steps }: Story, bold: Style, dim: Style): string {
  const facts = [
    alert.severityWas === null ? alert.severity : `${alert.severity} (raised as ${alert.severityWas})`,
    alert.kind,
    ...(alert.network === null ? [] : [alert.network]),
    alert.state,
    `times in ${zoneName()}`,
  ];
  const lines = steps.flatMap(({ at, text, detail }) => {
    const time = at === null ? ' '.repeat(19) : localTime(at);
    // Each on a line of its own: it was said by a server.
    const said = detail === null ? [] : [`${' '.repeat(21)}${dim(inert(detail, 300))}`];
    return [`${dim(time)}  ${inert(text, 500)}`, ...said];
  });
  return [bold(`Alert ${alert.id}: ${inert(alert.summary, 300)}`), facts.join(' · '), '', ...lines, ''].join(
    '\n',
  );
}

export function muteTable(mutes: readonly Mute[], bold: Style): string {
  if (mutes.length === 0) return 'Nothing is muted.\n';
  const rows = mutes.map(mute => [
    String(mute.id),
    whatOf(mute),
    localTime(mute.until),
    count(mute.withheld, 'alert'),
    mute.actor,
    mute.note,
  ]);
  return textTable(['Mute', 'What', `Until (${zoneName()})`, 'Withheld', 'By', 'Note'], rows, bold);
}

function whatOf({ device, kind, network, channel }: Mute): string {
  const parts = [
    ...(kind === null ? [] : [kind]),
    ...(device === null ? [] : [`of ${device}`]),
    ...(network === null ? [] : [`on ${network}`]),
    ...(channel === null ? [] : [`through ${channel}`]),
  ];
  return parts.join(' ') || 'everything but what is critical';
}
