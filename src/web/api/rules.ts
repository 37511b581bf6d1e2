/** Rules: reading, writing, moving and trying them. */
import type { z } from '@hono/zod-openapi';
import { durationText } from '../../lib/duration.ts';
import { rehearseWithin } from '../../store/rehearsal.ts';
import { ruleContext } from '../../store/rule-context.ts';
import { checkRule, type RuleFields } from '../../store/rule-input.ts';
import { getRule, listRules, moveRule, removeRule, saveRule, type RuleInput } from '../../store/rules.ts';
import type { Db } from '../../store/session.ts';
import type { SiteOptions } from '../options.ts';
import { Made, smallIdParams } from '../schema/api.ts';
import { MoveRule, Rehearsal, RehearseRule, Rule, RuleBody, Rules, SavedRule } from '../schema/api-rules.ts';
import { revisionWanted, stale } from './etag.ts';
import { operation, type AnyOperation } from './operation.ts';
import { idOf, missing } from './outcome.ts';
import { ApiProblem } from './problem.ts';

const WHAT = 'the rule';
const tag = 'Rules';
const REHEARSAL_MS = 20_000;
/** A rehearsal puts a month of alerts through the rules: more at once would be felt by everybody. */
const MOST_REHEARSALS = 2;

export function ruleOperations({
  site,
  clock,
  rehearsalTimeoutMs = REHEARSAL_MS,
}: SiteOptions): AnyOperation[] {
  let rehearsing = 0;

  const checked = async (db: Db, id: number | null, body: RuleInput, within: string) => {
    const found = checkRule(fieldsOf(body), await ruleContext(db, site, id, clock.now()));
    if ('input' in found) return found;
    throw new ApiProblem(422, 'This rule makes no sense. Nothing was changed.', {
      errors: found.problems.map(({ field, problem }) => ({
        in: 'body',
        field: `${within}${NAMES[field] ?? field}`,
        detail: problem,
      })),
    });
  };
  const found = async (db: Db, id: number) => {
    const rule = await getRule(db, site, id);
    if (rule === undefined) throw missing(WHAT);
    return rule;
  };
  return [
    operation({
      method: 'get',
      path: '/rules',
      id: 'listRules',
      tag,
      summary: 'Rules from the top: for each channel the first that matches decides',
      need: 'viewer',
      answer: Rules,
      run: async ({ db }) => ({ body: { items: (await listRules(db, site)).map(writable) } }),
    }),
    operation({
      method: 'post',
      path: '/rules',
      id: 'addRule',
      tag,
      summary: 'Make a rule, at the top',
      need: 'admin',
      body: RuleBody,
      answer: SavedRule,
      status: 201,
      run: async ({ db, actor, body }) => {
        const { input, warnings } = await checked(db, null, body, '');
        const id = idOf(await saveRule(db, site, { id: null, revision: null, input, actor }), WHAT);
        return { status: 201, body: { id, warnings: [...warnings] } };
      },
    }),
    operation({
      method: 'post',
      path: '/rules/rehearse',
      id: 'rehearseRule',
      tag,
      summary: 'What a rule would have sent in the last days; nothing is changed or sent',
      description: '`id`: the rule that it would replace; null: it would be new, at the top.',
      need: 'admin',
      body: RehearseRule,
      answer: Rehearsal,
      problems: [409, 429],
      run: async ({ db, body: { id, rule, days } }) => {
        if (id !== null) await found(db, id);
        const { input, warnings } = await checked(db, id, rule, 'rule.');
        if (rehearsing >= MOST_REHEARSALS)
          throw new ApiProblem(429, 'Other rules are being tried at this moment.', {
            headers: { 'Retry-After': '5' },
          });
        rehearsing += 1;
        try {
          const rehearsal = await rehearseWithin(rehearsalTimeoutMs, db, site, { id, input }, days);
          if (rehearsal === undefined)
            throw new ApiProblem(409, 'This would take too long: try it over fewer days.');
          return {
            body: { ...structuredClone(rehearsal), warnings: [...warnings] } as z.input<typeof Rehearsal>,
          };
        } finally {
          rehearsing -= 1;
        }
      },
    }),
    operation({
      method: 'get',
      path: '/rules/{id}',
      id: 'getRule',
      tag,
      summary: 'One rule',
      need: 'viewer',
      params: smallIdParams,
      answer: Rule,
      run: async ({ db, params: { id } }) => {
        const rule = await found(db, id);
        return { body: writable(rule), revision: rule.revision };
      },
    }),
    operation({
      method: 'put',
      path: '/rules/{id}',
      id: 'changeRule',
      tag,
      summary: 'Write a rule anew',
      description:
        'With If-Match (an ETag of this rule) it is refused with 412 when somebody changed the rule since.',
      need: 'admin',
      params: smallIdParams,
      body: RuleBody,
      answer: SavedRule,
      problems: [412],
      run: async ({ c, db, actor, params: { id }, body }) => {
        const before = await found(db, id);
        const revision = revisionWanted(c.req.header('if-match'), before.revision);
        const { input, warnings } = await checked(db, id, body, '');
        const outcome = await saveRule(db, site, { id, revision, input, actor });
        if (outcome.kind === 'stale') throw stale();
        return { body: { id: idOf(outcome, WHAT), warnings: [...warnings] } };
      },
    }),
    operation({
      method: 'delete',
      path: '/rules/{id}',
      id: 'removeRule',
      tag,
      summary: 'Remove a rule',
      need: 'admin',
      params: smallIdParams,
      run: async ({ db, actor, params: { id } }) => {
        idOf(await removeRule(db, site, id, actor), WHAT);
        return undefined;
      },
    }),
    operation({
      method: 'post',
      path: '/rules/{id}/move',
      id: 'moveRule',
      tag,
      summary: 'Move a rule by one place; at the top or the bottom it stays',
      need: 'admin',
      params: smallIdParams,
      body: MoveRule,
      answer: Made,
      run: async ({ db, actor, params: { id }, body: { direction } }) => ({
        body: { id: idOf(await moveRule(db, site, id, direction, actor), WHAT) },
      }),
    }),
  ];
}

