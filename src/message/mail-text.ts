/** A digest as plain text, for mail readers that want no HTML. */
import { count } from '../lib/text.ts';
import type { Digest, Section } from './digest.ts';

export function mailText(digest: Digest): string {
  return `${[...digest.sections.map(sectionText), `-- \n${digest.footer}`].join('\n\n')}\n`;
}

function sectionText(section: Section): string {
  const { title, facts, devices, more, differs, advice, link } = section;
  const labelWidth = Math.max(0, ...facts.map(([label]) => label.length)) + 1;
  const ipWidth = Math.max(0, ...devices.map(({ ip }) => ip.length));
  const blocks = [
    [title],
    facts.map(([label, value]) => `  ${`${label}:`.padEnd(labelWidth)} ${value}`),
    [
      ...devices.map(device =>
        [
          `  ${device.ip.padEnd(ipWidth)}`,
          device.mac,
          device.name === null ? device.vendor : `${device.name} (${device.vendor})`,
          ...(differs.network ? [device.network] : []),
          ...(differs.when ? [device.when] : []),
        ].join('  '),
      ),
      ...(more > 0 ? [`  and ${count(more, 'more', 'more')}`] : []),
    ],
    [advice, ...(link === undefined ? [] : [link])],
  ];
  return blocks
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n');
}
