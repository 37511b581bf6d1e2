/** `netureon channel …`: what its commands are called and take. */
import type { Command } from 'commander';
import {
  repeated,
  textsOf,
  type CommandGroup,
  type CommandLine,
  type SettingOption,
} from '../command-line.ts';

const SITE: SettingOption = { flags: '--site <name>', setting: 'siteName' };
const NAME = { name: 'name', help: 'as `netureon channel list` shows it' };
const json = (command: Command) => command.option('--json', 'print JSON');

export const channel = (): CommandGroup => ({
  name: 'channel',
  description: 'the ways messages reach people',
  commands: [
    {
      name: 'list',
      description: 'list the channels and how each fares',
      settings: [SITE],
      options: json,
      work: async (context, options) => {
        const { listCommand } = await import('./command.ts');
        await listCommand(context, options['json'] === true);
      },
    },
    {
      name: 'show',
      description: 'what is known of one channel, and its latest messages',
      operands: [NAME],
      settings: [SITE],
      options: json,
      work: async (context, options, [name = '']) => {
        const { showCommand } = await import('./command.ts');
        await showCommand(context, name, options['json'] === true);
      },
    },
    {
      name: 'test',
      description: 'send one test message from here, and print what its server said',
      operands: [{ ...NAME, help: 'without it, the only one there is', optional: true }],
      settings: [SITE],
      options: command => json(command.option('--all', 'each channel')),
      work: async (context, options, [name]) => {
        const { testCommand } = await import('./try.ts');
        return testCommand(context, {
          name,
          all: options['all'] === true,
          json: options['json'] === true,
        });
      },
    },
    {
      name: 'add',
      description: 'add a channel that uses the credentials of the configuration',
      operands: [
        { name: 'name', help: '1 to 41 of a-z, 0-9, colon, dot, dash and underscore' },
        { name: 'kind', help: 'email, telegram, webhook, ntfy or matrix' },
      ],
      settings: [SITE],
      options: command =>
        command.requiredOption(
          '--to <recipient>',
          'a mail address (repeatable), chat, web address, topic or room; - reads it from standard input',
          repeated,
        ),
      work: async (context, options, [name = '', kind = '']) => {
        const { addCommand } = await import('./command.ts');
        await addCommand(context, name, kind, textsOf(options['to']));
      },
    },
    {
      name: 'remove',
      description: 'remove a channel that somebody added; its history stays',
      operands: [NAME],
      settings: [SITE],
      work: async (context, _options, [name = '']) => {
        const { removeCommand } = await import('./command.ts');
        await removeCommand(context, name);
      },
    },
    switching('on', 'send through a channel again'),
    switching('off', 'send nothing through a channel until it is switched on'),
  ],
});

const switching = (name: 'on' | 'off', description: string): CommandLine => ({
  name,
  description,
  operands: [NAME],
  settings: [SITE],
  work: async (context, _options, [channelName = '']) => {
    const { switchCommand } = await import('./command.ts');
    await switchCommand(context, channelName, name === 'on');
  },
});
