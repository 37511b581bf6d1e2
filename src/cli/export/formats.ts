/** What an export looks like: a table for people, CSV for spreadsheets, JSON for programs. Names come from strangers and are inert in each. */
import { inert } from '../../lib/text.ts';
import type { Holder, Holding, Seen } from '../../store/as-of.ts';
import { localTime } from '../local-time.ts';
import { textTable } from '../text-table.ts';

export interface Exported {
  readonly site: string;
  /** The moment asked about. */
  readonly at: Date;
  readonly rows: readonly Holding[];
}

export const FORMATS = ['table', 'csv', 'json'] as const;
export type Format = (typeof FORMATS)[number];

const WORDS: Readonly<Record<Holding['state'], string>> = {
  here: 'here',
  quiet: 'quiet',
  gone: 'nobody any more',
  nobody: 'nobody',
  not_looked: 'not looked',
};

export function exportText(format: Format, exported: Exported, bold: (text: string) => string): string {
  if (format === 'json') return asJson(exported);
  return format === 'csv' ? asCsv(exported) : asTable(exported, bold);
}

function asTable({ site, at, rows }: Exported, bold: (text: string) => string): string {
  const heading = `${inert(site)} at ${localTime(at)}\n`;
  if (rows.length === 0) return `${heading}No network was ever looked at.\n`;
  const cells = rows.map(row => [
    row.ip ?? '',
    WORDS[row.state],
    row.device === null ? '' : calledTo(row.device, row.vendor),
    row.device?.mac ?? '',
    row.startedAt === null ? '' : localTime(row.startedAt),
    row.lastSeenAt === null || row.device === null ? '' : localTime(row.lastSeenAt),
    `${row.network ?? ''}${row.link === '' ? '' : `%${row.link}`}`,
    [remark('before', row.before), remark('after', row.after)].filter(text => text !== '').join('; '),
  ]);
  const headings = ['Address', 'State', 'Device', 'MAC', 'Since', 'Last seen', 'Network', ''];
  return heading + textTable(headings, cells, bold);
}

function calledTo({ name, id }: Holder, vendor: string | null): string {
  return name ?? (vendor === null ? `device ${id}` : `${vendor} (device ${id})`);
}

function remark(when: string, seen: Seen | null): string {
  return seen === null ? '' : `${when}: ${seen.name ?? seen.mac}, ${localTime(seen.at)}`;
}

const COLUMNS: readonly (readonly [string, (row: Holding) => string | number | Date | null | undefined])[] = [
  ['state', row => row.state],
  ['address', row => row.ip],
  ['network', row => row.network],
  ['link', row => row.link],
  ['device', row => row.device?.id],
  ['name', row => row.device?.name],
  ['mac', row => row.device?.mac],
  ['vendor', row => row.vendor],
  ['since', row => row.startedAt],
  ['until', row => row.endedAt],
  ['last_seen', row => row.lastSeenAt],
  ['looked_from', row => row.looked?.from],
  ['looked_to', row => row.looked?.to],
  ...(['before', 'after'] as const).flatMap(when => [
    [`${when}_device`, (row: Holding) => row[when]?.id] as const,
    [`${when}_name`, (row: Holding) => row[when]?.name] as const,
    [`${when}_mac`, (row: Holding) => row[when]?.mac] as const,
    [`${when}_at`, (row: Holding) => row[when]?.at] as const,
  ]),
];

/** RFC 4180: lines end in CRLF, and quotes are doubled. */
function asCsv({ at, rows }: Exported): string {
  const lines = [
    ['at', ...COLUMNS.map(([name]) => name)],
    ...rows.map(row => [at, ...COLUMNS.map(([, of]) => of(row))]),
  ];
  return lines.map(line => `${line.map(csvField).join(',')}\r\n`).join('');
}

function csvField(value: string | number | Date | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  if (value instanceof Date) return value.toISOString();
  const text = inert(value, 4000);
  // A spreadsheet runs what begins so as a formula (OWASP, CSV injection); an apostrophe makes it text.
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Its keys are a promise to programs: none is renamed or removed. */
function asJson({ site, at, rows }: Exported): string {
  const holder = (who: Holder | null) =>
    who === null ? null : { device: who.id, name: safe(who.name), mac: who.mac };
  const seen = (who: Seen | null) => (who === null ? null : { ...holder(who), at: who.at });
  const document = {
    site,
    at,
    rows: rows.map(row => ({
      state: row.state,
      address: row.ip,
      network: row.network,
      link: row.link,
      holder: holder(row.device),
      vendor: safe(row.vendor),
      since: row.startedAt,
      until: row.endedAt,
      last_seen: row.lastSeenAt,
      looked: row.looked,
      before: seen(row.before),
      after: seen(row.after),
    })),
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

function safe(text: string | null): string | null {
  return text === null ? null : inert(text, 4000);
}
