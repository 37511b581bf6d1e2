/** The document of `netureon scan --json`. Its keys are a promise to scripts: none is renamed or removed. */
import { formatCidr, formatIpv4 } from '../../lib/ipv4.ts';
import { formatMac } from '../../lib/mac.ts';
import type { Observation, SweepResult } from '../../scan/types.ts';
import type { Changes } from './run.ts';

export interface ScanDocument {
  /** ISO 8601, UTC. */
  readonly started_at: string;
  readonly duration_ms: number;
  readonly networks: readonly {
    readonly network: string;
    readonly interface: string;
    readonly method: string;
    readonly probed: number;
    readonly answered: number;
    readonly frames_sent: number;
    readonly complete: boolean;
  }[];
  readonly devices: readonly {
    /** Null for an address outside every scanned network. */
    readonly network: string | null;
    readonly ip: string;
    readonly mac: string;
    readonly rtt_ms: number | null;
    readonly vendor: string | null;
  }[];
  /** Null when nothing was stored. */
  readonly changes: Changes | null;
}

export function scanDocument(
  result: SweepResult,
  vendors: ReadonlyMap<string, string>,
  changes: Changes | null,
): ScanDocument {
  return {
    started_at: result.startedAt.toISOString(),
    duration_ms: Math.round(result.durationMs),
    networks: result.networks.map(coverage => ({
      network: formatCidr(coverage.network),
      interface: coverage.interface,
      method: coverage.method,
      probed: coverage.probed,
      answered: coverage.answered,
      frames_sent: coverage.framesSent,
      complete: coverage.complete,
    })),
    devices: byAddress(result.observations).map(one => deviceEntry(one, vendors)),
    changes,
  };
}

function deviceEntry(
  { network, ip, mac, rttMs }: Observation,
  vendors: ReadonlyMap<string, string>,
): ScanDocument['devices'][number] {
  const text = formatMac(mac);
  return {
    network: network === null ? null : formatCidr(network),
    ip: formatIpv4(ip),
    mac: text,
    rtt_ms: rttMs === null ? null : Math.round(rttMs * 1000) / 1000,
    vendor: vendors.get(text) ?? null,
  };
}

/** In the order people look for them. */
export function byAddress(observations: readonly Observation[]): Observation[] {
  return observations.toSorted((a, b) => a.ip - b.ip || a.mac - b.mac);
}
