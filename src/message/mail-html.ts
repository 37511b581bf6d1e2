/**
 * A digest as HTML that old and strict mail readers show alike: nested tables with widths as attributes, inline styles,
 * nothing loaded from anywhere; Outlook for Windows, which knows no max-width, gets a table of 640 px around it. Readers
 * that follow the system's dark mode find their colours in the one style block; those that turn colours round by
 * themselves start from plain ones. Colour is never the only sign.
 */
import { count } from '../lib/text.ts';
import type { AlertSeverity } from '../store/outbox.ts';
import type { Custom } from './compose.ts';
import type { DeviceRow } from './device-row.ts';
import type { Choice, Digest, Section } from './digest.ts';
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
const INK = 'color:#1b1f24';
const LINK = 'color:#1f5f8b';
// Repeated in every row, and Gmail cuts a mail off after 102 KB: short. 200 rows have to fit.
const CELL = 'padding:6px 9px 6px 0;border-top:1px solid #e3e6ea;font:14px/20px Arial,sans-serif';
const TABLE = 'role="presentation" cellpadding="0" cellspacing="0" border="0"';

// The same contrast on #1c2128. Elements, not classes: 200 rows would each have to name theirs.
const DARK = `@media (prefers-color-scheme:dark){body,.p{background:#0f1318!important}.c{background:#1c2128!important;border-color:#39414c!important}
h1,p,td{color:#e6e9ed!important}td,th{border-top-color:#39414c!important}th,.m{color:#a9b2be!important}a{color:#8ec7f2!important}a.b{color:#ffffff!important}.s{color:#f0b37e!important}}`;

