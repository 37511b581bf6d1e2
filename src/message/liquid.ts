/**
 * Liquid as people may write it here (https://shopify.github.io/liquid/): no other files, a chosen list of tags and
 * filters, and bounds on time, memory and length. What a template makes is text; channels escape it.
 */
import { Context, Liquid } from 'liquidjs';

/** Everything a template can be told: plain data, no objects with behaviour. */
export type Values = Readonly<Record<string, unknown>>;

/** include, render, layout and block read other files; raw, cycle, increment, tablerow and echo nobody needs in a message. */
const TAGS = ['assign', 'capture', 'case', 'comment', 'if', 'unless', 'for', 'break', 'continue'];
const FILTERS = [
  'abs at_least at_most ceil divided_by floor minus modulo plus round times',
  'append capitalize default downcase lstrip prepend remove remove_first replace replace_first rstrip slice split',
  'squish strip strip_newlines truncate truncatewords upcase url_encode json',
  'compact concat first join last map reverse size sort sort_natural sum uniq where date',
].flatMap(line => line.split(' '));

const BOUNDS = {
  /** Characters of a template. */
  parseLimit: 25_000,
  /** Milliseconds. A message takes less than one; the daemon does nothing else meanwhile. */
  renderLimit: 500,
  /** Characters and elements that it makes, all in all. */
  memoryLimit: 1_000_000,
};

/** More says no more about a moment. */
const LONGEST_FORMAT = 100;

/** How long several renderings may take together, in milliseconds. */
export type Budget = Context['renderLimit'];

export function budgetOf(ms: number): Budget {
  return new Context({}, undefined, { renderLimit: ms }).renderLimit;
}

/** @param budget instead of the bound on the time of this one */
export function render(engine: Liquid, source: string, values: Values, budget?: Budget): string {
  const options = { sync: true };
  const limits = budget === undefined ? {} : { renderLimit: budget };
  const made: unknown = engine.renderSync(
    engine.parse(source),
    new Context(values, engine.options, options, limits),
    options,
  );
  return String(made);
}

export function liquidEngine(): Liquid {
  const engine = new Liquid({
    ...BOUNDS,
    strictVariables: true,
    strictFilters: true,
    // An own property of what it is given, or nothing: no constructors, no prototypes.
    ownPropertyOnly: true,
    cache: false,
    // For `date`: one reading of a moment, wherever this runs.
    timezoneOffset: 0,
    relativeReference: false,
    fs: NO_FILES,
  });
  for (const name of Object.keys(engine.tags)) if (!TAGS.includes(name)) delete engine.tags[name];
  for (const name of Object.keys(engine.filters)) if (!FILTERS.includes(name)) delete engine.filters[name];
  const date = engine.filters['date'];
  if (typeof date === 'function')
    // A width (%9999d) would be a message of a gigabyte before any bound is looked at.
    engine.registerFilter('date', function (value, format, ...rest) {
      const wanted = String(format ?? '');
      // Each % costs a formatter of Intl, and the bounds are not looked at within one call.
      if (wanted.length > LONGEST_FORMAT)
        throw new Error(`a format of date has at most ${LONGEST_FORMAT} characters`);
      const moment: unknown = typeof value === 'string' ? value.slice(0, LONGEST_FORMAT) : value;
      const zone = rest.map((one: unknown) => (typeof one === 'string' ? one.slice(0, LONGEST_FORMAT) : one));
      return date.call(this, moment, wanted.replaceAll(/%([-_0^#:]*)\d+/g, '%$1'), ...zone);
    });
  return engine;
}

const noFile = () => {
  throw new Error('a template reads no files');
};
const NO_FILES = {
  exists: () => Promise.resolve(false),
  existsSync: () => false,
  readFile: () => Promise.reject(new Error('a template reads no files')),
  readFileSync: noFile,
  resolve: noFile,
};
