/** Whether HTML is only what clients show in a message (client-server API §11.2.1.1), well nested and escaped. */

const TAGS: ReadonlySet<string> = new Set(
  'font del h1 h2 h3 h4 h5 h6 blockquote p a ul ol sup sub li b i u strong em s code hr br div table thead tbody tr th td caption pre span details summary img'.split(
    ' ',
  ),
);
const EMPTY: ReadonlySet<string> = new Set(['br', 'hr', 'img']);
const LINK = /^href="(?:https?|mailto|matrix):[^"<>]*"$/;

/** @returns what a client would drop or show wrongly; undefined: nothing */
export function matrixHtmlProblem(html: string): string | undefined {
  const open: string[] = [];
  let at = 0;
  for (const match of html.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:\s+[^<>]*)?)>/g)) {
    const [tag, slash, name = '', attributes = ''] = match;
    const loose = looseIn(html.slice(at, match.index));
    if (loose !== undefined) return loose;
    at = match.index + tag.length;
    if (!TAGS.has(name)) return `<${name}> is not allowed`;
    if (slash === '/') {
      if (open.pop() !== name) return `</${name}> closes nothing`;
      continue;
    }
    if (attributes.trim() !== '' && !(name === 'a' && LINK.test(attributes.trim())))
      return `<${name}> may not have ${attributes.trim()}`;
    if (!EMPTY.has(name)) open.push(name);
  }
  return looseIn(html.slice(at)) ?? (open.length > 0 ? `<${open.join('><')}> is not closed` : undefined);
}

/** Between tags: no angle bracket, and every ampersand begins a character reference. */
function looseIn(text: string): string | undefined {
  if (/[<>]/.test(text)) return 'an angle bracket that is not escaped';
  return /&(?!(?:amp|lt|gt|quot|#39);)/.test(text) ? 'an ampersand that is not escaped' : undefined;
}
