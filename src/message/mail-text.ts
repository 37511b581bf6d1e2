/** A digest as plain text, for mail readers that want no HTML. */
import { count } from '../lib/text.ts';
import type { Custom } from './compose.ts';
import type { DeviceRow } from './device-row.ts';
import type { Choice, Digest, Section } from './digest.ts';

/** @param custom a person's own text in place of the sections; what can be done and the footer stay */
export function mailText(digest: Digest, custom?: Custom): string {
  const { intro, sections, footer } = digest;
  const body =
    custom === undefined
      ? [...(intro === undefined ? [] : [intro]), ...sections.map(sectionText)]
      : [
          custom.text,
          ...sections.flatMap(({ choices, title }) =>
            choiceBlocks(choices, sections.length > 1 ? title : undefined),
          ),
        ];
  return `${[...body, `-- \n${footer}`].join('\n\n')}\n`;
}

function sectionText(section: Section): string {
  const { title, facts, devices, more, differs, advice, link, choices } = section;
  const labelWidth = Math.max(0, ...facts.map(([label]) => label.length)) + 1;
  const ipWidth = devices.reduce((widest, { ip }) => Math.max(widest, ip.length), 0);
  const blocks = [
    [title],
    facts.map(([label, value]) => `  ${`${label}:`.padEnd(labelWidth)} ${value}`),
    [
      ...devices.map(device =>
        [
          `  ${device.ip.padEnd(ipWidth)}`,
          device.mac,
          nameOf(device),
          ...(differs.network ? [device.network] : []),
          ...(differs.when ? [device.when] : []),
        ].join('  '),
      ),
      ...(more > 0 ? [`  and ${count(more, 'more', 'more')}`] : []),
    ],
    [advice, ...(link === undefined ? [] : [link])],
  ]
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'));
  return [...blocks, ...choiceBlocks(choices)].join('\n\n');
}

/** @param title what a choice is about that is about no device of a list; absent: it stands above already */
function choiceBlocks(choices: readonly Choice[], title?: string): string[] {
  return choices.map(({ device, actions }) => {
    const width = Math.max(...actions.map(({ label }) => label.length)) + 1;
    return [
      ...(device === null
        ? title === undefined
          ? []
          : [`${title}:`]
        : [`${nameOf(device)} at ${device.ip}:`]),
      ...actions.map(({ label, url }) => `  ${`${label}:`.padEnd(width)} ${url}`),
    ].join('\n');
  });
}

function nameOf({ name, vendor }: DeviceRow): string {
  return name === null ? vendor : `${name} (${vendor})`;
}
