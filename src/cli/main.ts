/** The command line. Every command's code is loaded when it is called, so that a scan does not pay for the site. */
import { Command, Option } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { environmentName, SETTINGS, type Config } from '../config/schema.ts';
import { codeOf, EXIT_CODES, NetureonError } from '../lib/errors.ts';
import { isSqlError } from '../store/sql-error.ts';
import type { Flags } from '../config/load.ts';
import { createContext, stderrWriter, type Check, type Context } from './context.ts';

const { version } = packageJson;

const collect = (value: string, previous: string[] = []) => [...previous, value];

/** An option that overrides a setting; its description names the other places the setting comes from. */
function settingOption(flags: string, name: keyof Config, description?: string): Option {
  const setting = SETTINGS[name];
  const option = new Option(
    flags,
    `${description ?? setting.help} [${setting.section}] ${setting.key}, ${environmentName(setting)}`,
  );
  return Array.isArray(setting.default) ? option.argParser(collect) : option;
}

function program(): Command {
  const netureon = new Command('netureon')
    .description('Tells the people who run a network which devices are on it, the moment that changes.')
    .version(version)
    .option('--config <file>', 'configuration file (default: /etc/netureon/netureon.toml if it exists)')
    .showHelpAfterError('(netureon --help lists the commands)')
    .exitOverride()
    .enablePositionalOptions(false);

  netureon
    .command('scan')
    .description('scan the local networks once and store what was found')
    .addOption(settingOption('--interface <name>', 'scanInterfaces', 'Interface to scan; repeatable.'))
    .addOption(settingOption('--network <cidr>', 'scanNetworks', 'Network to scan; repeatable.'))
    .addOption(settingOption('--rate <frames>', 'scanRate', 'Frames per second, or max.'))
    .addOption(settingOption('--method <method>', 'scanMethod', 'auto, packet or kernel.'))
    .addOption(settingOption('--timeout <seconds>', 'scanTimeout', 'Give up after this long.'))
    .addOption(settingOption('--allow-public', 'scanAllowPublic'))
    .option('--read <file>', 'take the replies from a capture file; stores nothing')
    .option('--no-store', 'scan without a database')
    .option('--json', 'print one JSON document')
    .option('--quiet', 'print one line instead of the table')
    .action(
      run(
        async (context, options) => {
          const { scanCommand } = await import('./scan/command.ts');
          return scanCommand(context, {
            json: options['json'] === true,
            quiet: options['quiet'] === true,
            store: options['store'] !== false,
            read: text(options['read']),
          });
        },
        {
          '--interface': 'scanInterfaces',
          '--network': 'scanNetworks',
          '--rate': 'scanRate',
          '--method': 'scanMethod',
          '--timeout': 'scanTimeout',
          '--allow-public': 'scanAllowPublic',
        },
        options => async config => {
          const { checkScan } = await import('./scan/check.ts');
          // Only what was typed just now is checked here. That an interface of the configuration is gone is for the
          // scan to find, which writes it into the log of scans: nobody reads what a timer's process says.
          const typed = options['interface'] !== undefined;
          return checkScan(typed ? config : { ...config, scanInterfaces: [] }, text(options['read']));
        },
      ),
    );

  netureon
    .command('alertd')
    .description('send the queued alerts by mail and Telegram, until stopped')
    .option('--declare', 'only write the configured channels to the database')
    .action(
      run(async (context, options) => {
        const { alertdCommand } = await import('./alertd/command.ts');
        await alertdCommand(context, version, options['declare'] === true);
      }),
    );

  netureon
    .command('web')
    .description('serve the site, until stopped')
    .addOption(settingOption('--listen <address>', 'webListen'))
    .addOption(new Option('--demo-inbox-url <url>').hideHelp())
    .action(
      run(
        async (context, options) => {
          const { webCommand } = await import('./web/command.ts');
          await webCommand(context, version, text(options['demoInboxUrl']));
        },
        { '--listen': 'webListen' },
      ),
    );

  netureon
    .command('migrate')
    .description("bring the database's schema up to date")
    .option('--status', 'list every migration and when it was applied')
    .option('--plan', 'list what would be applied')
    .option('--json', 'print JSON')
    .action(
      run(async ({ config }, options) => {
        const { runMigrate } = await import('./migrate/run.ts');
        const { databaseUrl } = await import('./database.ts');
        const { status, plan, json } = options;
        await runMigrate(
          databaseUrl(config),
          { status: status === true, plan: plan === true, json: json === true },
          output => process.stdout.write(output),
        );
      }),
    );

  netureon
    .command('prune')
    .description('delete what is older than the [retention] settings')
    .action(
      run(async ({ config, log, signal }) => {
        const { runPrune } = await import('./migrate/prune.ts');
        const { databaseUrl } = await import('./database.ts');
        await runPrune(databaseUrl(config), config, { log, signal });
      }),
    );

  netureon
    .command('up')
    .description('run everything here: database, scan, alerts and site, until Ctrl-C')
    .addOption(settingOption('--listen <address>', 'webListen'))
    .action(
      run(
        async context => {
          const { runUp } = await import('./up/run.ts');
          await runUp(context, version);
        },
        { '--listen': 'webListen' },
      ),
    );

  netureon
    .command('demo')
    .description('run everything against a simulated network; no packet leaves this machine')
    .addOption(settingOption('--listen <address>', 'webListen'))
    .action(
      run(
        async (context, options) => {
          const { runDemo } = await import('./demo/run.ts');
          await runDemo(context, version, { listen: text(options['listen']) });
        },
        { '--listen': 'webListen' },
      ),
    );

  return netureon;
}

type Options = Readonly<Record<string, string | boolean | undefined>>;
type Work = (context: Context, options: Options) => Promise<number | void>;

/** @param settings the options that override settings: their long flag and the setting's name */
function run(
  work: Work,
  settings: Readonly<Record<string, keyof Config>> = {},
  check?: (options: Options) => Check,
) {
  return async (options: Options, command: Command) => {
    const flags = Object.fromEntries(
      Object.entries(settings).flatMap(([flag, name]) => {
        const value =
          options[flag.replace(/^--/, '').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
        return value === undefined ? [] : [[name, { flag, value }]];
      }),
    ) as Flags;
    const { config } = command.optsWithGlobals<{ config?: string }>();
    const context = await createContext(flags, config, check?.(options));
    process.exitCode = (await work(context, options)) ?? 0;
  };
}

const text = (option: string | boolean | undefined) => (typeof option === 'string' ? option : undefined);

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
  const code = codeOf(error) ?? '';
  if (code.startsWith('commander.')) {
    const wanted = ['commander.help', 'commander.helpDisplayed', 'commander.version'].includes(code);
    process.exitCode = wanted && process.argv.length > 2 ? 0 : EXIT_CODES.usage;
  } else {
    process.exitCode = explain(error);
  }
}