/** The names of the form's fields as the API has them. */
const NAMES: Readonly<Record<string, string>> = {
  hours: 'fromTime',
  quiet: 'quietFrom',
  cooldown: 'cooldownS',
  group: 'groupS',
  escalateAfter: 'escalateAfterS',
  expires: 'expiresAt',
};

/** As checkRule reads it: lists stay lists, for what a program sends may have commas. */
function fieldsOf(input: RuleInput): RuleFields {
  const list = (values: readonly (string | number)[] | null) => values?.map(String);
  const yesNo = (value: boolean | null) => (value === null ? undefined : value ? 'yes' : 'no');
  const span = (seconds: number | null) => (seconds === null ? undefined : durationText(seconds));
  const hours = (from: string | null, to: string | null) =>
    from === null && to === null ? undefined : `${from ?? '?'}-${to ?? '?'}`;
  return {
    name: [input.name],
    enabled: yesNo(input.enabled),
    kinds: list(input.kinds),
    minSeverity: input.minSeverity,
    networks: list(input.networks),
    devices: list(input.devices),
    owners: list(input.owners),
    deviceKinds: list(input.deviceKinds),
    states: list(input.states),
    vendors: list(input.vendors),
    randomMac: yesNo(input.randomMac),
    watched: yesNo(input.watched),
    days: list(input.days),
    hours: hours(input.fromTime, input.toTime),
    timeZone: input.timeZone ?? undefined,
    action: input.action,
    channels: list(input.channels),
    setSeverity: input.setSeverity ?? undefined,
    cooldown: span(input.cooldownS),
    group: span(input.groupS),
    quiet: hours(input.quietFrom, input.quietTo),
    escalateAfter: span(input.escalateAfterS),
    escalateTo: input.escalateTo === null ? undefined : String(input.escalateTo),
    expires: input.expiresAt?.toISOString(),
  };
}

/** Lists that may be written to: what a schema takes. */
function writable<T extends object>(value: T) {
  return value as {
    -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] | null ? Item[] | (null & T[K]) : T[K];
  };
}
