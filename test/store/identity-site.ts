/** A site whose scans are fed by hand and whose clock is ours: a minute between two scans unless told otherwise. */
import { openSession, type Session } from '../../src/store/session.ts';
import type { TestDatabase } from '../support/database.ts';

export type Pair = readonly [ip: string, mac: string];

export interface AlertRow {
  kind: string;
  severity: string;
  routine: boolean;
  mac: string | null;
  ip: string | null;
  summary: string;
  count: number;
  open: boolean;
  detail: Record<string, unknown>;
}

export interface ScanOptions {
  readonly minutes?: number;
  readonly network?: string;
  readonly gateway?: string;
}

let made = 0;

export class FedSite {
  readonly name: string;
  readonly #session: Session;
  #at = Date.parse('2026-03-02T08:00:00Z');
  #told = 0;

  private constructor(session: Session, name: string) {
    this.#session = session;
    this.name = name;
  }

  static async open(db: TestDatabase): Promise<FedSite> {
    return new FedSite(await openSession(db.url, { application: 'test' }), `identity-${++made}`);
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  /** One completed scan in which these pairs answered. */
  async scan(pairs: readonly Pair[], options: ScanOptions = {}): Promise<void> {
    await this.wait(options.minutes ?? 1);
    await this.rows(
      `select * from record_scan($1, $2, 'lan0', 'packet', 300, 254, $3, 254, 0, null, $4, $5, p_gateway => $6)`,
      [
        this.name,
        options.network ?? '192.168.1.0/24',
        pairs.length,
        pairs.map(([, mac]) => mac),
        pairs.map(([ip]) => ip),
        options.gateway ?? null,
      ],
    );
  }

  /** `times` scans in which these pairs answered. */
  async scans(times: number, pairs: readonly Pair[], options: ScanOptions = {}): Promise<void> {
    for (let n = 0; n < times; n++) await this.scan(pairs, options);
  }

  async wait(minutes: number): Promise<void> {
    this.#at += minutes * 60_000;
    await this.rows(`select set_config('netureon.clock', $1, false)`, [new Date(this.#at).toISOString()]);
  }

  get now(): Date {
    return new Date(this.#at);
  }

  /** `$site` stands for the site's number. */
  rows<Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#session.query<Row>(
      sql.replaceAll('$site', `(select id from sites where name = '${this.name}')`),
      values,
    );
  }

  alerts(where = 'true'): Promise<AlertRow[]> {
    return this.rows(
      `select kind, severity, routine, mac::text, host(ip) as ip, summary, count, resolved_at is null as open, detail
       from alerts where site_id = $site and kind <> 'baseline' and ${where} order by id`,
    );
  }

  /** What was raised since the last call: "kind ip", with "routine" where nobody is told. */
  async raised(): Promise<string[]> {
    const rows = await this.rows<{ id: number; line: string }>(
      `select id, concat_ws(' ', kind, host(ip), case when routine then 'routine' end) as line
       from alerts where site_id = $site and id > $1 and kind <> 'baseline' order by id`,
      [this.#told],
    );
    this.#told = rows.at(-1)?.id ?? this.#told;
    return rows.map(({ line }) => line);
  }

  /** The pairs that are open now. */
  async here(): Promise<string[]> {
    const rows = await this.rows<{ line: string }>(
      `select host(ip) || ' ' || mac as line from connections where site_id = $site and ended_at is null order by ip, mac`,
    );
    return rows.map(({ line }) => line);
  }

  async set(mac: string, column: 'state' | 'importance' | 'name', value: string): Promise<void> {
    await this.rows(
      `update devices as d set ${column} = $2 from device_macs as m
       where m.site_id = $site and m.mac = $1 and d.site_id = m.site_id and d.id = m.device_id`,
      [mac, value],
    );
  }
}

/** A MAC address with its number at the end; `family` keeps sets of them apart. */
export function macOf(n: number, family = 1): string {
  const octets = [0x3c, 0x37, 0x12, family, n >> 8, n & 255];
  return octets.map(octet => octet.toString(16).padStart(2, '0')).join(':');
}
