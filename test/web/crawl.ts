/** Goes through a site as its visitors do: whatever a page links to or can be pressed is found, nothing is listed. */
import type { TestSite } from './support.ts';

export interface Link {
  readonly from: string;
  readonly path: string;
}

export interface Form {
  readonly from: string;
  readonly action: string;
  readonly method: 'get' | 'post';
  /** What a browser would send when nothing is typed: of boxes and choices what is chosen. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Each of its buttons, by what pressing it adds; a form without a named button has one that adds nothing. */
  readonly buttons: readonly (readonly [name: string, value: string] | null)[];
}

export interface Seen {
  readonly path: string;
  readonly status: number;
  readonly html: string;
}

/** Of pages that differ in a number or a value only, so many are looked at. */
const OF_A_KIND = 3;
/** A site that leads ever on would never be done. */
const MOST_PAGES = 300;

/** `/devices/12?state=new&q=x` and `/devices/7?state=new&q=y` are of one kind. */
export function kindOf(path: string): string {
  const url = new URL(path, 'http://site.invalid');
  const keys = [...new Set(url.searchParams.keys())].toSorted().join('&');
  return `${url.pathname.replaceAll(/\/\d+(?=\/|$)/g, '/:id').replace(/\/l\/[^/]+/, '/l/:token')}?${keys}`;
}

/** All pages that can be reached from these, each kind a few times. */
export async function crawl(site: Pick<TestSite, 'get'>, begin: readonly string[]): Promise<Seen[]> {
  const seen: Seen[] = [];
  const asked = new Set<string>();
  const kinds = new Map<string, number>();
  const queue: string[] = [...begin];
  for (let path = queue.shift(); path !== undefined && seen.length < MOST_PAGES; path = queue.shift()) {
    const kind = kindOf(path);
    const before = kinds.get(kind) ?? 0;
    if (asked.has(path) || before >= OF_A_KIND) continue;
    asked.add(path);
    kinds.set(kind, before + 1);
    const response = await site.get(path);
    const type = response.headers.get('content-type') ?? '';
    if (type.startsWith('text/event-stream')) {
      await response.body?.cancel();
      continue;
    }
    const location = response.headers.get('location');
    if (location !== null) queue.push(new URL(location, `http://site.invalid${path}`).pathname);
    const html = type.startsWith('text/html') ? await response.text() : '';
    seen.push({ path, status: response.status, html });
    queue.push(...linksOf(html, path).map(link => link.path));
  }
  return seen;
}

const unescape = (text: string) =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

function attribute(tag: string, name: string): string | undefined {
  const found = new RegExp(`\\s${name}(?:="([^"]*)")?(?=[\\s/>])`).exec(tag);
  return found === null ? undefined : unescape(found[1] ?? '');
}

/** Those that stay on the site, without what stands after the hash. */
export function linksOf(html: string, from: string): Link[] {
  const links: Link[] = [];
  for (const [tag] of html.matchAll(/<(?:a|iframe)\s[^>]*>/g)) {
    const href = attribute(tag, 'href') ?? attribute(tag, 'src');
    if (href === undefined || href.startsWith('#')) continue;
    const url = new URL(href, `http://site.invalid${from}`);
    if (url.host === 'site.invalid') links.push({ from, path: url.pathname + url.search });
  }
  return links;
}

export function formsOf(html: string, from: string): Form[] {
  return [...html.matchAll(/<form\s[^>]*>[\s\S]*?<\/form>/g)].map(([form]) => {
    const [tag = ''] = /^<form\s[^>]*>/.exec(form) ?? [];
    return {
      from,
      action: attribute(tag, 'action') ?? from,
      method: attribute(tag, 'method') === 'post' ? 'post' : 'get',
      fields: [...inputsOf(form), ...areasOf(form), ...choicesOf(form)],
      buttons: buttonsOf(form),
    };
  });
}

function inputsOf(form: string): (readonly [string, string])[] {
  return [...form.matchAll(/<input\s[^>]*>/g)].flatMap(([tag]) => {
    const name = attribute(tag, 'name');
    const type = attribute(tag, 'type');
    const isOff = (type === 'checkbox' || type === 'radio') && attribute(tag, 'checked') === undefined;
    if (name === undefined || isOff || type === 'file' || attribute(tag, 'disabled') !== undefined) return [];
    return [[name, attribute(tag, 'value') ?? (type === 'checkbox' ? 'on' : '')] as const];
  });
}

function areasOf(form: string): (readonly [string, string])[] {
  return [...form.matchAll(/(<textarea\s[^>]*>)([\s\S]*?)<\/textarea>/g)].flatMap(
    ([, tag = '', text = '']) => {
      const name = attribute(tag, 'name');
      return name === undefined ? [] : [[name, unescape(text)] as const];
    },
  );
}

function choicesOf(form: string): (readonly [string, string])[] {
  return [...form.matchAll(/(<select\s[^>]*>)([\s\S]*?)<\/select>/g)].flatMap(([, tag = '', inner = '']) => {
    const name = attribute(tag, 'name');
    const options = [...inner.matchAll(/<option[^>]*>/g)].map(([option]) => option);
    const chosen = options.find(option => attribute(option, 'selected') !== undefined) ?? options[0];
    return name === undefined || chosen === undefined
      ? []
      : [[name, attribute(chosen, 'value') ?? ''] as const];
  });
}

function buttonsOf(form: string): Form['buttons'] {
  const buttons = [...form.matchAll(/<button(?:\s[^>]*)?>/g)]
    .filter(([tag]) => attribute(tag, 'type') !== 'button' && attribute(tag, 'disabled') === undefined)
    .map(([tag]) => {
      const name = attribute(tag, 'name');
      return name === undefined ? null : ([name, attribute(tag, 'value') ?? ''] as const);
    });
  return buttons.length === 0 ? [null] : buttons;
}
