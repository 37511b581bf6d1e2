/** A scan as people read it: one line per device, then what was done. */
import pc from 'picocolors';
import { formatCidr, formatIpv4 } from '../../lib/ipv4.ts';
import { formatMac } from '../../lib/mac.ts';
import { count, inert } from '../../lib/text.ts';
import type { Coverage, SweepResult } from '../../scan/types.ts';
import { byAddress } from './json.ts';
import type { Changes } from './scan-store.ts';

const VENDOR_WIDTH = 40;
const HEADINGS = ['Address', 'MAC', 'Vendor', 'Time'];

export function formatScan(
  result: SweepResult,
  vendors: ReadonlyMap<string, string>,
  changes: Changes | null,
  colour: boolean,
): string {
  const { bold, dim } = pc.createColors(colour);
  const rows = byAddress(result.observations).map(({ ip, mac, rttMs }) => [
    formatIpv4(ip),
    formatMac(mac),
    inert(vendors.get(formatMac(mac)) ?? '', VENDOR_WIDTH),
    rttMs === null ? '' : `${rttMs.toFixed(1)} ms`,
  ]);
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
  const summary = result.networks.map(coverage => dim(summarize(coverage)));
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

function summarizeChanges(changes: Changes): string {
  const parts = (['new', 'returned', 'moved', 'missing'] as const)
    .filter(kind => changes[kind] > 0)
    .map(kind => `${changes[kind].toLocaleString('en-US')} ${kind}`);
  return parts.length === 0 ? 'No change since the last scan.' : `Changes: ${parts.join(', ')}.`;
}
