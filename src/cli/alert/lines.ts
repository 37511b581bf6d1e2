/** `netureon alert …`: what each takes. The work is loaded when it is called. */
import { textOf, type CommandGroup, type Options, type SettingOption } from '../command-line.ts';

const SITE: SettingOption = { flags: '--site <name>', setting: 'siteName' };
const NUMBER = { name: 'alert', help: 'its number' };
const isJson = (options: Options) => options['json'] === true;

export const alertCommands = (): CommandGroup => ({
  name: 'alert',
  description: 'alerts: what is open, what became of each, and what is muted',
  commands: [
    {
      name: 'list',
      description: 'list alerts, newest first',
      settings: [SITE],
      options: command =>
        command
          .option('--state <state>', 'open, acknowledged, resolved or all', 'open')
          .option('--urgent', 'leave out information and new devices')
          .option('--kind <kind>', 'of this kind only; netureon rule kinds lists them')
          .option('--severity <severity>', 'at least: info, low, medium, high or critical')
          .option('--device <which>', 'of this device only: name, MAC, address or number')
          .option('--network <which>', 'of this network only: its CIDR or its name')
          .option('--since <time>', 'what happened since: 2026-11-20 03:12, yesterday 03:12, -2h')
          .option('--limit <number>', 'how many at most', '50')
          .option('--json', 'print JSON'),
      work: async (context, options) => {
        const { listCommand } = await import('./command.ts');
        await listCommand(context, options);
      },
    },
    {
      name: 'show',
      description: 'show one alert and its story',
      operands: [NUMBER],
      settings: [SITE],
      options: command => command.option('--json', 'print JSON'),
      work: async (context, options, [alert = '']) => {
        const { showCommand } = await import('./command.ts');
        await showCommand(context, alert, isJson(options));
      },
    },
    {
      name: 'acknowledge',
      description: 'say that somebody has seen to it; nobody else is called for it then',
      operands: [{ name: 'alert', help: 'its number, or all' }],
      settings: [SITE],
      options: command =>
        command.option('--kind <kind>', 'with all: of this kind only').option('--json', 'print JSON'),
      work: async (context, options, [alert = '']) => {
        const { acknowledgeCommand } = await import('./command.ts');
        await acknowledgeCommand(context, alert, textOf(options['kind']), isJson(options));
      },
    },
    {
      name: 'reopen',
      description: 'take an acknowledgement back',
      operands: [{ name: 'alert', help: 'its number, or all: your last “acknowledge all” of this hour' }],
      settings: [SITE],
      options: command => command.option('--json', 'print JSON'),
      work: async (context, options, [alert = '']) => {
        const { reopenCommand } = await import('./command.ts');
        await reopenCommand(context, alert, isJson(options));
      },
    },
    {
      name: 'mute',
      description:
        'send nothing about what matches, until an end; with no choice, nothing but what is critical',
      settings: [SITE],
      options: command =>
        command
          .option('--for <length>', 'how long: 30m, 8h, 2d')
          .option('--until <time>', 'until when, in the zone of the site: 2026-11-20 07:00, or 07:00')
          .option('--kind <kind>', 'alerts of this kind; netureon rule kinds lists them')
          .option('--device <which>', 'alerts of this device')
          .option('--network <which>', 'alerts of this network')
          .option('--channel <name>', 'messages through this channel')
          .option('--note <text>', 'why, for others to read')
          .option('--json', 'print JSON'),
      work: async (context, options) => {
        const { muteCommand } = await import('./mute.ts');
        await muteCommand(context, options);
      },
    },
    {
      name: 'mutes',
      description: 'list the mutes that run',
      settings: [SITE],
      options: command => command.option('--json', 'print JSON'),
      work: async (context, options) => {
        const { mutesCommand } = await import('./mute.ts');
        await mutesCommand(context, isJson(options));
      },
    },
    {
      name: 'unmute',
      description: 'end a mute now',
      operands: [{ name: 'mute', help: 'its number' }],
      settings: [SITE],
      options: command => command.option('--json', 'print JSON'),
      work: async (context, options, [mute = '']) => {
        const { unmuteCommand } = await import('./mute.ts');
        await unmuteCommand(context, mute, isJson(options));
      },
    },
  ],
});
