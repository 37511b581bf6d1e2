/** Finds what a file of the site says in words of its own, which then can be in one language only. */
import { readFile } from 'node:fs/promises';
import { transform } from 'esbuild';
import { parseAst } from 'vite';

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Attributes that people read or hear, here and of our own components. */
const SPOKEN =
  /^(?:aria-label|aria-description|title|placeholder|alt|label|word|hint|caption|content|sentence)$/;
/** Inside of these nothing is translated: names, commands, keys. */
const UNTRANSLATED = new Set(['code', 'pre', 'kbd', 'script', 'style']);
/** The name of the product, and what is the same in all languages. */
const NAMES =
  /\b(?:netureon|npm run demo|MAC|IP|IPv6|DNS|API|CSV|JSON|utf-8)\b|width=\S+|[a-z]+(?:-[a-z]+)+/g;

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

const letters = (said: string) => /\p{L}{2}/u.test(said.replaceAll(NAMES, ''));
/** Three words in a row are a sentence or the begin of one. */
const isSentence = (said: string) => /^\P{Ll}?[\p{L}’]+,? [\p{L}’]+[,:;]? [\p{L}’]+/u.test(said.trim());

/** @returns each thing said, in order */
export async function ownWords(file: string): Promise<string[]> {
  return ownWordsOf(await readFile(file, 'utf8'), file.endsWith('x') ? 'tsx' : 'ts');
}

export async function ownWordsOf(source: string, loader: 'ts' | 'tsx'): Promise<string[]> {
  const { code } = await transform(source, { loader, jsx: 'preserve', target: 'es2022' });
  const said: string[] = [];
  visit(parseAst(code, { jsx: true }), { said, isSpoken: false, isQuiet: false });
  return said;
}

interface Place {
  readonly said: string[];
  /** A string here is read by people as it stands. */
  readonly isSpoken: boolean;
  /** Nothing here is. */
  readonly isQuiet: boolean;
}

function visit(node: unknown, place: Place): void {
  if (Array.isArray(node)) return node.forEach(one => visit(one, place));
  if (!isNode(node)) return;
  const rest = (at: Place) => {
    for (const [key, value] of Object.entries(node)) if (key !== 'type') visit(value, at);
  };
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
      return;
    case 'JSXElement':
      return element(node, place);
    case 'JSXText':
      return tell(String(node['value']), { ...place, isSpoken: true });
    case 'JSXAttribute': {
      const name = nameOf(node['name']);
      return visit(node['value'], { ...place, isSpoken: SPOKEN.test(name), isQuiet: !SPOKEN.test(name) });
    }
    case 'CallExpression':
    case 'NewExpression':
      // What is handed to a function is its matter, but sentences are sentences; errors of the program and its log are not
      // for visitors.
      return rest({
        ...place,
        isSpoken: false,
        isQuiet: place.isQuiet || /^(?:NetureonError|Error|log|error|warn|info)$/.test(calleeOf(node)),
      });
    case 'MemberExpression':
    case 'BinaryExpression':
      return rest({ ...place, isSpoken: node.type === 'BinaryExpression' && node['operator'] === '+' });
    case 'ConditionalExpression':
      visit(node['test'], { ...place, isSpoken: false });
      visit(node['consequent'], place);
      return visit(node['alternate'], place);
    case 'LogicalExpression':
      visit(node['left'], { ...place, isSpoken: place.isSpoken && node['operator'] === '??' });
      return visit(node['right'], place);
    case 'Literal':
      if (typeof node['value'] === 'string') tell(node['value'], place);
      return;
    case 'TemplateElement': {
      const { value } = node;
      if (typeof value === 'object' && value !== null && 'cooked' in value) tell(String(value.cooked), place);
      return;
    }
    case 'TemplateLiteral':
      visit(node['quasis'], place);
      return visit(node['expressions'], { ...place, isSpoken: false });
    default:
      return rest(place);
  }
}

function element(node: Node, place: Place): void {
  const opening = isNode(node['openingElement']) ? node['openingElement'] : node;
  visit(opening['attributes'], { ...place, isSpoken: false });
  const isQuiet = UNTRANSLATED.has(nameOf(opening['name'])) || place.isQuiet;
  visit(node['children'], { ...place, isSpoken: true, isQuiet });
}

function tell(said: string, { said: all, isSpoken, isQuiet }: Place): void {
  const text = said.replaceAll(/\s+/g, ' ').trim();
  if (!isQuiet && (isSpoken ? letters(text) : isSentence(text))) all.push(text);
}

function nameOf(node: unknown): string {
  if (!isNode(node)) return '';
  if (node.type === 'JSXNamespacedName') return `${nameOf(node['namespace'])}:${nameOf(node['name'])}`;
  return typeof node['name'] === 'string' ? node['name'] : '';
}

function calleeOf(node: Node): string {
  const { callee } = node;
  if (!isNode(callee)) return '';
  return callee.type === 'MemberExpression' ? nameOf(callee['property']) : nameOf(callee);
}
