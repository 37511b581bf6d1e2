/** When somebody looked: the runs in which scans of each network completed, and the hours of a week. */
import type { Db } from './session.ts';
import type { Span } from './span.ts';

export interface NetworkCoverage {
  readonly id: number;
  readonly cidr: string;
  readonly name: string | null;
  /** Oldest first, cut to the time that was asked about. */
  readonly looked: readonly Span[];
}

/** Networks that are looked at, or were within this time. */
export async function coverageOf(db: Db, site: string, from: Date, to: Date): Promise<NetworkCoverage[]> {
  const rows = await db.query<{
    id: number;
    cidr: string;
    name: string | null;
    begins: Date | null;
    ends: Date | null;
  }>(
    `select n.id, network_words(n) as cidr, n.name, r.begins, r.ends
     from networks as n
     left join runs_of_looking((select id from sites where name = $1), $2, $3) as r on r.network_id = n.id
     where n.site_id = (select id from sites where name = $1)
       and (n.retired_at is null or r.begins is not null)
     order by n.cidr, n.link, r.begins`,
    [site, from, to],
  );
  const networks = new Map<number, NetworkCoverage & { looked: Span[] }>();
  for (const { id, cidr, name, begins, ends } of rows) {
    const network = networks.get(id) ?? { id, cidr, name, looked: [] };
    networks.set(id, network);
    if (begins !== null && ends !== null) network.looked.push({ from: begins, to: ends });
  }
  return [...networks.values()];
}

/** The times in which no network was looked at, oldest first. */
export function blindOf(networks: readonly Pick<NetworkCoverage, 'looked'>[], from: Date, to: Date): Span[] {
  const runs = networks
    .flatMap(({ looked }) => looked)
    .toSorted((a, b) => a.from.getTime() - b.from.getTime());
  const blind: Span[] = [];
  let seen = from;
  for (const run of runs) {
    if (run.from > seen) blind.push({ from: seen, to: run.from });
    if (run.to > seen) seen = run.to;
  }
  if (seen < to) blind.push({ from: seen, to });
  return blind;
}

export interface PresenceHour {
  readonly hour: Date;
  /** How many were here at any minute of it. */
  readonly devices: number;
  /** For how much of it somebody looked. */
  readonly lookedMs: number;
}

/** A month at most; the last is the one that goes on. Counts what nobody has asked about yet. */
export async function presenceHours(db: Db, site: string, from: Date): Promise<PresenceHour[]> {
  return db.query<PresenceHour>(
    `select hour, devices, looked_s * 1000 as "lookedMs" from count_presence($1, $2)`,
    [site, from],
  );
}
