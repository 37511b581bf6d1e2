/** A person's template (Liquid) → subject and text; and whether it would work, before it is saved. */
import type { Template as Parsed } from 'liquidjs';
import { messageOf } from '../lib/errors.ts';
import { inert, withoutUnsafe } from '../lib/text.ts';
import { ALERT_KINDS, type AlertKind } from '../store/alert-kinds.ts';
import type { OutboxAlert } from '../store/outbox.ts';
import type { TemplateProblem } from '../store/templates.ts';
import { composeDigest, type Digest, type RenderContext } from './digest.ts';
import { budgetOf, liquidEngine, render, type Budget, type Values } from './liquid.ts';
import { sampleAlerts, SAMPLE_CONTEXT } from './samples.ts';
import { nearest } from './nearest.ts';
import { TEMPLATE_VARIABLES, valuesOf } from './template-values.ts';

export interface TemplateTexts {
  /** Empty: the default one. */
  readonly subject: string;
  readonly body: string;
}

const ENGINE = liquidEngine();

/** What a message may be; a mail reader cuts off after 102 KB, and as HTML this is up to six times as much. */
const LONGEST_TEXT = 16_000;
const LONGEST_SUBJECT = 200;
/** As the table has it. */
const LONGEST = { subject: 2000, body: 20_000 } as const;

/** Milliseconds for trying a template with every sample: whoever saves one waits for it, and so does everybody else. */
const CHECK_MS = 2000;

export type Rendered =
  | { readonly kind: 'text'; readonly subject: string; readonly text: string }
  | { readonly kind: 'failed'; readonly problem: TemplateProblem };

/**
 * Plain text without any markup of ours: each channel escapes it. Never throws.
 *
 * @param alerts never empty @param digest of these alerts @param budget of time, where several are made
 */
export function renderTemplate(
  { subject, body }: TemplateTexts,
  alerts: readonly OutboxAlert[],
  digest: Digest,
  context: RenderContext,
  budget?: Budget,
): Rendered {
  const values = valuesOf(alerts, digest, context);
  const title = rendered('subject', subject, values, budget);
  if (typeof title !== 'string') return { kind: 'failed', problem: title };
  const text = rendered('body', body, values, budget);
  if (typeof text !== 'string') return { kind: 'failed', problem: text };
  const clean = cleanText(text);
  if (clean === '') return { kind: 'failed', problem: nothing('body') };
  return {
    kind: 'text',
    subject: inert(title.replaceAll(/\s+/g, ' '), LONGEST_SUBJECT) || digest.subject,
    text: clean,
  };
}

/** What is wrong with it, tried with alerts of every kind; empty: it works. The first of each part. */
export function checkTemplate(subject: string, body: string): TemplateProblem[] {
  const problems = (['subject', 'body'] as const).flatMap(part => {
    const source = part === 'subject' ? subject : body;
    if (source.length > LONGEST[part])
      return [wrong(part, `is longer than ${LONGEST[part].toLocaleString('en-US')} characters`)];
    try {
      return unknownVariables(part, ENGINE.parse(source));
    } catch (error) {
      return [problemOf(part, error)];
    }
  });
  if (body.trim() === '') problems.push(nothing('body'));
  if (problems.length > 0) return problems;
  // What only shows when it is filled in: a loop's own variables, a filter that cannot take what it is given.
  const budget = budgetOf(CHECK_MS);
  for (const kind of ALERT_KINDS) {
    const failed = tryOut({ subject, body }, kind, budget);
    if (failed !== undefined) return [failed];
  }
  return [];
}

function tryOut(texts: TemplateTexts, kind: AlertKind, budget: Budget): TemplateProblem | undefined {
  for (const alerts of sampleAlerts(kind)) {
    const result = renderTemplate(
      texts,
      alerts,
      composeDigest(alerts, SAMPLE_CONTEXT),
      SAMPLE_CONTEXT,
      budget,
    );
    if (result.kind === 'failed')
      return {
        ...result.problem,
        problem: `${result.problem.problem} (tried with an alert of kind ${kind})`,
      };
  }
  return undefined;
}

function rendered(
  part: TemplateProblem['part'],
  source: string,
  values: Values,
  budget: Budget | undefined,
): string | TemplateProblem {
  try {
    return render(ENGINE, source, values, budget);
  } catch (error) {
    return problemOf(part, error);
  }
}

