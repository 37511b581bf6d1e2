/**
 * A digest as HTML that old and strict mail readers show alike: nested tables, inline styles, nothing loaded from
 * anywhere. Colour is never the only sign.
 */
import { count } from '../lib/text.ts';
import type { AlertSeverity } from '../store/outbox.ts';
import type { DeviceRow } from './device-row.ts';
import type { Digest, Section } from './digest.ts';
import { escapeHtml as e } from './escape.ts';

// White text on these, and these on white, have a contrast of 4.5 or more (WCAG 2.2, 1.4.3).
const COLOUR: Readonly<Record<AlertSeverity, string>> = {
  info: '#1f5f8b',
  low: '#1f5f8b',
  medium: '#8a5a00',
  high: '#a3360b',
  critical: '#a3120b',
};
const FONT = "font-family:-apple-system,'Segoe UI',Helvetica,Arial,sans-serif";
const MUTED = 'color:#5a6270;font-size:13px';
// Repeated in every cell, and Gmail cuts a mail off after 102 KB: short. 200 rows have to fit.
const CELL = 'padding:5px 9px 5px 0;border-top:1px solid #e3e6ea;font:14px Arial,sans-serif';
const TABLE = 'role="presentation" cellpadding="0" cellspacing="0" border="0"';

export function mailHtml(digest: Digest): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${e(digest.subject)}</title>
</head>
<body style="margin:0;padding:0;background:#f4f5f7">
<table ${TABLE} width="100%" style="background:#f4f5f7"><tr><td align="center" style="padding:16px 8px">
<table ${TABLE} width="640" style="width:100%;max-width:640px;background:#ffffff;border:1px solid #d9dde3">
${digest.sections.map(sectionHtml).join('\n')}
<tr><td style="padding:12px 20px;border-top:1px solid #e3e6ea;${FONT};${MUTED}">${e(digest.footer)}</td></tr>
</table>
</td></tr></table>
</body>
</html>
`;
}

function sectionHtml(section: Section): string {
  const colour = COLOUR[section.severity];
  const more =
    section.more > 0
      ? `<p style="margin:8px 0 0;${FONT};font-size:15px">and ${e(count(section.more, 'more', 'more'))}</p>`
      : '';
  const button =
    section.link === undefined
      ? ''
      : `<table ${TABLE} style="margin-top:12px"><tr><td bgcolor="${colour}" style="background:${colour};padding:9px 16px"><a href="${e(section.link)}" style="color:#ffffff;text-decoration:none;${FONT};font-size:15px">${e(LINK_TEXT[section.kind] ?? 'Show it')}</a></td></tr></table>`;
  return `<tr><td style="padding:16px 20px;border-left:4px solid ${colour}">
<p style="margin:0;color:${colour};${FONT};font-size:13px">${e(SEVERITY_TEXT[section.severity])}</p>
<h1 style="margin:2px 0 10px;color:#1b1f24;${FONT};font-size:18px;line-height:24px">${e(section.title)}</h1>
${factsHtml(section.facts)}${devicesHtml(section)}${more}
<p style="margin:12px 0 0;color:#1b1f24;${FONT};font-size:15px;line-height:21px">${e(section.advice)}</p>
${button}
</td></tr>`;
}

const SEVERITY_TEXT: Readonly<Record<AlertSeverity, string>> = {
  info: 'For information',
  low: 'Low',
  medium: 'To decide',
  high: 'Needs attention',
  critical: 'Urgent',
};

/** Where the link leads is the advice's choice; kinds without words of their own say only that it shows more. */
const LINK_TEXT: Readonly<Partial<Record<Section['kind'], string>>> = {
  new_device: 'Accept, ignore or block',
  blocked_device_seen: 'Show the device',
  baseline: 'Go through the devices',
  scan_failing: 'Show the scans',
};

function factsHtml(facts: Section['facts']): string {
  if (facts.length === 0) return '';
  const rows = facts.map(
    ([label, value]) =>
      `<tr><th align="left" valign="top" width="110" scope="row" style="${CELL};${MUTED};font-weight:normal;white-space:nowrap">${e(label)}</th><td style="${CELL};font-size:15px;word-break:break-word">${e(value)}</td></tr>`,
  );
  return `<table cellpadding="0" cellspacing="0" border="0" width="100%">\n${rows.join('\n')}\n</table>`;
}

function devicesHtml({ devices, differs }: Section): string {
  if (devices.length === 0) return '';
  const titles = ['Device', 'Address', 'MAC address'];
  if (differs.network) titles.push('Network');
  if (differs.when) titles.push('Seen');
  const head = titles
    .map(title => `<th align="left" scope="col" style="${CELL};${MUTED};font-weight:normal">${title}</th>`)
    .join('');
  const rows = devices.map(device => {
    const cells = [deviceCell(device), e(device.ip), e(device.mac)];
    if (differs.network) cells.push(e(device.network));
    if (differs.when) cells.push(e(device.when));
    return `<tr>${cells.map(html => `<td style="${CELL}">${html}</td>`).join('')}</tr>`;
  });
  return `<table cellpadding="0" cellspacing="0" border="0" width="100%" style="margin-top:10px">\n<tr>${head}</tr>\n${rows.join('\n')}\n</table>`;
}

function deviceCell({ name, vendor, url }: DeviceRow): string {
  const text = name === null ? e(vendor) : `${e(name)} (${e(vendor)})`;
  return url === undefined ? text : `<a href="${e(url)}" style="color:#1f5f8b">${text}</a>`;
}
