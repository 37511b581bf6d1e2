/** What one device told when it was asked. All texts are a stranger's, not yet made inert. */
import type { Db } from './session.ts';

export interface DeviceProfile {
  /** Null: never asked so far. */
  readonly profiledAt: Date | null;
  /** It is to be asked at the next opportunity, or is being asked now. */
  readonly isDue: boolean;
  readonly osFamily: string | null;
  readonly kind: string | null;
  readonly model: string | null;
  /** 0 to 1. */
  readonly confidence: number | null;
  readonly evidence: readonly { readonly says: string; readonly for: string; readonly weight: number }[];
  readonly problems: readonly string[];
}

export interface DeviceName {
  readonly source: string;
  readonly name: string;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
}

export interface DevicePort {
  readonly ip: string;
  readonly port: number;
  readonly service: string | null;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  /** Null: open, as far as is known. */
  readonly closedAt: Date | null;
}

type Row = Omit<DeviceProfile, 'evidence' | 'problems'> & {
  readonly evidence: unknown;
  readonly problems: unknown;
};

export async function readProfile(db: Db, site: string, device: number): Promise<DeviceProfile> {
  const [row] = await db.query<Row>(
    `select p.profiled_at as "profiledAt", p.os_family as "osFamily", p.kind, p.model, p.confidence, p.evidence,
              p.problems, coalesce(p.requested_at > p.profiled_at, p.requested_at is not null) as "isDue"
       from device_profiles as p join sites as s on s.id = p.site_id
       where s.name = $1 and p.device_id = $2`,
    [site, device],
  );
  return {
    profiledAt: row?.profiledAt ?? null,
    isDue: row?.isDue ?? false,
    osFamily: row?.osFamily ?? null,
    kind: row?.kind ?? null,
    model: row?.model ?? null,
    confidence: row?.confidence ?? null,
    evidence: Array.isArray(row?.evidence) ? row.evidence.flatMap(evidenceOf) : [],
    problems: Array.isArray(row?.problems) ? row.problems.filter(problem => typeof problem === 'string') : [],
  };
}

/** What another version wrote, or nobody of ours, is left out rather than shown as half a sentence. */
function evidenceOf(entry: unknown): DeviceProfile['evidence'] {
  if (typeof entry !== 'object' || entry === null) return [];
  const { says, for: claim, weight } = entry as Record<string, unknown>;
  if (typeof says !== 'string' || typeof claim !== 'string' || typeof weight !== 'number') return [];
  return [{ says, for: claim, weight }];
}
