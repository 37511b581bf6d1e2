/**
 * Devices as a file, out: the same columns for the site's export and for `netureon export --devices`, and all of them are
 * what the import reads. What people wrote is written as it is; what devices say of themselves is made inert.
 */
import { csvLine } from '../lib/csv.ts';
import { inert } from '../lib/text.ts';
import { readDevices, refreshDeviceList, type DeviceRow } from './device-list.ts';
import type { DeviceFilter, DeviceSort } from './device-query.ts';
import type { Db } from './session.ts';

export interface FileDevice {
  readonly device: number;
  readonly mac: string | null;
  readonly macs: readonly string[];
  readonly name: string | null;
  /** What it calls itself. */
  readonly own_name: string | null;
  readonly owner: string | null;
  readonly state: string;
  /** A person's word for what it is. */
  readonly kind: string | null;
  readonly watched: boolean;
  readonly notes: string;
  readonly presence: string;
  readonly address: string | null;
  readonly network: string | null;
  readonly vendor: string | null;
  readonly first_seen: Date;
  readonly last_seen: Date | null;
}

/** A promise to programs: none is renamed or removed. Some have the names of `netureon export`, and mean the same. */
export const FILE_COLUMNS = [
  'device', 'mac', 'macs', 'name', 'own_name', 'owner', 'state', 'kind', 'watched', 'notes', 'presence', 'address',
  'network', 'vendor', 'first_seen', 'last_seen',
] as const satisfies readonly (keyof FileDevice)[]; // prettier-ignore

export const FILE_FORMATS = ['csv', 'json'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** Rows of one page: what is held in memory at once. */
const PAGE = 500;

/** All that match, a page at a time, however many they are. */
export async function* exportedDevices(
  db: Db,
  site: string,
  filter: DeviceFilter & { readonly sort: DeviceSort; readonly reverse?: boolean },
): AsyncGenerator<FileDevice[]> {
  const { siteId } = await refreshDeviceList(db, site);
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof readDevices>> = await readDevices(db, siteId, {
      ...filter,
      limit: PAGE,
      after,
    });
    if (page.rows.length > 0) yield await withDetails(db, siteId, page.rows);
    after = page.next;
  } while (after !== null);
}

async function withDetails(db: Db, siteId: number | null, rows: readonly DeviceRow[]): Promise<FileDevice[]> {
  const details = await db.query<{ id: number; kind: string | null; notes: string; macs: string[] }>(
    `select d.id, d.kind, d.notes,
            array(select m.mac::text from device_macs as m where m.site_id = d.site_id and m.device_id = d.id
                  order by m.first_seen_at, m.mac) as macs
     from devices as d where d.site_id = $1 and d.id = any ($2)`,
    [siteId, rows.map(({ id }) => id)],
  );
  const of = new Map(details.map(detail => [detail.id, detail]));
  return rows.map(row => {
    const detail = of.get(row.id);
    return {
      device: row.id,
      mac: row.mac ?? detail?.macs[0] ?? null,
      macs: detail?.macs ?? [],
      name: row.name,
      own_name: told(row.called),
      owner: row.owner,
      state: row.state,
      kind: detail?.kind ?? null,
      watched: row.isWatched,
      notes: detail?.notes ?? '',
      presence: row.presence,
      address: row.ip,
      network: row.network,
      vendor: told(row.vendor),
      first_seen: row.firstSeenAt,
      last_seen: row.lastSeenAt ?? row.scannedAt,
    };
  });
}

function told(text: string | null): string | null {
  return text === null ? null : inert(text, 4000);
}

/** The file in pieces. CSV begins with a byte order mark: without it spreadsheets take it for the machine's old encoding. */
export async function* fileOf(
  format: FileFormat,
  site: string,
  at: Date,
  pages: AsyncIterable<readonly FileDevice[]>,
): AsyncGenerator<string> {
  if (format === 'csv') {
    yield `\uFEFF${csvLine(FILE_COLUMNS)}`;
    for await (const page of pages) yield page.map(csvOf).join('');
    return;
  }
  yield `{"site":${JSON.stringify(site)},"at":${JSON.stringify(at)},"devices":[`;
  let separator = '\n';
  for await (const page of pages) {
    yield separator + page.map(device => JSON.stringify(device)).join(',\n');
    separator = ',\n';
  }
  yield '\n]}\n';
}

function csvOf(device: FileDevice): string {
  return csvLine(
    FILE_COLUMNS.map(column => {
      const value = device[column];
      if (typeof value === 'boolean') return value ? 'yes' : 'no';
      return typeof value === 'object' && value !== null && !(value instanceof Date)
        ? value.join(' ')
        : value;
    }),
  );
}
