/** What a search found, marked where it stands; and where else, when no column shows it. */
import type { Child } from 'hono/jsx';
import { inert } from '../../lib/text.ts';
import { macDigits, wordsOf } from '../../store/device-search.ts';
import type { DeviceRow } from '../../store/site-devices.ts';
import { text } from '../visit.ts';

/** As search_fold of the database, letter by letter. */
function fold(letter: string): string {
  return letter
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replaceAll('ß', 'ss');
}

/** The words of a search that are looked for in texts, folded. */
export function soughtWords(search: string): string[] {
  return wordsOf(search)
    .filter(({ field }) => field !== 'is')
    .map(({ word }) => Array.from(word, fold).join(''));
}

/** Where the first of these words stands in the text, in letters of the text. */
function place(shown: string, words: readonly string[]): readonly [from: number, to: number] | undefined {
  const letters = Array.from(shown);
  const folded = letters.map(fold);
  const whole = folded.join('');
  for (const word of words) {
    const at = word === '' ? -1 : whole.indexOf(word);
    if (at < 0) continue;
    let length = 0;
    let from = -1;
    for (const [index, part] of folded.entries()) {
      if (from < 0 && length + part.length > at) from = index;
      length += part.length;
      if (from >= 0 && length >= at + word.length) return [from, index + 1];
    }
  }
  return undefined;
}

export const Marked = ({ shown, words }: { shown: string; words: readonly string[] }): Child => {
  const found = words.length === 0 ? undefined : place(shown, words);
  if (found === undefined) return <>{shown}</>;
  const letters = Array.from(shown);
  const [from, to] = found;
  return (
    <>
      {letters.slice(0, from).join('')}
      <mark>{letters.slice(from, to).join('')}</mark>
      {letters.slice(to).join('')}
    </>
  );
};

/** Around the found place: notes may be long. */
const AROUND = 24;

function excerpt(whole: string, words: readonly string[]): string | undefined {
  const found = place(whole, words);
  if (found === undefined) return undefined;
  const letters = Array.from(whole);
  const from = Math.max(0, found[0] - AROUND);
  const to = Math.min(letters.length, found[1] + AROUND);
  return `${from > 0 ? '…' : ''}${letters.slice(from, to).join('')}${to < letters.length ? '…' : ''}`;
}

/** What is found and stands in none of the columns. */
export const FoundElsewhere = ({
  device,
  words,
  columns,
}: {
  device: DeviceRow;
  words: readonly string[];
  columns: readonly string[];
}) => {
  const places = elsewhere(device, words, columns);
  return places.length === 0 ? null : (
    <span class="found">
      {places.map(([field, shown]) => (
        <span>
          {text().devices.found[field]}:{' '}
          <bdi class={field === 'macs' || field === 'addresses' ? 'mono' : undefined}>
            <Marked shown={inert(shown, 160)} words={words} />
          </bdi>
        </span>
      ))}
    </span>
  );
};

type Field = keyof ReturnType<typeof text>['devices']['found'];

function elsewhere(
  device: DeviceRow,
  words: readonly string[],
  columns: readonly string[],
): (readonly [Field, string])[] {
  const shown = (column: string) => columns.includes(column);
  const texts: readonly (readonly [Field, string | null, boolean])[] = [
    ['called', device.called, device.name === null],
    ['owner', device.owner, shown('owner')],
    ['kind', device.kind, shown('kind')],
    ['vendor', device.vendor, shown('vendor')],
    ['notes', device.notes, false],
  ];
  const found = texts.flatMap(([field, whole, isShown]) => {
    const part = isShown || whole === null ? undefined : excerpt(whole, words);
    return part === undefined ? [] : [[field, part] as const];
  });
  const digits = words.map(word => macDigits(word)).filter(digit => digit !== undefined);
  const mac = device.macs.split(' ').find(one => digits.some(digit => one.includes(digit)));
  if (mac !== undefined && !(shown('mac') && mac === device.mac?.replaceAll(':', '')))
    found.push(['macs', mac.replace(/(..)(?=.)/g, '$1:')]);
  const address = device.addresses.find(one => words.some(word => one.includes(word)));
  if (address !== undefined && address !== device.ip) found.push(['addresses', address]);
  return found;
}
