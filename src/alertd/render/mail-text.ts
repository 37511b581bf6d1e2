/** A digest as plain text, for mail readers that want no HTML. */
import { count } from '../../lib/text.ts';
import type { Digest, Section } from './digest.ts';

export function mailText(digest: Digest): string {
  return `${[...digest.sections.map(sectionText), `-- \n${digest.footer}`].join('\n\n')}\n`;
}

function sectionText(section: Section): string {
  const width = Math.max(0, ...section.facts.map(([label]) => label.length));
  const ipWidth = Math.max(0, ...section.devices.map(({ ip }) => ip.length));
  const lines = [
    section.title,
    '',
    ...section.facts.map(([label, value]) => `  ${`${label}:`.padEnd(width + 1)} ${value}`),
    ...section.devices.map(
      ({ ip, mac, name, network, when }) => `  ${ip.padEnd(ipWidth)}  ${mac}  ${name} (${network}, ${when})`,
    ),
    ...(section.more > 0 ? [`  and ${count(section.more, 'more', 'more')}`] : []),
    ...(section.facts.length + section.devices.length > 0 ? [''] : []),
    section.advice,
    ...(section.link === undefined ? [] : [section.link]),
  ];
  return lines.join('\n');
}
