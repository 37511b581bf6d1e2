/** What people typed, checked: values that the database takes, or one sentence per field. */
import type { Decision } from '../store/device-changes.ts';

export function checkDecision(form: URLSearchParams): Decision | undefined {
  const decision = form.get('decision');
  return decision === 'accept' || decision === 'ignore' || decision === 'block' ? decision : undefined;
}

/** An id from a path or query; ids of ours stay far below 2^53. */
export function checkId(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}

/** A page of this site to go back to, without its toast; anything else becomes the overview. */
export function checkBack(text: string | null): string {
  if (text === null || !/^\/(?![/\\])/.test(text)) return '/';
  try {
    const url = new URL(text, 'http://site.invalid');
    if (url.host !== 'site.invalid') return '/';
    url.searchParams.delete('toast');
    // Dot segments are resolved by now: what was `/.//host` would be another host to a browser.
    return url.pathname.startsWith('//') ? '/' : url.pathname + url.search;
  } catch {
    return '/'; // not an address at all
  }
}