/** Line breaks stay; everything else that could reorder or hide text goes. */
function cleanText(text: string): string {
  const lines = text.split(/\r\n|[\r\n]/).map(line => withoutUnsafe(line.replaceAll('\t', '  ')).trimEnd());
  const clean = lines
    .join('\n')
    .replaceAll(/\n{4,}/g, '\n\n\n')
    .replace(/^\n+/, '')
    .trimEnd();
  if (clean.length <= LONGEST_TEXT) return clean;
  return `${clean.slice(0, LONGEST_TEXT - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

const KNOWN: ReadonlySet<string> = new Set(
  TEMPLATE_VARIABLES.flatMap(({ name }) => [name, name.split('.')[0] ?? name]),
);

function unknownVariables(part: TemplateProblem['part'], parsed: readonly Parsed[]): TemplateProblem[] {
  const { globals } = ENGINE.analyzeSync([...parsed], { partials: false });
  return Object.values(globals).flatMap(uses =>
    uses.flatMap(({ segments, location }) => {
      const [root, field] = segments.filter(segment => typeof segment === 'string');
      const name = (root === 'alert' || root === 'device') && field !== undefined ? `${root}.${field}` : root;
      // The second name of others (alerts.size, default_text.size) is found out by trying.
      if (name === undefined || KNOWN.has(name) || name === 'alert.device') return [];
      return [{ part, line: location.row, column: location.col, problem: unknown(name) }];
    }),
  );
}

function unknown(name: string): string {
  const close = suggestion(name);
  return `there is no ${name}${close === undefined ? '' : `; did you mean ${close}?`}`;
}

const NAMES = TEMPLATE_VARIABLES.map(({ name }) => name.split('.'));
const ROOTS = [...new Set(NAMES.flatMap(([root]) => root ?? []))];
const fieldsOf = (wanted: string) =>
  NAMES.flatMap(([root, field]) => (root === wanted && field !== undefined ? [field] : []));

/** The nearest name: of the same thing, else of the other; a loop's own variable stands for an alert. */
function suggestion(name: string): string | undefined {
  const [root = '', field] = name.split('.');
  if (field === undefined) {
    const same = nearest(root, ROOTS);
    const owner = ['device', 'alert'].find(one => fieldsOf(one).includes(root));
    return same ?? (owner === undefined ? undefined : `${owner}.${root}`);
  }
  const own = nearest(field, fieldsOf(root === 'device' ? 'device' : 'alert'));
  if (own !== undefined) return `${root}.${own}`;
  const other = nearest(field, fieldsOf(root === 'device' ? 'alert' : 'device'));
  if (other === undefined) return undefined;
  return root === 'device' ? `alert.${other}` : `${root === 'alert' ? '' : `${root}.`}device.${other}`;
}

/** liquidjs says where in its message and in its token: `…, line:2, col:7`. */
function problemOf(part: TemplateProblem['part'], error: unknown): TemplateProblem {
  const said = messageOf(error);
  const [, line, column] = /, line:(\d+), col:(\d+)/.exec(said) ?? [];
  return {
    part,
    line: line === undefined ? null : Number(line),
    column: column === undefined ? null : Number(column),
    problem: inert(inWords(said.replace(/(?:, file:.*?)?, line:\d+, col:\d+[\s\S]*$/, '')), 300),
  };
}

function inWords(said: string): string {
  const variable = /^undefined variable: (.+)$/.exec(said)?.[1];
  if (variable !== undefined) return unknown(variable);
  const tag = /^tag "([^"]+)" not found$/.exec(said)?.[1];
  if (tag !== undefined) return `there is no tag ${tag} here`;
  const filter = /^undefined filter: (.+)$/.exec(said)?.[1];
  if (filter !== undefined) return `there is no filter ${filter} here`;
  if (/render limit exceeded/.test(said)) return 'it takes too long';
  if (/(?:memory alloc|parse length) limit exceeded/.test(said)) return 'it makes too much';
  return said;
}

function wrong(part: TemplateProblem['part'], problem: string): TemplateProblem {
  return { part, line: null, column: null, problem: `the ${part === 'body' ? 'text' : part} ${problem}` };
}

function nothing(part: TemplateProblem['part']): TemplateProblem {
  return wrong(part, 'says nothing');
}

/** As people read it: `line 2, column 7 of the text: there is no alert.nam; did you mean alert.name?` */
export function problemText({ part, line, column, problem }: TemplateProblem): string {
  if (line === null) return problem;
  return `line ${line}, column ${column ?? 1} of the ${part === 'body' ? 'text' : part}: ${problem}`;
}
