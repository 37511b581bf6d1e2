/** From the bytes of a file to lines with fields: CSV by any of the usual separators, or JSON. What they mean is read elsewhere. */
import { CsvError, parse } from 'csv-parse/sync';
import { asTyped } from '../lib/csv.ts';
import { FILE_COLUMNS } from '../store/device-file.ts';

const FIELDS = ['device', 'mac', 'macs', 'name', 'owner', 'notes', 'state', 'kind', 'watched'] as const;
export type ImportField = (typeof FIELDS)[number];

export interface FileLine {
  /** In a CSV the number of the line where it begins, in JSON that of the entry, from 1. */
  readonly line: number;
  /** As typed; what has no column is absent. */
  readonly fields: Readonly<Partial<Record<ImportField, string>>>;
}

/** unreadable: `line` is where it went wrong, null for the file as a whole. */
export type ReadFile =
  | { readonly lines: readonly FileLine[]; readonly ignored: readonly string[] }
  | { readonly problem: FileProblem; readonly line: number | null };

/** Told in the reader's language. */
export type FileProblem =
  'encoding' | 'empty' | 'no_mac_column' | 'quotes' | 'json' | 'json_shape' | 'too_many' | 'repeated_column';

const MOST_LINES = 20_000;
/** Longer is no field of ours; notes are 20,000 characters at most. */
const MOST_RECORD = 200_000;

/** What people and other programs call these columns, folded. */
const NAMES: Readonly<Record<ImportField, readonly string[]>> = {
  device: ['device', 'device id', 'geraet id'],
  mac: [
    'mac',
    'mac address',
    'macaddress',
    'mac adresse',
    'hwaddr',
    'hardware address',
    'physical address',
    'ethernet',
  ],
  macs: ['macs', 'mac addresses', 'mac adressen'],
  name: ['name', 'device name', 'geraetename', 'bezeichnung', 'alias'],
  owner: ['owner', 'besitzer', 'eigentuemer', 'person'],
  notes: [
    'notes',
    'note',
    'comment',
    'comments',
    'description',
    'notiz',
    'notizen',
    'bemerkung',
    'kommentar',
  ],
  state: ['state', 'decision', 'zustand'],
  kind: ['kind', 'type', 'device type', 'art', 'typ'],
  watched: ['watched', 'beobachtet'],
};
const FIELD_OF = new Map(
  Object.entries(NAMES).flatMap(([field, names]) => names.map(name => [name, field as ImportField] as const)),
);
/** Of our own exports: known, and not for people to say. */
const TOLD_ONLY = new Set<string>(FILE_COLUMNS);

/** What is no UTF-8 is a NUL, which no readable file has. */
export function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return '\0';
  }
}

export function readFile(text: string, format: 'csv' | 'json'): ReadFile {
  if (text.includes('\0')) return { problem: 'encoding', line: null };
  if (text.trim() === '') return { problem: 'empty', line: null };
  return format === 'csv' ? readCsv(text) : readJson(text);
}

function readCsv(text: string): ReadFile {
  const rows: { record: string[]; line: number }[] = [];
  try {
    parse(text, {
      delimiter: separatorOf(text),
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: MOST_RECORD,
      record_delimiter: ['\r\n', '\n', '\r'],
      on_record: (record, { lines }) => {
        // It tells where a record ends; cells may have lines of their own.
        rows.push({ record, line: lines - record.join('').split('\n').length + 1 });
        return null;
      },
      to: MOST_LINES + 2,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line: unknown = error['lines'];
    return { problem: 'quotes', line: typeof line === 'number' ? line : null };
  }
  const [head, ...body] = rows;
  if (head === undefined) return { problem: 'empty', line: null };
  if (body.length > MOST_LINES) return { problem: 'too_many', line: null };
  const columns = head.record.map(fieldNamed);
  // Only these are looked at in each line: a head of ten thousand columns costs no more than its own line.
  const cells = columns.flatMap((column, at) => (column === undefined ? [] : [{ column, at }]));
  const known = cells.map(({ column }) => column);
  if (!known.some(column => column === 'mac' || column === 'macs' || column === 'device'))
    return { problem: 'no_mac_column', line: head.line };
  if (new Set(known).size < known.length) return { problem: 'repeated_column', line: head.line };
  const lines = body
    .filter(({ record }) => record.some(cell => cell.trim() !== ''))
    .map(({ record, line }) => ({
      line,
      fields: Object.fromEntries(cells.map(({ column, at }) => [column, asTyped(record[at] ?? '')])),
    }));
  const ignored = head.record.filter((name, at) => columns[at] === undefined && !isToldOnly(name));
  return { lines, ignored: ignored.map(name => name.slice(0, 60)).slice(0, 20) };
}

/** The one that the first line has most of, outside of quotes: a spreadsheet's choice depends on its language. */
function separatorOf(text: string): string {
  const head = (text.split(/\r\n|\n|\r/, 1)[0] ?? '').replaceAll(/"[^"]*"/g, '');
  const count = (separator: string) => head.split(separator).length;
  return [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best));
}

function readJson(text: string): ReadFile {
  let given: unknown;
  try {
    given = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return { problem: 'json', line: null };
  }
  const list: unknown = isObject(given) ? given['devices'] : given;
  if (!Array.isArray(list)) return { problem: 'json_shape', line: null };
  if (list.length > MOST_LINES) return { problem: 'too_many', line: null };
  const ignored = new Set<string>();
  const lines: FileLine[] = [];
  for (const [at, entry] of (list as unknown[]).entries()) {
    if (!isObject(entry)) return { problem: 'json_shape', line: at + 1 };
    const fields: Partial<Record<ImportField, string>> = {};
    for (const [name, value] of Object.entries(entry)) {
      const field = fieldNamed(name);
      const typed = typedOf(value);
      if (field === undefined) {
        if (!isToldOnly(name)) ignored.add(name.slice(0, 60));
      } else if (typed === undefined) return { problem: 'json_shape', line: at + 1 };
      else fields[field] = typed;
    }
    lines.push({ line: at + 1, fields });
  }
  return { lines, ignored: [...ignored].slice(0, 20) };
}

function typedOf(value: unknown): string | undefined {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return Array.isArray(value) && value.every(item => typeof item === 'string') ? value.join(' ') : undefined;
}

function fieldNamed(name: string): ImportField | undefined {
  return FIELD_OF.get(folded(name));
}

function isToldOnly(name: string): boolean {
  return name.trim() === '' || TOLD_ONLY.has(name.trim().toLowerCase());
}

function folded(name: string): string {
  return asTyped(name)
    .trim()
    .toLowerCase()
    .replaceAll(/[äöü]/g, letter => ({ ä: 'ae', ö: 'oe', ü: 'ue' })[letter] ?? letter)
    .replaceAll(/[\s_-]+/g, ' ');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
