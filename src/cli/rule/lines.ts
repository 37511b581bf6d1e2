/** `netureon rule …`: what each takes. The work is loaded when it is called. */
import type { Command } from 'commander';
import {
  repeated,
  textOf,
  type CommandGroup,
  type CommandLine,
  type SettingOption,
} from '../command-line.ts';

const SITE: SettingOption = { flags: '--site <name>', setting: 'siteName' };
const RULE = { name: 'rule', help: 'its number or its name' };
const json = (command: Command) => command.option('--json', 'print JSON');

/** Option and field of a rule; see src/store/rule-input.ts. */
export const FIELD_OPTIONS = [
  ['--name <name>', 'name', 'what it is called'],
  ['--kinds <kinds>', 'kinds', 'kinds of alerts, with commas; repeatable; see netureon rule kinds'],
  ['--min-severity <severity>', 'minSeverity', 'info, low, medium, high or critical'],
  ['--networks <networks>', 'networks', 'CIDRs, names or numbers'],
  ['--devices <devices>', 'devices', 'names, MACs, addresses or numbers'],
  ['--owners <owners>', 'owners', 'whose devices'],
  ['--device-kinds <kinds>', 'deviceKinds', 'kinds of devices: phone, camera'],
  ['--states <states>', 'states', 'new, known, ignored, blocked, archived'],
  ['--vendors <vendors>', 'vendors', 'parts of vendor names'],
  ['--random-mac <yes|no>', 'randomMac', 'with a random MAC, or without'],
  ['--watched <yes|no>', 'watched', 'of watched devices, or of others'],
  ['--days <days>', 'days', 'mon-fri; sat,sun'],
  ['--hours <hours>', 'hours', 'when it matches: 22:00-07:00'],
  ['--time-zone <zone>', 'timeZone', 'of its hours: Europe/Berlin; default: the site’s'],
  ['--action <action>', 'action', 'send (the default) or silence'],
  ['--channels <channels>', 'channels', 'names or numbers; default: every channel'],
  ['--set-severity <severity>', 'setSeverity', 'say that it is so severe'],
  ['--cooldown <length>', 'cooldown', 'at most once in so long for each device and kind: 1h 30m'],
  ['--group <length>', 'group', 'wait so long for others, and for the end of the cause: 5m'],
  ['--quiet <hours>', 'quiet', 'hold until these hours end, but what is critical: 22:00-07:00'],
  ['--escalate-after <length>', 'escalateAfter', 'nobody acknowledges it for so long: to another channel'],
  ['--escalate-to <channel>', 'escalateTo', 'that channel'],
  ['--expires <time>', 'expires', '2026-12-24 or 2026-12-24 18:00'],
] as const;

/** Lists, which may be given piece by piece. */
const LISTS: ReadonlySet<string> = new Set([
  'kinds', 'networks', 'devices', 'owners', 'deviceKinds', 'states', 'vendors', 'days', 'channels',
]); // prettier-ignore

function fields(command: Command): Command {
  for (const [flags, field, help] of FIELD_OPTIONS)
    if (LISTS.has(field)) command.option(flags, help, repeated);
    else command.option(flags, help);
  return command
    .option('--off', 'switched off for now')
    .option('--dry-run', 'only say what it would have sent, and save nothing')
    .option('--json', 'print JSON');
}

const simple = (
  name: 'remove' | 'restore' | 'on' | 'off',
  description: string,
  operand = RULE,
): CommandLine => ({
  name,
  description,
  operands: [operand],
  settings: [SITE],
  options: json,
  work: async (context, options, [rule = '']) => {
    const { actCommand } = await import('./acts.ts');
    await actCommand(context, name, rule, options['json'] === true);
  },
});

export const ruleCommands = (): CommandGroup => ({
  name: 'rule',
  description: 'rules: who is told of what, and how calmly; for each channel the first from the top decides',
  commands: [
    {
      name: 'list',
      description: 'list the rules from the top',
      settings: [SITE],
      options: json,
      work: async (context, options) => {
        const { listCommand } = await import('./command.ts');
        await listCommand(context, options['json'] === true);
      },
    },
    {
      name: 'kinds',
      description: 'list the kinds of alerts: as rules and options name them, and in words',
      settings: [SITE],
      options: json,
      work: async (_context, options) => {
        const { kindsCommand } = await import('./kinds.ts');
        kindsCommand(options['json'] === true);
      },
    },
    {
      name: 'show',
      description: 'show one rule',
      operands: [RULE],
      settings: [SITE],
      options: json,
      work: async (context, options, [rule = '']) => {
        const { showCommand } = await import('./command.ts');
        await showCommand(context, rule, options['json'] === true);
      },
    },
    {
      name: 'add',
      description: 'make a rule, on top, and say what it would have sent',
      settings: [SITE],
      options: fields,
      work: async (context, options) => {
        const { saveCommand } = await import('./save.ts');
        await saveCommand(context, null, options);
      },
    },
    {
      name: 'change',
      description: 'change what is given, and say what it would have sent; an empty text takes away',
      operands: [RULE],
      settings: [SITE],
      options: fields,
      work: async (context, options, [rule = '']) => {
        const { saveCommand } = await import('./save.ts');
        await saveCommand(context, rule, options);
      },
    },
    {
      name: 'move',
      description: 'move a rule one place up or down',
      operands: [RULE, { name: 'direction', help: 'up or down' }],
      settings: [SITE],
      options: json,
      work: async (context, options, [rule = '', direction = '']) => {
        const { moveCommand } = await import('./acts.ts');
        await moveCommand(context, rule, direction, options['json'] === true);
      },
    },
    simple('remove', 'remove a rule; restore brings it back'),
    simple('restore', 'bring a removed rule back where it was', {
      name: 'rule',
      help: 'the number that it had',
    }),
    simple('on', 'switch a rule on'),
    simple('off', 'switch a rule off'),
    {
      name: 'snooze',
      description: 'let a rule rest for a while',
      operands: [RULE],
      settings: [SITE],
      options: command => json(command.option('--for <length>', 'how long: 8h; 0 ends it', '1h')),
      work: async (context, options, [rule = '']) => {
        const { snoozeCommand } = await import('./acts.ts');
        await snoozeCommand(context, rule, textOf(options['for']) ?? '', options['json'] === true);
      },
    },
    {
      name: 'rehearse',
      description: 'say what the rules, or one of them, would have sent in the last days',
      operands: [{ ...RULE, optional: true }],
      settings: [SITE],
      options: command => json(command.option('--days <days>', '1 to 366', '30')),
      work: async (context, options, [rule]) => {
        const { rehearseCommand } = await import('./command.ts');
        await rehearseCommand(context, rule, textOf(options['days']) ?? '', options['json'] === true);
      },
    },
  ],
});
