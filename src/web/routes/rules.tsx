/** `/rules`: the list, and making or changing one. What would be saved is tried first, on what has really happened. */
import { createHash } from 'node:crypto';
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { describeRule } from '../../message/rule-words.ts';
import { rehearseWithin } from '../../store/rehearsal.ts';
import { ruleContext } from '../../store/rule-context.ts';
import { checkRule } from '../../store/rule-input.ts';
import { getRule, saveRule, timeZoneOf, type RuleInput } from '../../store/rules.ts';
import { countChannels } from '../../store/site-status.ts';
import { checkId } from '../forms.ts';
import { frameAt, frameOf } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { actor, text } from '../visit.ts';
import { formOf, told } from '../reply.ts';
import { revisionOrNull } from '../schema/alerting.ts';
import {
  devicesOfRule,
  fieldsOf,
  findDevice,
  typedOfInput,
  typedRule,
  type RuleTyped,
} from '../rule-form.ts';
import { readLines, wordsFor } from '../rule-lines.ts';
import { RuleEdit, type RuleEditData } from '../views/rule-edit.tsx';
import { Rules } from '../views/rules.tsx';

/** How far back a rule is tried. */
const TRIED_DAYS = 30;
/** People who wait longer for a page think that it hangs. */
const TRIED_WITHIN_MS = 20_000;

const BEGINNING: RuleTyped = { minSeverity: ['info'], action: ['send'], enabled: ['yes'] };

export function ruleRoutes(options: SiteOptions): Hono {
  const { db, site, clock, rehearsalTimeoutMs = TRIED_WITHIN_MS } = options;

  /** The form with what was typed; `more` says what came of it. */
  const page = async (
    c: Context,
    id: number | null,
    typed: RuleTyped,
    more: Partial<RuleEditData>,
    status: 200 | 400 | 409 | 422 = 200,
  ) => {
    const [context, devices] = await Promise.all([
      ruleContext(db, site, id, clock.now()),
      devicesOfRule(db, site, typed),
    ]);
    const data: RuleEditData = {
      id,
      revision: null,
      context,
      typed,
      devices,
      addDevice: '',
      errors: {},
      warnings: [],
      ...more,
    };
    const path = id === null ? '/rules/new' : `/rules/${id}`;
    return c.html(<RuleEdit frame={frameAt(c, options, path)} data={data} />, status);
  };

  /** Checks what was typed, then tries or saves it: what was not tried as it is now is tried first. */
  const submit = async (c: Context, id: number | null) => {
    const form = await formOf(c);
    const read = await readForm(form);
    const { typed, addDevice } = read;
    const revision = revisionOrNull.parse(form.get('revision'));
    const checked = checkRule(fieldsOf(typed), await ruleContext(db, site, id, clock.now()));
    const problems = ['problems' in checked ? checked.problems : [], read.problem ?? []].flat();
    if (problems.length > 0 || 'problems' in checked) {
      // The first of each field: the others follow once it is right.
      const errors = Object.fromEntries(
        problems.toReversed().map(({ field, problem }) => [field, sentence(problem)]),
      );
      return page(c, id, typed, { revision, addDevice, errors }, 422);
    }
    const { input, warnings } = checked;
    const proof = proofOf(input);
    if (form.get('step') === 'save' && form.get('tried') === proof)
      return save(c, id, revision, typed, input);
    const [rehearsal, zone, words] = await Promise.all([
      rehearseWithin(rehearsalTimeoutMs, db, site, { id, input }, TRIED_DAYS),
      timeZoneOf(db, site),
      wordsFor(options, [input]),
    ]);
    const timeZone = input.timeZone ?? zone ?? 'UTC';
    return page(c, id, typed, {
      revision,
      warnings,
      sentence: describeRule(input, words),
      tried: { rehearsal, proof, isSilence: input.action === 'silence', timeZone },
      ...(form.get('step') === 'save'
        ? { note: rehearsal === undefined ? text().rules.notSavedUntried : text().rules.notSavedYet }
        : {}),
    });
  };

  const save = async (
    c: Context,
    id: number | null,
    revision: number | null,
    typed: RuleTyped,
    input: RuleInput,
  ) => {
    const outcome = await saveRule(db, site, { id, revision, input, actor: actor() });
    if (outcome.kind === 'done') return told(c, '/rules', `rule-saved.${outcome.id}`);
    if (outcome.kind === 'missing') throw new HTTPException(404, { message: text().rules.missing });
    if (outcome.kind === 'refused')
      return page(c, id, typed, { revision, problem: sentence(outcome.reason) }, 422);
    const now = id === null ? undefined : await getRule(db, site, id);
    const problem = text().rules.stale;
    return page(c, id, typed, { revision: now?.revision ?? null, problem }, 409);
  };

  /** What a link to a new rule says and no rule can; what is still empty is no fault of the link. */
  const wrongIn = async (typed: RuleTyped) => {
    const checked = checkRule(fieldsOf(typed), await ruleContext(db, site, null, clock.now()));
    const problems = 'problems' in checked ? checked.problems : [];
    const given = problems.filter(({ field }) => Object.hasOwn(typed, field));
    return { errors: Object.fromEntries(given.map(({ field, problem }) => [field, sentence(problem)])) };
  };

  /** With the device that was typed among those that are ticked. */
  const readForm = async (form: URLSearchParams) => {
    const typed = typedRule(form);
    const addDevice = (form.get('addDevice') ?? '').replaceAll('\0', '').slice(0, 200).trim();
    const found = await findDevice(db, site, addDevice);
    if (found === undefined) return { typed, addDevice };
    if ('problem' in found) return { typed, addDevice, problem: found };
    const devices = [...new Set([...(typed.devices ?? []), String(found.id)])];
    return { typed: { ...typed, devices }, addDevice: '' };
  };

  return new Hono()
    .get('/rules', async c => {
      const [lines, channels, timeZone] = await Promise.all([
        readLines(options),
        countChannels(db, site),
        timeZoneOf(db, site),
      ]);
      return c.html(<Rules frame={await frameOf(c, options)} data={{ lines, channels, timeZone }} />);
    })
    .get('/rules/new', async c => {
      const asked = typedRule(new URLSearchParams(new URL(c.req.url).search));
      const typed = { ...BEGINNING, ...asked };
      const { errors } = await wrongIn(typed);
      return page(c, null, typed, { errors }, Object.keys(errors).length > 0 ? 400 : 200);
    })
    .get('/rules/:id', async c => {
      const id = checkId(c.req.param('id'));
      const rule = id === undefined ? undefined : await getRule(db, site, id);
      if (rule === undefined) throw new HTTPException(404, { message: text().rules.missing });
      return page(c, rule.id, typedOfInput(rule), { revision: rule.revision });
    })
    .post('/rules', c => submit(c, null))
    .post('/rules/:id', async c => {
      const id = checkId(c.req.param('id'));
      if (id === undefined || (await getRule(db, site, id)) === undefined)
        throw new HTTPException(404, { message: text().rules.missing });
      return submit(c, id);
    });
}

/** Names what was tried: what was changed since has another. */
function proofOf(input: RuleInput): string {
  return createHash('sha256').update(JSON.stringify(input)).digest('hex').slice(0, 16);
}

/** What the parser says of a field begins in the middle of a sentence. */
function sentence(problem: string): string {
  const capital = problem.charAt(0).toUpperCase() + problem.slice(1);
  return /[.?!]$/.test(capital) ? capital : `${capital}.`;
}
