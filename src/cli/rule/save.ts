/** `netureon rule add` and `change`: checked, rehearsed, and saved unless it was only to be tried. */
import { NetureonError } from '../../lib/errors.ts';
import { inert } from '../../lib/text.ts';
import { describeRule } from '../../message/rule-words.ts';
import { rehearse } from '../../store/rehearsal.ts';
import { checkRule, type RuleFields } from '../../store/rule-input.ts';
import { saveRule, type Rule } from '../../store/rules.ts';
import type { Options } from '../command-line.ts';
import type { Context } from '../context.ts';
import { theDevice } from '../profile/jobs.ts';
import { print, rehearsalText } from './command.ts';
import { fieldsOf } from './fields.ts';
import { FIELD_OPTIONS } from './lines.ts';
import { chooseRule, done, withSite, type Site } from './session.ts';

const DAYS = 30;

/** @param wanted null: a new one */
export async function saveCommand(context: Context, wanted: string | null, options: Options): Promise<void> {
  await withSite(context, async site => {
    const rule = wanted === null ? undefined : chooseRule(site.known.rules, wanted);
    const { input, warnings } = await checked(site, rule, options);
    const id = rule?.id ?? null;
    const rehearsal = await rehearse(site.db, site.site, { id, input }, DAYS);
    const json = options['json'] === true;
    if (!json) {
      process.stdout.write(`${describeRule(input, site.names)}\n${rehearsalText(rehearsal)}`);
      for (const warning of warnings) process.stdout.write(`Mind: ${inert(warning, 400)}\n`);
    }
    const saved =
      options['dryRun'] === true
        ? null
        : done(
            await saveRule(site.db, site.site, {
              id,
              revision: rule?.revision ?? null,
              input,
              actor: site.actor,
            }),
          );
    if (json) print({ id: saved, input, warnings, rehearsal });
    else process.stdout.write(saved === null ? 'Nothing was saved.\n' : `Saved as rule ${saved}.\n`);
  });
}

async function checked(site: Site, rule: Rule | undefined, options: Options) {
  const fields: Record<string, RuleFields[string]> = rule === undefined ? {} : { ...fieldsOf(rule) };
  for (const [, field] of FIELD_OPTIONS) {
    const given = options[field];
    if (typeof given === 'boolean' || given === undefined) continue;
    fields[field] = typeof given === 'string' ? given : given.flatMap(item => item.split(','));
    if (field === 'devices') fields[field] = await deviceNumbers(site, given);
  }
  if (options['off'] === true) fields['enabled'] = 'no';
  const result = checkRule(fields, { ...site.known, id: rule?.id ?? null });
  if ('input' in result) return result;
  throw new NetureonError(
    'usage',
    `this is no rule yet\n${result.problems.map(({ field, problem }) => `  ${optionOf(field)}: ${inert(problem, 300)}`).join('\n')}`,
    { remedy: 'see `netureon rule add --help`' },
  );
}

async function deviceNumbers(site: Site, given: string | readonly string[]): Promise<string[]> {
  const wanted = [given].flat().flatMap(item => item.split(','));
  const numbers: string[] = [];
  for (const one of wanted.map(item => item.trim()).filter(Boolean))
    numbers.push(String(await theDevice(site.db, site.site, one)));
  return numbers;
}

function optionOf(field: string): string {
  return FIELD_OPTIONS.find(([, name]) => name === field)?.[0].split(' ')[0] ?? field;
}
