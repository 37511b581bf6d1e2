/** The document of `netureon profile --json`. Its keys are a promise to scripts: none is renamed or removed. */
import { formatIpv4 } from '../../lib/ipv4.ts';
import { formatMac } from '../../lib/mac.ts';
import type { Outcome } from './run.ts';

export interface ProfileDocument {
  /** ISO 8601, UTC. */
  readonly started_at: string;
  readonly duration_ms: number;
  readonly devices: readonly {
    readonly device_id: number | null;
    readonly ip: string;
    readonly mac: string | null;
    readonly vendor: string | null;
    /** What a person calls it, or else the best name it gave itself. */
    readonly name: string | null;
    readonly kind: string | null;
    readonly os_family: string | null;
    /** 0 to 1. */
    readonly confidence: number;
    readonly model: string | null;
    /** The best first. */
    readonly names: readonly { readonly source: string; readonly name: string }[];
    /** Open ones, and those that refused. */
    readonly ports: readonly {
      readonly port: number;
      readonly state: string;
      readonly service: string | null;
      readonly facts: Readonly<Record<string, string>>;
    }[];
    readonly echo: { readonly ttl: number; readonly rtt_ms: number } | null;
    readonly evidence: readonly {
      readonly source: string;
      readonly says: string;
      readonly for: string;
      readonly weight: number;
    }[];
    /** What did not work, by step. */
    readonly problems: readonly string[];
    readonly stored: boolean;
    /** Why nothing is told of it, or nothing was stored. */
    readonly problem: string | null;
  }[];
}

export function profileJson(
  startedAt: Date,
  durationMs: number,
  outcomes: readonly Outcome[],
): ProfileDocument {
  return {
    started_at: startedAt.toISOString(),
    duration_ms: Math.round(durationMs),
    devices: outcomes.map(deviceOf),
  };
}

function deviceOf({
  job,
  mac,
  vendor,
  profile,
  stored,
  problem,
}: Outcome): ProfileDocument['devices'][number] {
  return {
    device_id: job.deviceId,
    ip: formatIpv4(job.ip),
    mac: mac === null ? null : formatMac(mac),
    vendor,
    name: nameOf({ job, profile }),
    kind: profile?.verdict.kind ?? null,
    os_family: profile?.verdict.osFamily ?? null,
    confidence: profile?.verdict.confidence ?? 0,
    model: profile?.model ?? null,
    names: profile?.names ?? [],
    ports: (profile?.ports ?? []).filter(({ state }) => state !== 'silent'),
    echo: profile?.echo
      ? { ttl: profile.echo.ttl, rtt_ms: Math.round(profile.echo.rttMs * 1000) / 1000 }
      : null,
    evidence: profile?.verdict.evidence ?? [],
    problems: profile?.problems ?? [],
    stored,
    problem,
  };
}

export function nameOf({ job, profile }: Pick<Outcome, 'job' | 'profile'>): string | null {
  return job.name ?? profile?.names[0]?.name ?? null;
}
