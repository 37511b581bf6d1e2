/** What can be saved and is probably not what was meant. */
import type { RuleContext } from './rule-input.ts';
import type { Rule, RuleInput } from './rules.ts';

/** Sentences for the person who is about to save it. */
export function ruleDoubts(rule: RuleInput, context: RuleContext | undefined): string[] {
  const others = context?.rules.filter(({ id }) => id !== context.id) ?? [];
  const position = context?.rules.find(({ id }) => id === context.id)?.position ?? -Infinity;
  const at = context?.now ?? new Date(0);
  const counts = (one: Rule) =>
    one.enabled &&
    (one.snoozedUntil === null || one.snoozedUntil <= at) &&
    (one.expiresAt === null || one.expiresAt > at);
  const above = others.find(one => counts(one) && one.position < position && covers(one, rule));
  const below = others.filter(one => one.position > position && covers(rule, one));
  const everyone = matchesEverything(rule) && rule.channels === null;
  return [
    rule.enabled &&
      everyone &&
      rule.action === 'silence' &&
      'Nothing is sent any more while this rule is on.',
    rule.enabled && below.length > 0 && hides(below, everyone),
    above !== undefined && `It never decides anything: “${above.name}” above matches all of it first.`,
    rule.expiresAt !== null && rule.expiresAt <= at && 'It has expired: it does nothing.',
    rule.action === 'silence' &&
      [rule.cooldownS, rule.groupS, rule.quietFrom, rule.escalateAfterS].some(value => value !== null) &&
      'It keeps silent: what it says about when and how calmly to send has no effect.',
    rule.escalateTo !== null &&
      rule.channels !== null &&
      rule.channels.length === 1 &&
      rule.channels[0] === rule.escalateTo &&
      'It escalates to the channel that it sends to in the first place.',
    context !== undefined && context.channels.length === 0 && 'There is no channel yet, so nothing is sent.',
  ].filter(doubt => typeof doubt === 'string');
}

function hides(below: readonly Rule[], everyone: boolean): string {
  const names = below.map(({ name }) => `“${name}”`).join(', ');
  return everyone
    ? `It matches everything: the rules below it never decide anything (${names}).`
    : `It matches all that rules below it match; they never decide anything: ${names}.`;
}

function matchesEverything(rule: RuleInput): boolean {
  return (
    rule.kinds === null && rule.minSeverity === 'info' && conditions(rule).every(value => value === null)
  );
}

function conditions(rule: RuleInput): readonly unknown[] {
  const { networks, devices, owners, deviceKinds, states, vendors, randomMac, watched, days, fromTime } =
    rule;
  return [networks, devices, owners, deviceKinds, states, vendors, randomMac, watched, days, fromTime];
}

/** Whatever `inner` matches on its channels `outer` matches as well: seen from the conditions alone, so not every case. */
function covers(outer: RuleInput, inner: RuleInput): boolean {
  const list = (a: readonly unknown[] | null, b: readonly unknown[] | null) =>
    a === null || (b !== null && b.every(item => a.includes(item)));
  const same = (a: unknown, b: unknown) => a === null || a === b;
  const hours =
    outer.fromTime === null || (outer.fromTime === inner.fromTime && outer.toTime === inner.toTime);
  const zone = (outer.days === null && outer.fromTime === null) || outer.timeZone === inner.timeZone;
  // Only a rule that names a kind matches its routine alerts.
  const kinds = outer.kinds === null ? inner.kinds === null : list(outer.kinds, inner.kinds);
  return (
    kinds &&
    RANK[outer.minSeverity] <= RANK[inner.minSeverity] &&
    list(outer.channels, inner.channels) &&
    list(outer.networks, inner.networks) &&
    list(outer.devices, inner.devices) &&
    list(outer.owners, inner.owners) &&
    list(outer.deviceKinds, inner.deviceKinds) &&
    list(outer.states, inner.states) &&
    list(outer.vendors, inner.vendors) &&
    list(outer.days, inner.days) &&
    same(outer.randomMac, inner.randomMac) &&
    same(outer.watched, inner.watched) &&
    hours &&
    zone
  );
}

const RANK = { info: 0, low: 1, medium: 2, high: 3, critical: 4 } as const;
