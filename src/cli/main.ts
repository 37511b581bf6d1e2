/** The `netureon` program: reads the command line, runs the command, turns what went wrong into a line and an exit code. */
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { codeOf, EXIT_CODES, NetureonError } from '../lib/errors.ts';
import { isSqlError } from '../store/sql-error.ts';
import { addCommand } from './command-line.ts';
import { commands } from './commands.ts';
import { stderrWriter } from './context.ts';

const { version } = packageJson;

function program(): Command {
  const netureon = new Command('netureon')
    .description('Tells the people who run a network which devices are on it, the moment that changes.')
    .version(version)
    .option('--config <file>', 'configuration file (default: /etc/netureon/netureon.toml if it exists)')
    .showHelpAfterError('(netureon --help lists the commands)')
    .exitOverride()
    .enablePositionalOptions(false);
  for (const line of commands(version)) addCommand(netureon, line);
  return netureon;
}

/** One line, or one for each problem; a stack only for what should never happen. */
function explain(error: unknown): number {
  const write = stderrWriter();
  if (error instanceof NetureonError) {
    const [first = '', ...more] = error.message.split('\n');
    write(first, 'error');
    for (const line of more) process.stderr.write(`${line}\n`);
    if (error.remedy !== undefined) process.stderr.write(`  → ${error.remedy}\n`);
    return EXIT_CODES[error.code];
  }
  if (isSqlError(error)) {
    write(`PostgreSQL refused: ${error.message} (${error.code})`, 'error');
    if (['42P01', '42883', '42703'].includes(error.code))
      process.stderr.write('  → run `netureon migrate`\n');
    if (error.code === '53100') process.stderr.write('  → make room on the disk of the database\n');
    return EXIT_CODES.database;
  }
  write(`this is a fault in netureon: ${error instanceof Error ? error.stack : String(error)}`, 'error');
  return EXIT_CODES.internal;
}

// A reader that has gone (`netureon scan | head`) is no fault of ours, and a service whose supervisor was killed still
// finishes what is in flight. Without a listener Node ends the process with a stack.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', error => {
    if (codeOf(error) !== 'EPIPE') throw error;
  });

try {
  await program().parseAsync();
} catch (error) {
  // Help that was asked for is no error; help instead of a command is.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_CODES.usage;
  else process.exitCode = explain(error);
}
