/** What people typed, checked: values that the database takes, or one sentence per field. */
import type { Decision, DeviceTexts } from '../store/device-changes.ts';

/** Characters, as the tables bound them. */
export const LIMITS = { name: 200, owner: 200, notes: 20_000 } as const;

export type TextErrors = Partial<Record<keyof DeviceTexts | 'form', string>>;

export type Checked =
  | { readonly ok: true; readonly texts: DeviceTexts; readonly revision: number | null }
  | { readonly ok: false; readonly values: Record<string, string>; readonly errors: TextErrors };

/** Controls other than line break and tab; they would be invisible, and PostgreSQL takes no NUL. */
// oxlint-disable-next-line no-control-regex -- that is what it looks for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u;

export function checkTexts(form: URLSearchParams): Checked {
  const values: Record<string, string> = {};
  const errors: TextErrors = {};
  for (const field of ['name', 'owner', 'notes'] as const) {
    const text = (form.get(field) ?? '').replaceAll('\r\n', '\n').trim();
    values[field] = text;
    // As PostgreSQL counts: an emoji is one character, not two.
    if (Array.from(text).length > LIMITS[field])
      errors[field] = `At most ${LIMITS[field].toLocaleString('en-US')} characters.`;
    else if (CONTROLS.test(text) || (field !== 'notes' && /[\n\t]/.test(text)))
      errors[field] = 'This contains invisible control characters. Type it anew.';
  }
  const revision = form.get('revision') ?? '';
  if (Object.keys(errors).length > 0) return { ok: false, values, errors };
  return {
    ok: true,
    texts: { name: values['name'] ?? '', owner: values['owner'] ?? '', notes: values['notes'] ?? '' },
    revision: /^\d{1,9}$/.test(revision) ? Number(revision) : null,
  };
}

const MINUTE = 60_000;

/** Minutes as typed, from half a minute to 30 days; empty: as learned. */
export function checkLimit(
  text: string,
): { readonly ok: true; readonly ms: number | null } | { readonly ok: false; readonly error: string } {
  const typed = text.trim().replace(',', '.');
  if (typed === '') return { ok: true, ms: null };
  const minutes = /^\d{1,6}(?:\.\d{1,3})?$/.test(typed) ? Number(typed) : NaN;
  if (minutes >= 0.5 && minutes <= 30 * 24 * 60) return { ok: true, ms: Math.round(minutes * MINUTE) };
  return { ok: false, error: 'Minutes, from 0.5 to 43,200 (30 days), or empty to let it be learned.' };
}

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
