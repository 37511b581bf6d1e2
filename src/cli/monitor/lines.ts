/** `netureon monitor`: what it takes. */
import type { CommandLine } from '../command-line.ts';

export const monitorCommand = (version: string): CommandLine => ({
  name: 'monitor',
  description:
    'look once whether scan, alerts and site report, and send in their place; for a timer (exit 1: one is silent, or a channel fails)',
  settings: [{ flags: '--site <name>', setting: 'siteName' }],
  options: command =>
    command.option('--json', 'print one JSON document').option('--quiet', 'print nothing while all is well'),
  work: async (context, options) => {
    const { monitorCommand: command } = await import('./command.ts');
    return command(context, version, { json: options['json'] === true, quiet: options['quiet'] === true });
  },
});
