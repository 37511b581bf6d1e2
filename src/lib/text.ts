/**
 * Text that a stranger's device chose (names, banners, vendor strings) is hostile until it has passed here: no
 * terminal escapes, no bidirectional overrides, no line breaks, bounded length. Escaping for HTML is the renderer's.
 */

// C0 and C1 controls, DEL; zero-width and bidirectional controls (UAX #9, UTS #55); line separators; the BOM;
// lone surrogates; tag characters. They can hide, reorder or forge what a reader sees. The zero-width joiners stay inside
// scripts and emoji that need them (Persian names, families), that is between characters outside ASCII.
const UNSAFE =
  /(?<!\P{ASCII})[\u200c\u200d]|[\u200c\u200d](?!\P{ASCII})|[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/** One harmless line of at most `maxLength` UTF-16 units; cut text ends in `…`. Unsafe characters become U+FFFD. */
export function inert(text: string, maxLength = 255): string {
  const clean = text.replace(UNSAFE, '\ufffd').trim();
  if (clean.length <= maxLength) return clean;
  return `${clean.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** The text without its unsafe characters: for names, where a mark in their place would make two names of one. */
export function withoutUnsafe(text: string): string {
  return text.replace(UNSAFE, '');
}

/** `1 device`, `2 devices`, `1,234 devices`. */
export function count(n: number, singular: string, plural = `${singular}s`): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? singular : plural}`;
}
