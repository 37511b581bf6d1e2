/**
 * The registry as IEEE publishes it: CSV files (RFC 4180) of MA-L, MA-M and MA-S assignments, in UTF-8, with the columns
 * `Registry,Assignment,Organization Name,Organization Address`. Every line is checked; what is wrong is told by its number.
 */
import { count, withoutUnsafe } from '../../lib/text.ts';

export interface Registry {
  /** Assignment in upper-case hex digits → organisation. */
  readonly entries: Readonly<Record<string, string>>;
  /** Which of the three it holds. */
  readonly registries: readonly RegistryName[];
  /** Lines that were passed over. */
  readonly faults: readonly Fault[];
}

export interface Fault {
  readonly file: string;
  readonly line: number;
  readonly problem: string;
}

/** Hex digits of an assignment: 24, 28 and 36 bits. */
const DIGITS = { 'MA-L': 6, 'MA-M': 7, 'MA-S': 9 } as const;
export type RegistryName = keyof typeof DIGITS;
const HEADER = ['Registry', 'Assignment', 'Organization Name', 'Organization Address'];
const MAX_NAME = 200;
/** A file with more bad lines than this share of it is some other file. */
const MAX_FAULTY = 0.01;

/** @returns what is wrong with the files as a whole, or the registry */
export function parseRegistry(
  files: readonly { readonly name: string; readonly text: string }[],
): Registry | { readonly problem: string } {
  const entries = new Map<string, string>();
  const registries = new Set<RegistryName>();
  const faults: Fault[] = [];
  for (const { name, text } of files) {
    const [header, ...rows] = records(text.replace(/^\ufeff/, ''));
    if (header === undefined || HEADER.some((title, i) => header.fields[i]?.trim() !== title))
      return { problem: `${name} does not begin with ${HEADER.join(',')}` };
    let faulty = 0;
    for (const { line, fields } of rows) {
      const row = check(fields, entries);
      if ('problem' in row) {
        faults.push({ file: name, line, problem: row.problem });
        if (!row.harmless) faulty++;
        continue;
      }
      entries.set(row.digits, row.organisation);
      registries.add(row.registry);
    }
    if (rows.length === 0) return { problem: `${name} holds no assignment` };
    if (faulty > rows.length * MAX_FAULTY) {
      const { line, problem } = faults.find(({ file }) => file === name) ?? { line: 0, problem: '' };
      const many = `${count(faulty, 'bad line')} of ${rows.length.toLocaleString('en-US')}`;
      return { problem: `${name} has ${many}; the first is line ${line}: ${problem}` };
    }
  }
  return { entries: Object.fromEntries(entries), registries: [...registries].toSorted(), faults };
}

type Row =
  | { readonly registry: RegistryName; readonly digits: string; readonly organisation: string }
  /** harmless: IEEE's own files have such lines. */
  | { readonly problem: string; readonly harmless?: boolean };

function check(fields: readonly string[], known: ReadonlyMap<string, string>): Row {
  const [registry = '', assignment = '', organisation = ''] = fields.map(field => field.trim());
  if (fields.length !== HEADER.length)
    return { problem: `${count(fields.length, 'column')} instead of ${HEADER.length}` };
  if (!isRegistry(registry)) return { problem: `not MA-L, MA-M or MA-S: ${registry}` };
  const digits = assignment.toUpperCase();
  if (!/^[0-9A-F]+$/.test(digits) || digits.length !== DIGITS[registry])
    return { problem: `not ${DIGITS[registry]} hex digits: ${assignment}` };
  if (organisation.includes('\ufffd')) return { problem: 'the name is not UTF-8' };
  const name = withoutUnsafe(organisation).replace(/\s+/g, ' ').trim().slice(0, MAX_NAME);
  if (name === '') return { problem: 'no name' };
  const before = known.get(digits);
  if (before !== undefined) return { problem: `${digits} again; ${before} was first`, harmless: true };
  return { registry, digits, organisation: name };
}

function isRegistry(text: string): text is RegistryName {
  return Object.hasOwn(DIGITS, text);
}

interface Line {
  /** Of its first character, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** A field in quotes may hold commas, doubled quotes and line ends; quotes inside any other are its own. Empty lines are none. */
function records(text: string): Line[] {
  const found: Line[] = [];
  let line = 1;
  let first = 1;
  let fields: string[] = [];
  let field = '';
  let quoted = false;
  const endField = () => {
    fields.push(field);
    field = '';
  };
  const endLine = () => {
    endField();
    if (fields.length > 1 || fields[0] !== '') found.push({ line: first, fields });
    fields = [];
  };
  for (let i = 0; i < text.length; i++) {
    const one = text.charAt(i);
    if (one === '\n') line++;
    if (quoted && one === '"' && text[i + 1] === '"') field += text.charAt(++i);
    else if (one === '"' && (quoted || field === '')) quoted = !quoted;
    else if (quoted) field += one;
    else if (one === ',') endField();
    else if (one === '\n') {
      endLine();
      first = line;
    } else if (one !== '\r') field += one;
  }
  endLine();
  return found;
}
