/** `netureon user …`: what its commands are called and take. */
import type { Command } from 'commander';
import { textOf, type CommandGroup, type CommandLine, type SettingOption } from '../command-line.ts';

const SITE: SettingOption = { flags: '--site <name>', setting: 'siteName' };
const NAME = { name: 'name', help: 'as `netureon user list` shows it' };
const fromStdin = (command: Command) =>
  command.option('--password-stdin', 'read the password from standard input instead of asking for it');

export const user = (): CommandGroup => ({
  name: 'user',
  description: 'who may use the site',
  commands: [
    {
      name: 'list',
      description: 'list the users of the site',
      settings: [SITE],
      options: command => command.option('--json', 'print JSON'),
      work: async (context, options) => {
        const { listCommand } = await import('./command.ts');
        await listCommand(context, options['json'] === true);
      },
    },
    {
      name: 'add',
      description: 'add a user; asks for the password on the terminal',
      operands: [{ name: 'name', help: 'letters, digits, spaces and . _ @ + -' }],
      settings: [SITE],
      options: command => fromStdin(command.option('--role <role>', 'viewer, operator or admin', 'viewer')),
      work: async (context, options, [name = '']) => {
        const { addCommand } = await import('./command.ts');
        await addCommand(
          context,
          name,
          textOf(options['role']) ?? 'viewer',
          options['passwordStdin'] === true,
        );
      },
    },
    {
      name: 'role',
      description: 'give a user another role; it ends the user’s sessions',
      operands: [NAME, { name: 'role', help: 'viewer, operator or admin' }],
      settings: [SITE],
      work: async (context, _options, [name = '', role = '']) => {
        const { roleCommand } = await import('./command.ts');
        await roleCommand(context, name, role);
      },
    },
    {
      name: 'password',
      description: 'give a user a new password; it ends the user’s sessions',
      operands: [NAME],
      settings: [SITE],
      options: fromStdin,
      work: async (context, options, [name = '']) => {
        const { passwordCommand } = await import('./command.ts');
        await passwordCommand(context, name, options['passwordStdin'] === true);
      },
    },
    acting('disable', 'let a user in no more; what the user did stays'),
    acting('enable', 'let a user in again'),
    acting('unlock', 'let a user try at once who has to wait after wrong passwords'),
    acting('totp-off', 'ask a user for no code any more, who has lost the telephone and the recovery codes'),
    acting('remove', 'remove a user for good; what the user did stays in the histories'),
  ],
});

const acting = (
  name: 'disable' | 'enable' | 'unlock' | 'totp-off' | 'remove',
  description: string,
): CommandLine => ({
  name,
  description,
  operands: [NAME],
  settings: [SITE],
  work: async (context, _options, [who = '']) => {
    const { actCommand } = await import('./command.ts');
    await actCommand(context, who, name);
  },
});
