/** What a reader sees of a page, without the markup. */
export function plain(html: string): string {
  return html
    .replaceAll(/<(?:title|option|style)[^>]*>[^<]*<\/(?:title|option|style)>/g, ' ')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
