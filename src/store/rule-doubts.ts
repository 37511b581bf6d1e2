/** What can be saved and is probably not what was meant. */
import { durationText } from '../lib/duration.ts';
import type { KnownOfDevices, RuleContext } from './rule-input.ts';
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
  const under = others.filter(one => one.position > position && one.enabled);
  const below = under.filter(one => covers(rule, one));
  const everyone = matchesEverything(rule) && rule.channels === null;
  return [
    rule.enabled &&
      everyone &&
      rule.action === 'silence' &&
      'Nothing is sent any more while this rule is on.',
    rule.enabled &&
      below.length > 0 &&
      hides(below, everyone ? under.filter(one => !below.includes(one)) : null),
    above !== undefined && `It never decides anything: “${above.name}” above matches all of it first.`,
    rule.expiresAt !== null && rule.expiresAt <= at && 'It has expired: it does nothing.',
    rule.action === 'silence' &&
      [rule.cooldownS, rule.groupS, rule.quietFrom, rule.escalateAfterS].some(value => value !== null) &&
      'It keeps silent: what it says about when and how calmly to send has no effect.',
    rule.enabled &&
      rule.action === 'send' &&
      context !== undefined &&
      escalates(rule, others.filter(counts), context),
    ...(context?.devices === undefined ? [] : unknownOnes(rule, context.devices)),
    context !== undefined && context.channels.length === 0 && 'There is no channel yet, so nothing is sent.',
  ].filter(doubt => typeof doubt === 'string');
}

const quoted = (items: readonly string[]) => items.map(item => `“${item}”`).join(', ');

/** @param left of one that matches everything: those that still decide something; null: it does not */
function hides(below: readonly Rule[], left: readonly Rule[] | null): string {
  const names = quoted(below.map(({ name }) => name));
  if (left === null) return `It matches all that rules below it match; they never decide anything: ${names}.`;
  const rest =
    left.length === 0
      ? ''
      : ` Only what is routine is left to ${quoted(left.map(({ name }) => name))}, for it goes by rules that name its kind.`;
  return `It matches everything: the rules below it never decide anything (${names}).${rest}`;
}

/** Whoever is to be called if nobody acknowledges it should not have been told at once. @param others from the top */
function escalates(rule: RuleInput, others: readonly Rule[], { channels }: RuleContext): string | undefined {
  const to = rule.escalateTo;
  if (to === null) return undefined;
  if (rule.channels === null || rule.channels.includes(to))
    return 'It escalates to a channel that it sends to in the first place.';
  const name = channels.find(({ id }) => id === to)?.name ?? `channel ${to}`;
  for (const one of others) {
    if ((one.channels !== null && !one.channels.includes(to)) || !overlaps(one, rule)) continue;
    const all = covers({ ...one, channels: null, kinds: one.kinds ?? rule.kinds }, rule);
    if (one.action === 'send') {
      const when = one.groupS === null ? 'at once' : `within ${durationText(one.groupS)}`;
      return `${name} gets ${all ? 'these' : 'some of these'} ${when} too, by “${one.name}”.`;
    }
    if (all) return undefined;
  }
  return undefined;
}

/** Of a longer list, so many are named. */
const NAMED = 8;

/** What no device has is probably a slip of the pen. Letters count as in `match_alerts`: whatever their case. */
function unknownOnes(rule: RuleInput, known: KnownOfDevices): string[] {
  const has = (all: readonly string[], item: string, isPart = false) =>
    all.some(one => {
      const [a, b] = [one.toLowerCase(), item.toLowerCase()];
      return isPart ? a.includes(b) : a === b;
    });
  const doubt = (missing: readonly string[], begin: string, all: readonly string[], word: string) => {
    if (missing.length === 0) return [];
    const more = all.length > NAMED ? ` and ${all.length - NAMED} more` : '';
    const there =
      all.length === 0 ? `there are no ${word} yet` : `${word} are ${all.slice(0, NAMED).join(', ')}${more}`;
    return [`${begin} ${quoted(missing)}; ${there}${there.endsWith('.') ? '' : '.'}`];
  };
  return [
    ...doubt(
      rule.owners?.filter(one => !has(known.owners, one)) ?? [],
      'No device belongs to',
      known.owners,
      'owners',
    ),
    ...doubt(
      rule.deviceKinds?.filter(one => !has(known.kinds, one)) ?? [],
      'No device is of the kind',
      known.kinds,
      'kinds of devices',
    ),
    ...doubt(
      rule.vendors?.filter(one => !has(known.vendors, one, true)) ?? [],
      'No device is by',
      known.vendors,
      'vendors',
    ),
  ];
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

/** Whether some alert may match both, whatever their channels: seen from the lists alone. */
function overlaps(a: RuleInput, b: RuleInput): boolean {
  const share = (x: readonly unknown[] | null, y: readonly unknown[] | null) =>
    x === null || y === null || x.some(item => y.includes(item));
  const same = (x: unknown, y: unknown) => x === null || y === null || x === y;
  return (
    share(a.kinds, b.kinds) &&
    share(a.networks, b.networks) &&
    share(a.devices, b.devices) &&
    share(a.owners, b.owners) &&
    share(a.deviceKinds, b.deviceKinds) &&
    share(a.states, b.states) &&
    share(a.days, b.days) &&
    same(a.randomMac, b.randomMac) &&
    same(a.watched, b.watched)
  );
}

const RANK = { info: 0, low: 1, medium: 2, high: 3, critical: 4 } as const;
