/** Profiles as people read them: a line for each device, and on request what it is founded on. All of it is made inert. */
import pc from 'picocolors';
import { formatIpv4 } from '../../lib/ipv4.ts';
import { formatMac } from '../../lib/mac.ts';
import { count, inert } from '../../lib/text.ts';
import type { Profile } from '../../scan/profile/types.ts';
import { textTable } from '../text-table.ts';
import { nameOf } from './json.ts';
import type { Outcome } from './run.ts';

const HEADINGS = ['Address', 'MAC', 'Name', 'Kind', 'System', 'Open ports'];

export function formatProfiles(
  outcomes: readonly Outcome[],
  options: { readonly verbose: boolean; readonly colour: boolean },
): string {
  const { bold } = pc.createColors(options.colour);
  if (outcomes.length === 0) return 'No device was due.\n';
  const sorted = outcomes.toSorted((a, b) => a.job.ip - b.job.ip);
  const table = textTable(HEADINGS, sorted.map(cells), bold);
  if (!options.verbose) return table;
  return `${table}\n${sorted.map(outcome => details(outcome, bold)).join('\n')}`;
}

function cells(outcome: Outcome): string[] {
  const { job, mac, profile, problem } = outcome;
  const address = [formatIpv4(job.ip), mac === null ? '' : formatMac(mac), nameOf(outcome) ?? ''];
  if (profile === null) return [...address, problem ?? '', '', ''];
  const { kind, osFamily } = profile.verdict;
  return [...address, kind ?? '?', osFamily ?? '?', openPorts(profile).join(' ')];
}

function openPorts({ ports }: Profile): string[] {
  return ports
    .filter(({ state }) => state === 'open')
    .map(({ port, service }) => (service === null ? String(port) : `${port}/${service}`));
}

/** Longer than any terminal is wide, and short enough to read. */
const LINE = 200;

function details(outcome: Outcome, bold: (text: string) => string): string {
  const { job, vendor, profile, problem } = outcome;
  const lines = [
    ...(vendor === null ? [] : [`vendor: ${vendor}`]),
    ...(problem === null ? [] : [problem]),
    ...(profile === null ? [] : profileLines(profile)),
  ];
  const title = [formatIpv4(job.ip), nameOf(outcome) ?? ''].join('  ').trimEnd();
  return `${bold(inert(title, LINE))}\n${lines.map(line => `  ${inert(line, LINE)}\n`).join('')}`;
}

function profileLines({ names, ports, echo, verdict, model, problems }: Profile): string[] {
  const percent = Math.round(verdict.confidence * 100);
  return [
    `${verdict.kind ?? 'no kind told'}, ${verdict.osFamily ?? 'no system told'} (${percent} %)`,
    ...(model === null ? [] : [`model: ${model}`]),
    ...names.map(({ source, name }) => `name by ${source}: ${name}`),
    ...(echo === null ? [] : [`echo: ${echo.rttMs.toFixed(1)} ms, TTL ${echo.ttl}`]),
    ...ports
      .filter(({ state }) => state === 'open')
      .map(({ port, service, facts }) =>
        [
          `port ${port}: ${service ?? 'open'}`,
          ...Object.entries(facts).map(([key, fact]) => `${key} ${fact}`),
        ].join(' · '),
      ),
    ...verdict.evidence.map(one => `${one.for} (${one.weight}): ${one.says}`),
    ...problems.map(problem => `not told: ${problem}`),
  ];
}

/** One line for a timer's journal; null when there was nothing to do. */
export function summarise(outcomes: readonly Outcome[], durationMs: number): string | null {
  if (outcomes.length === 0) return null;
  const silent = outcomes.filter(({ profile }) => profile === null).length;
  const rest = silent === 0 ? '' : `; ${silent} told nothing`;
  return `${count(outcomes.length, 'device')} asked in ${(durationMs / 1000).toFixed(1)} s${rest}`;
}
