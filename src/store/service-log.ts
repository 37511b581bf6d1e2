/** The services' warnings and errors, as the site shows them; at most a thousand of each service are kept. */
import type { Db } from './session.ts';

export const LOGGED_SERVICES = ['scan', 'profile', 'alertd', 'web', 'monitor', 'prune'] as const;
export type LoggedService = (typeof LOGGED_SERVICES)[number];

export interface NotedLine {
  readonly level: 'warn' | 'error';
  /** One line, inert and without secrets. */
  readonly line: string;
  /** Milliseconds ago. */
  readonly ageMs: number;
  /** How often in a row. */
  readonly times: number;
}

/** Most lines of one call; what is more is left out by the database. */
export const MOST_LINES = 50;

export async function noteLog(
  db: Db,
  site: string,
  service: LoggedService,
  lines: readonly NotedLine[],
): Promise<void> {
  const rows = lines.map(({ level, line, ageMs, times }) => ({ level, line, age_ms: ageMs, times }));
  // NUL is nothing that PostgreSQL takes, and a log line has none.
  await db.query('select note_log($1, $2, $3::jsonb)', [site, service, JSON.stringify(rows)]);
}

export interface LogLine {
  readonly service: LoggedService;
  readonly level: 'warn' | 'error';
  readonly at: Date;
  /** The last time, where it was said more than once. */
  readonly lastAt: Date;
  readonly times: number;
  readonly line: string;
}

/** Newest first. */
export function listLog(
  db: Db,
  site: string,
  query: { readonly service: LoggedService | null; readonly limit: number },
): Promise<LogLine[]> {
  return db.query<LogLine>(
    `select l.service, l.level, l.at, l.last_at as "lastAt", l.times, l.line
     from service_log as l
     where l.site_id = (select id from sites where name = $1) and ($2::text is null or l.service = $2)
     order by l.last_at desc, l.id desc limit $3`,
    [site, query.service, query.limit],
  );
}
