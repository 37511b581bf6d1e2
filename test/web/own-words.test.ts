import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { de } from '../../src/web/text/de.ts';
import { en } from '../../src/web/text/en.ts';
import { ownWords, ownWordsOf } from './own-words.ts';

/** Not said to visitors, or the same in every language. */
const NO_WORDS = new Set([
  'light dark',
  'noindex, nofollow',
  'Espressif',
  'UTC',
  '{{ default_subject }}',
  'netureon link form\u0000',
  'a link sent to',
  'netureon device cookie\u0000',
  'netureon pending sign-in\u0000',
  'Europe/Berlin',
  'Send a token: Authorization: Bearer nt_…',
  'something else listens there: stop it, or choose another port, such as --listen 127.0.0.1:',
]);

const FILES = readdirSync('src/web', { recursive: true })
  .map(String)
  // Programs are spoken to in English.
  .filter(file => /\.tsx?$/.test(file) && !/^(?:text|api|schema\/api)/.test(file));

describe('the words of the site', () => {
  it('are all in src/web/text', async () => {
    const found: Record<string, string[]> = {};
    for (const file of FILES) {
      const said = (await ownWords(`src/web/${file}`)).filter(word => !NO_WORDS.has(word));
      if (said.length > 0) found[file] = said;
    }
    expect(found).toEqual({});
  });

  it.each([
    ['<p>Nothing here</p>', ['Nothing here']],
    ['<p>{x ? "yes, it is" : text().no}</p>', ['yes, it is']],
    ['<p>{x ?? "none"}</p>', ['none']],
    ['<p>{`${n} devices`}</p>', ['devices']],
    ['<button aria-label="Remove">×</button>', ['Remove']],
    ['<input placeholder={any ? "any" : of("x")} name="any" class="wide row" />', ['any']],
    ['<Field word="Name" name="name">{list.map(one => <b>and {one}</b>)}</Field>', ['Name', 'and']],
    ['<p><code>netureon scan</code> {text().all} netureon</p>', []],
    ['throw new HTTPException(404, { message: "There is no such thing." })', ['There is no such thing.']],
    ['throw new NetureonError("internal", "this is for the log")', []],
    ['const a = { b: "What do you mean by that?" }', ['What do you mean by that?']],
    ['const sql = `x`; const kind = "new_device"; <p class={`row ${kind}`}>{words[kind]}</p>', []],
  ])('%s has %j of its own', async (source, said) => {
    expect(await ownWordsOf(source, 'tsx')).toEqual(said);
  });
});

/** Each text of a catalogue by its path; functions with something for each value. */
function* textsOf(part: unknown, path = ''): Generator<readonly [path: string, text: string]> {
  if (typeof part === 'string') yield [path, part];
  else if (typeof part === 'function') {
    // One and several may be said in different ways.
    for (const n of [1, 7]) yield* textsOf(call(part as Words, n), `${path}(${n})`);
  } else if (typeof part === 'object' && part !== null)
    for (const [key, value] of Object.entries(part)) yield* textsOf(value, `${path}.${key}`);
}

type Words = (...values: never[]) => unknown;

function call(words: Words, n: number): unknown {
  return Reflect.apply(
    words,
    undefined,
    Array.from({ length: words.length }, () => n),
  );
}

/** The same in both languages, and rightly so: names, numbers, units, and words that German took over. */
const SAME =
  /^(?:[\p{P}\p{S}\d\s]*|\{\} (?:s|min|h)|system|import|sensor(?:s|en)?|name|text|telegram|ntfy|matrix|webhook|port|admin|status|info|online|offline|in telegram|.*@.*|.*:\/\/.*|.*\b(?:MAC|IP|API|TOTP|CSV|JSON|netureon)\b.*)$/iu;

describe('German', () => {
  const english = new Map(textsOf(en));
  const german = new Map(textsOf(de));

  it('has the same parts as English, and says each in its own words', () => {
    expect([...german.keys()]).toEqual([...english.keys()]);
    const same = [...german].filter(([path, said]) => said === english.get(path) && !SAME.test(said));
    // Short words may be alike; sentences are not.
    expect(same.filter(([, said]) => /\p{L}+ \p{L}+/u.test(said))).toEqual([]);
    expect(same.length).toBeLessThan(german.size / 20);
  });

  it('leaves nothing empty', () => {
    const empty = [...german].filter(
      ([path, said]) => said.trim() === '' && english.get(path)?.trim() !== '',
    );
    // What stands before a name in one language may stand after it in the other.
    expect(empty.map(([path]) => path).filter(path => !/\.ask\.\w+\.\d$/.test(path))).toEqual([]);
  });
});
