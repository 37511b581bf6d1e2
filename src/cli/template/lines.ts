/** `netureon template`: texts of messages that people write themselves. */
import type { Command } from 'commander';
import { textOf, type CommandGroup, type Options, type SettingOption } from '../command-line.ts';

const SITE: SettingOption = { flags: '--site <name>', setting: 'siteName' };

const which = (command: Command) =>
  command
    .option('--channel <name>', 'only for messages through this channel (default: all)')
    .option('--kind <kind>', 'only for messages about alerts of this kind (default: all)');

const text = (command: Command) =>
  command
    .option('--subject <text>', 'the subject, in Liquid (default: as without a template)')
    .option('--file <file>', 'read the text from this file instead of standard input');

const given = (options: Options) => ({
  channel: textOf(options['channel']),
  kind: textOf(options['kind']),
});

export const template = (): CommandGroup => ({
  name: 'template',
  description: 'texts of messages that you write yourself',
  commands: [
    {
      name: 'list',
      description: 'list the templates, and with --variables what they can say',
      settings: [SITE],
      options: command =>
        command.option('--variables', 'list what a template can say instead').option('--json', 'print JSON'),
      work: async (context, options) => {
        const { listCommand } = await import('./command.ts');
        await listCommand(context, {
          variables: options['variables'] === true,
          json: options['json'] === true,
        });
      },
    },
    {
      name: 'show',
      description: 'print a template',
      settings: [SITE],
      options: command => which(command).option('--json', 'print JSON'),
      work: async (context, options) => {
        const { showCommand } = await import('./command.ts');
        await showCommand(context, given(options), options['json'] === true);
      },
    },
    {
      name: 'set',
      description: 'write a template, if it would work',
      settings: [SITE],
      options: command => text(which(command)),
      work: async (context, options) => {
        const { setCommand } = await import('./command.ts');
        await setCommand(context, given(options), {
          subject: textOf(options['subject']) ?? '',
          file: textOf(options['file']),
        });
      },
    },
    {
      name: 'remove',
      description: 'remove a template; the default text is used again',
      settings: [SITE],
      options: command => void which(command),
      work: async (context, options) => {
        const { removeCommand } = await import('./command.ts');
        await removeCommand(context, given(options));
      },
    },
    {
      name: 'preview',
      description: 'print what a message would say: with the template there is, or with one from a file',
      settings: [SITE],
      options: command =>
        text(which(command)).option('--html', 'print the HTML').option('--json', 'print JSON'),
      work: async (context, options) => {
        const { previewCommand } = await import('./command.ts');
        await previewCommand(context, given(options), {
          subject: textOf(options['subject']),
          file: textOf(options['file']),
          html: options['html'] === true,
          json: options['json'] === true,
        });
      },
    },
  ],
});
