/** `netureon key …`: what its commands are called and take. */
import { textOf, type CommandGroup, type SettingOption } from '../command-line.ts';

const SITE: SettingOption = { flags: '--site <name>', setting: 'siteName' };

export const key = (): CommandGroup => ({
  name: 'key',
  description: 'what programs show instead of signing in',
  commands: [
    {
      name: 'list',
      description: 'list the keys of all users',
      settings: [SITE],
      options: command => command.option('--json', 'print JSON'),
      work: async (context, options) => {
        const { listCommand } = await import('./command.ts');
        await listCommand(context, options['json'] === true);
      },
    },
    {
      name: 'add',
      description: 'make a key; it is printed this once and kept nowhere',
      operands: [
        { name: 'user', help: 'whom it acts for, and never with more rights' },
        { name: 'name', help: 'what it is for' },
      ],
      settings: [SITE],
      options: command =>
        command
          .option('--scope <scopes>', 'read, write, admin, metrics, with commas', 'read')
          .option('--days <n>', 'how long it lasts; 0: for ever', '90'),
      work: async (context, options, [user = '', name = '']) => {
        const { addCommand } = await import('./command.ts');
        const given = { scope: textOf(options['scope']) ?? 'read', days: textOf(options['days']) ?? '90' };
        await addCommand(context, user, name, given);
      },
    },
    {
      name: 'revoke',
      description: 'end a key at once',
      operands: [{ name: 'number', help: 'as `netureon key list` shows it' }],
      settings: [SITE],
      work: async (context, _options, [number = '']) => {
        const { revokeCommand } = await import('./command.ts');
        await revokeCommand(context, number);
      },
    },
  ],
});
