/** `netureon rule list`, `show` and `rehearse`. */
import { NetureonError } from '../../lib/errors.ts';
import { count, inert } from '../../lib/text.ts';
import { rehearsalSentence } from '../../message/rehearsal-words.ts';
import { describeRule } from '../../message/rule-words.ts';
import { rehearse, type Rehearsal } from '../../store/rehearsal.ts';
import type { Rule } from '../../store/rules.ts';
import { coloursFor } from '../colours.ts';
import type { Context } from '../context.ts';
import { localTime } from '../local-time.ts';
import { zoneName } from '../site-zone.ts';
import { textTable } from '../text-table.ts';
import { chooseRule, withSite } from './session.ts';

export async function listCommand(context: Context, json: boolean): Promise<void> {
  await withSite(context, async ({ known, names }) => {
    if (json) return print(known.rules);
    const rows = known.rules.map(rule => [String(rule.id), rule.name, stateOf(rule, known.now)]);
    const table = textTable(['Rule', 'Name', 'State'], rows, coloursFor(process.stdout).bold);
    const lines = table.trimEnd().split('\n');
    const sentences = known.rules.map(rule => `      ${describeRule(rule, names)}`);
    process.stdout.write(
      known.rules.length === 0
        ? 'No rules: nothing is sent.\n'
        : `${lines.map((line, i) => [line, sentences[i - 1]].filter(text => text !== undefined).join('\n')).join('\n')}\n`,
    );
  });
}

export async function showCommand(context: Context, wanted: string, json: boolean): Promise<void> {
  await withSite(context, async ({ known, names }) => {
    const rule = chooseRule(known.rules, wanted);
    if (json) return print(rule);
    const made =
      rule.origin === 'default'
        ? 'one of the rules that a site begins with'
        : `by ${inert(rule.madeBy ?? 'somebody')}`;
    process.stdout.write(
      `${inert(rule.name)} (rule ${rule.id}, ${stateOf(rule, known.now)}; ${made})\n${describeRule(rule, names)}\n`,
    );
  });
}

export async function rehearseCommand(
  context: Context,
  wanted: string | undefined,
  days: string,
  json: boolean,
): Promise<void> {
  const number = /^\d{1,3}$/.test(days) ? Number(days) : 0;
  if (number < 1 || number > 366)
    throw new NetureonError('usage', `${inert(days)} is no number of days`, { remedy: 'use 1 to 366' });
  await withSite(context, async site => {
    const rule = wanted === undefined ? undefined : chooseRule(site.known.rules, wanted);
    const under = rule === undefined ? null : { id: rule.id, input: { ...rule, enabled: true } };
    const result = await rehearse(site.db, site.site, under, number);
    if (json) print(result);
    else process.stdout.write(rehearsalText(result));
  });
}

/** The sentence, and what stands behind it. */
export function rehearsalText({ rule, all, now, days }: Rehearsal): string {
  const shown = rule ?? all;
  const lines = [rehearsalSentence(shown, days, rule === null ? 'the rules' : 'this')];
  if (rule !== null)
    lines.push(
      `With it all rules together: ${count(all.messages, 'message')}, ${all.atNight} at night; without: ${now.messages}, ${now.atNight} at night.`,
    );
  for (const { channel, messages } of shown.byChannel)
    lines.push(`  ${inert(channel)}: ${count(messages, 'message')}`);
  for (const { reason, alerts } of shown.notSent)
    lines.push(`  not sent: ${count(alerts, 'alert')}, ${inert(reason, 200)}`);
  return `${lines.join('\n')}\n`;
}

function stateOf({ enabled, snoozedUntil, expiresAt }: Rule, now: Date): string {
  if (!enabled) return 'off';
  if (expiresAt !== null && expiresAt <= now) return `expired ${localTime(expiresAt)} (${zoneName()})`;
  if (snoozedUntil !== null && snoozedUntil > now)
    return `snoozed until ${localTime(snoozedUntil)} (${zoneName()})`;
  return 'on';
}

export function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
