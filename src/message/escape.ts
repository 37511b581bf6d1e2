/** For text and double-quoted attributes alike, in HTML and in Telegram's subset of it. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/**
 * Whether a reader's program makes something to press of this: a bare domain, an address, a /command, an @mention or a
 * #tag. Where a device chose the text, it is shown as code, of which nothing is made.
 */
export function isLinkable(text: string): boolean {
  return LINKABLE.test(text);
}

const LINKABLE = /[\p{L}\p{N}_-]\.\p{L}|(?<![\p{L}\p{N}])[@/#$][\p{L}\p{N}_]|:\/\//u;
