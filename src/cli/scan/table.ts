/** A scan as people read it: one line per device, then what was done. */
import pc from 'picocolors';
import { formatCidr, formatIpv4 } from '../../lib/ipv4.ts';
import { formatIpv6 } from '../../lib/ipv6.ts';
import type { Mac } from '../../lib/mac.ts';
import { formatMac } from '../../lib/mac.ts';
import { count, inert } from '../../lib/text.ts';
import type { NdLinkResult, NdObservation } from '../../scan/nd-types.ts';
import type { Coverage, Observation, SweepResult } from '../../scan/types.ts';
import { byAddress, byNumber } from './json.ts';
import type { Changes } from './scan-store.ts';

const VENDOR_WIDTH = 40;
const HEADINGS = ['Address', 'MAC', 'Vendor', 'Time'];

export function formatScan(
  result: SweepResult,
  neighbours: readonly NdLinkResult[],
  vendors: ReadonlyMap<string, string>,
  changes: Changes | null,
  colour: boolean,
): string {
  const { bold, dim } = pc.createColors(colour);
  const row = (address: string, { mac, rttMs }: Pick<Observation, 'mac' | 'rttMs'>) => [
    address,
    formatMac(mac),
    inert(vendors.get(formatMac(mac)) ?? '', VENDOR_WIDTH),
    rttMs === null ? '' : `${rttMs.toFixed(1)} ms`,
  ];
  const byMac = addressesByMac(neighbours);
  const rows = byAddress(result.observations).flatMap(one => {
    const more = byMac.get(one.mac) ?? [];
    byMac.delete(one.mac);
    return [row(formatIpv4(one.ip), one), ...more.map(other => row(formatIpv6(other.ip), other))];
  });
  // Whoever speaks IPv6 only.
  for (const more of byMac.values()) rows.push(...more.map(other => row(formatIpv6(other.ip), other)));
  const widths = HEADINGS.map((heading, i) =>
    // Not by spreading: a flood has more rows than a call may have arguments.
    rows.reduce((widest, row) => Math.max(widest, row[i]?.length ?? 0), heading.length),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 3 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  const table = rows.length === 0 ? [] : [bold(line(HEADINGS)), ...rows.map(line), ''];
  const summary = [
    ...result.networks.map(coverage => dim(summarize(coverage))),
    ...neighbours.map(link => dim(summarizeLink(link))),
  ];
  return `${[...table, ...summary, ...(changes === null ? [] : [summarizeChanges(changes)])].join('\n')}\n`;
}

function summarize(coverage: Coverage): string {
  const where = `${formatCidr(coverage.network)} on ${inert(coverage.interface, 80)}`;
  const heard = `${count(coverage.answered, 'address', 'addresses')} heard`;
  if (coverage.method === 'file') return `${where}: ${heard}`;
  const part = coverage.slices > 1 ? ` this time (of ${coverage.addresses.toLocaleString('en-US')})` : '';
  const asked = `of ${count(coverage.probed, 'address', 'addresses')} asked${part}`;
  const seconds = (coverage.durationMs / 1000).toFixed(1);
  const how = coverage.method === 'kernel' ? 'through the kernel' : count(coverage.broadcasts, 'broadcast');
  return `${where}: ${heard} ${asked} in ${seconds} s, ${how}${coverage.complete ? '' : ' (not complete)'}`;
}

/** The IPv6 addresses of each device, those that say it is here first. */
function addressesByMac(neighbours: readonly NdLinkResult[]): Map<Mac, NdObservation[]> {
  const byMac = new Map<Mac, NdObservation[]>();
  for (const { present, heard } of neighbours)
    for (const list of [present, heard])
      for (const one of list.toSorted(byNumber)) {
        const known = byMac.get(one.mac);
        if (known === undefined) byMac.set(one.mac, [one]);
        else known.push(one);
      }
  return byMac;
}

function summarizeLink({ coverage, present, heard }: NdLinkResult): string {
  const where = `IPv6 on ${inert(coverage.link, 80)}`;
  const others = count(heard.length, 'other address', 'other addresses');
  if (coverage.method === 'kernel')
    return `${where}: nobody asked; of the kernel’s own neighbours ${present.length.toLocaleString('en-US')} here, ${others}`;
  const heardOf = `${count(coverage.answered, 'neighbour')} heard of ${coverage.probed.toLocaleString('en-US')}, ${others}`;
  const seconds = (coverage.durationMs / 1000).toFixed(1);
  return `${where}: ${heardOf} in ${seconds} s, ${count(coverage.broadcasts, 'multicast')} to all${coverage.complete ? '' : ' (not complete)'}`;
}

function summarizeChanges(changes: Changes): string {
  const parts = (['new', 'returned', 'moved', 'missing'] as const)
    .filter(kind => changes[kind] > 0)
    .map(kind => `${changes[kind].toLocaleString('en-US')} ${kind}`);
  return parts.length === 0 ? 'No change since the last scan.' : `Changes: ${parts.join(', ')}.`;
}