/** @param custom a person's own text in place of the sections; what can be done and the footer stay */
export function mailHtml(digest: Digest, custom?: Custom): string {
  const { sections, footer } = digest;
  const body =
    custom === undefined ? [introHtml(digest), ...sections.map(sectionHtml)] : [customHtml(custom, digest)];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${e(custom?.subject ?? digest.subject)}</title>
<style>${DARK}</style>
</head>
<body style="margin:0;padding:0;background:#f4f5f7">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all;font-size:1px;line-height:1px">${e(preheader(digest, custom))}${'&#8199;&#847; '.repeat(30)}</div>
<table ${TABLE} width="100%" bgcolor="#f4f5f7" class="p" style="background:#f4f5f7"><tr><td align="center" style="padding:16px 8px">
<!--[if mso]><table ${TABLE} width="640"><tr><td><![endif]-->
<table ${TABLE} width="100%" bgcolor="#ffffff" class="c" style="max-width:640px;background:#ffffff;border:1px solid #d9dde3">
${body.filter(html => html !== '').join('\n')}
<tr><td align="left" class="m" style="padding:12px 20px;border-top:1px solid #e3e6ea;${FONT};${MUTED};line-height:19px"><span class="m">${e(footer)}</span></td></tr>
</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></table>
</body>
</html>
`;
}

/** What lists of mails show beside the subject: what the subject does not say. */
function preheader({ intro, sections }: Digest, custom: Custom | undefined): string {
  if (custom !== undefined) return custom.text.replaceAll(/\s+/g, ' ').slice(0, 140);
  const [first, ...others] = sections;
  const facts = (first?.facts ?? []).filter(([label]) => label !== 'Name').map(([, value]) => value);
  const named = (first?.devices ?? []).slice(0, 5).map(device => `${device.ip} ${nameOf(device)}`);
  return [intro, ...(named.length > 0 ? named : facts), ...others.map(({ title }) => title)]
    .filter(text => text !== undefined)
    .join(' · ')
    .slice(0, 140)
    .replace(/[\ud800-\udbff]$/, '');
}

function introHtml({ intro }: Digest): string {
  return intro === undefined
    ? ''
    : `<tr><td align="left" style="padding:14px 20px 0;${INK};${FONT};font-size:15px;line-height:21px"><b>${e(intro)}</b></td></tr>`;
}

function customHtml({ text }: Custom, { sections, severity, home }: Digest): string {
  const choices = sections.flatMap(section =>
    section.choices.map(choice =>
      choiceHtml(choice, choice.device === null && sections.length > 1 ? section.title : deviceOf(choice)),
    ),
  );
  return `<tr><td align="left" style="padding:16px 20px;border-left:4px solid ${COLOUR[severity]};${INK};${FONT};font-size:15px;line-height:22px">${paragraph(text, home)}
${choices.join('\n')}
</td></tr>`;
}

/** Line breaks and indents stay; addresses of the site become links, nobody else's. */
function paragraph(text: string, home: string | undefined): string {
  const html = e(text)
    .replaceAll(/^ +/gm, spaces => '&nbsp;'.repeat(spaces.length))
    .replaceAll('\n', '<br>\n');
  if (home === undefined) return html;
  const start = e(home);
  return html.replaceAll(/https?:\/\/[^\s<>&"]+(?:&amp;[^\s<>&"]+)*/g, url =>
    url === start || url.startsWith(`${start}/`) ? `<a href="${url}" style="${LINK}">${url}</a>` : url,
  );
}

function sectionHtml(section: Section): string {
  const colour = colourOf(section);
  const more =
    section.more > 0
      ? `<p style="margin:8px 0 0;${INK};${FONT};font-size:15px">and ${e(count(section.more, 'more', 'more'))}</p>\n`
      : '';
  const own = section.choices.filter(({ device }) => device === null);
  return `<tr><td align="left" style="padding:16px 20px;border-left:4px solid ${colour}">
<p class="s" style="margin:0;color:${colour};${FONT};font-size:13px;line-height:18px">${section.over ? 'Over' : e(SEVERITY_TEXT[section.severity])}</p>
<h1 style="margin:2px 0 10px;${INK};${FONT};font-size:18px;line-height:24px;word-break:break-word">${e(section.title)}</h1>
${factsHtml(section.facts)}${devicesHtml(section)}${more}<p style="margin:12px 0 0;${INK};${FONT};font-size:15px;line-height:21px">${e(section.advice)}</p>
${buttonHtml(section)}${own.map(choice => choiceHtml(choice)).join('')}
</td></tr>`;
}

/** What is over is no longer as urgent as it was. */
function colourOf({ over, severity }: Section): string {
  return COLOUR[over ? 'info' : severity];
}

function buttonHtml(section: Section): string {
  const { link, kind, over } = section;
  if (link === undefined) return '';
  const colour = colourOf(section);
  return `<table ${TABLE} style="margin-top:12px"><tr><td bgcolor="${colour}" style="background:${colour};padding:9px 16px"><a class="b" href="${e(link)}" style="color:#ffffff;text-decoration:none;${FONT};font-size:15px">${e((over ? undefined : LINK_TEXT[kind]) ?? 'Show it')}</a></td></tr></table>
`;
}

/** Known · Ignore · Block · Mute 1 h · Acknowledge: each asks on a page before it does anything. */
function choiceHtml({ actions }: Choice, about?: string): string {
  const who = about === undefined ? '' : `${e(about)}: `;
  return `<p style="margin:12px 0 0;${INK};${FONT};font-size:14px;line-height:26px">${who}${linksHtml(actions)}</p>`;
}

function deviceOf({ device }: Choice): string | undefined {
  return device === null ? undefined : `${device.name ?? device.title} at ${device.ip}`;
}

function linksHtml(actions: Choice['actions']): string {
  return actions
    .map(({ label, url }) => `<a href="${e(url)}" style="${LINK};white-space:nowrap">${e(label)}</a>`)
    .join(' &nbsp;·&nbsp; ');
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
      `<tr><th align="left" valign="top" width="110" scope="row" style="${CELL};${MUTED};font-weight:normal;white-space:nowrap">${e(label)}</th><td align="left" style="${CELL};${INK};font-size:15px;word-break:break-word">${e(value)}</td></tr>`,
  );
  return `<table cellpadding="0" cellspacing="0" border="0" width="100%">\n${rows.join('\n')}\n</table>`;
}

/** Two columns, so that it fits a telephone: who, and under it what tells it from others; where. */
function devicesHtml({ devices, differs, choices }: Section): string {
  if (devices.length === 0) return '';
  const head = ['Device', 'Address']
    .map(title => `<th align="left" scope="col" style="${CELL};${MUTED};font-weight:normal">${title}</th>`)
    .join('');
  const rows = devices.map(device => {
    const about = [device.mac];
    if (differs.network) about.push(device.network);
    if (differs.when) about.push(device.when);
    const choice = choices.find(one => one.device === device);
    const links = choice === undefined ? '' : `<br>${linksHtml(choice.actions)}`;
    return `<tr><td style="${CELL}">${deviceCell(device)}<br><span class="m" style="color:#5a6270">${e(about.join(' · '))}</span>${links}</td><td valign="top" style="${CELL}">${e(device.ip)}</td></tr>`;
  });
  return `<table cellpadding="0" cellspacing="0" border="0" width="100%" style="margin-top:10px">\n<tr>${head}</tr>\n${rows.join('\n')}\n</table>`;
}

function deviceCell(device: DeviceRow): string {
  const text = e(nameOf(device));
  return device.url === undefined ? text : `<a href="${e(device.url)}" style="${LINK}">${text}</a>`;
}

function nameOf({ name, vendor }: DeviceRow): string {
  return name === null ? vendor : `${name} (${vendor})`;
}
