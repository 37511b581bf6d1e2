/** Every command: what it is called, what it takes, and which module does its work. */
import { Option, type Command } from 'commander';
import { alertCommands } from './alert/lines.ts';
import { channel } from './channel/lines.ts';
import { key } from './key/lines.ts';
import type { CommandGroup, CommandLine, SettingOption } from './command-line.ts';
import { monitorCommand } from './monitor/lines.ts';
import { repeated, textOf, textsOf } from './command-line.ts';
import { ruleCommands } from './rule/lines.ts';
import { template } from './template/lines.ts';
import { user } from './user/lines.ts';

const LISTEN: SettingOption = { flags: '--listen <address>', setting: 'webListen' };

const scan = (): CommandLine => ({
  name: 'scan',
  description: 'scan the local networks once and store what was found',
  settings: [
    { flags: '--interface <name>', setting: 'scanInterfaces', help: 'Interface to scan; repeatable.' },
    { flags: '--network <cidr>', setting: 'scanNetworks', help: 'Network to scan; repeatable.' },
    { flags: '--rate <frames>', setting: 'scanRate', help: 'Frames per second, or max.' },
    { flags: '--method <method>', setting: 'scanMethod', help: 'auto, packet or kernel.' },
    { flags: '--timeout <seconds>', setting: 'scanTimeout', help: 'Give up after this long.' },
    { flags: '--allow-public', setting: 'scanAllowPublic' },
    { flags: '--full-sweep-every <scans>', setting: 'scanFullSweepEvery' },
    { flags: '--ipv6', setting: 'scanIpv6', help: 'Look by IPv6 as well.' },
    { flags: '--no-ipv6', setting: 'scanIpv6', help: 'Look by ARP only (the default).' },
  ],
  options: command =>
    command
      .option('--vlan <id>', 'ask by frames with this 802.1Q tag; needs --network')
      .option('--source <ip>', 'with --vlan: the address to send from (default: none)')
      .option('--read <file>', 'take the replies from a capture file; stores nothing')
      .option('--no-store', 'scan without a database')
      .option('--json', 'print one JSON document')
      .option('--quiet', 'print one line instead of the table'),
  check: options => async config => {
    const { checkScan } = await import('./scan/check.ts');
    return checkScan(config, options);
  },
  work: async (context, options) => {
    const { scanCommand } = await import('./scan/command.ts');
    return scanCommand(context, options, {
      json: options['json'] === true,
      quiet: options['quiet'] === true,
      store: options['store'] !== false,
      read: textOf(options['read']),
    });
  },
});

const profile = (): CommandLine => ({
  name: 'profile',
  description: 'ask devices for their names, ports and kind',
  settings: [
    SITE,
    { flags: '--interface <name>', setting: 'scanInterfaces', help: 'Interface to ask through; repeatable.' },
    {
      flags: '--network <cidr>',
      setting: 'scanNetworks',
      help: 'Network whose devices are asked; repeatable.',
    },
    {
      flags: '--port <port>',
      setting: 'profilePorts',
      help: 'Port to try, or a list of them: common, telling, top100, none; repeatable.',
    },
    { flags: '--timeout <seconds>', setting: 'profileTimeout' },
    { flags: '--concurrency <devices>', setting: 'profileConcurrency' },
  ],
  options: command =>
    command
      .option('--device <which>', 'ask this one now: name, MAC, address or number; repeatable', repeated)
      .option('--no-store', 'without a database; needs --device with an address')
      .option('--json', 'print one JSON document')
      .option('--verbose', 'print what each verdict is founded on')
      .option('--quiet', 'print one line instead of the table, and none when nothing was due'),
  work: async (context, options) => {
    const { profileCommand } = await import('./profile/command.ts');
    return profileCommand(context, {
      devices: textsOf(options['device']),
      json: options['json'] === true,
      verbose: options['verbose'] === true,
      quiet: options['quiet'] === true,
      store: options['store'] !== false,
    });
  },
});

const alertd = (version: string): CommandLine => ({
  name: 'alertd',
  description: 'send the queued alerts, until stopped',
  options: command =>
    command
      .option('--declare', 'only write the configured channels to the database')
      .option('--once', 'send what is due and be done; exits 1 if something did not get through'),
  work: async (context, options) => {
    const { alertdCommand } = await import('./alertd/command.ts');
    const given = (name: string) => options[name] === true;
    return alertdCommand(context, version, { declare: given('declare'), once: given('once') });
  },
});

const web = (version: string): CommandLine => ({
  name: 'web',
  description: 'serve the site, until stopped',
  settings: [LISTEN],
  options: command => command.addOption(new Option('--demo-inbox-url <url>').hideHelp()),
  work: async (context, options) => {
    const { webCommand } = await import('./web/command.ts');
    await webCommand(context, version, textOf(options['demoInboxUrl']));
  },
});

const migrate = (): CommandLine => ({
  name: 'migrate',
  description: "bring the database's schema up to date",
  options: command =>
    command
      .option('--status', 'list every migration and when it was applied')
      .option('--plan', 'list what would be applied')
      .option('--json', 'print JSON'),
  work: async ({ config }, options) => {
    const { runMigrate } = await import('./migrate/run.ts');
    const { databaseUrl } = await import('./database.ts');
    const given = (name: string) => options[name] === true;
    const wanted = { status: given('status'), plan: given('plan'), json: given('json') };
    await runMigrate(databaseUrl(config), wanted, output => process.stdout.write(output));
  },
});

const prune = (): CommandLine => ({
  name: 'prune',
  description: 'delete what is older than the [retention] settings',
  work: async ({ config, log, kept, signal }) => {
    const { runPrune } = await import('./migrate/prune.ts');
    const { databaseUrl } = await import('./database.ts');
    const { flushLog } = await import('./log-keeper.ts');
    const url = databaseUrl(config);
    await runPrune(url, config, { log, signal });
    await flushLog({ kept, log }, url, config.siteName, 'prune');
  },
});

const up = (version: string): CommandLine => ({
  name: 'up',
  description: 'run everything here: database, scan, alerts and site, until Ctrl-C',
  settings: [LISTEN],
  work: async context => {
    const { runUp } = await import('./up/run.ts');
    await runUp(context, version);
  },
});

const demo = (version: string): CommandLine => ({
  name: 'demo',
  description: 'run everything against a simulated network; no packet leaves this machine',
  settings: [LISTEN],
  work: async (context, options) => {
    const { runDemo } = await import('./demo/run.ts');
    await runDemo(context, version, { listen: textOf(options['listen']) });
  },
});

const SITE: SettingOption = { flags: '--site <name>', setting: 'siteName' };

const sensor = (): CommandGroup => {
  const operands = [{ name: 'name', help: '1 to 40 of a-z, 0-9, dash and underscore' }];
  const passwordFile = (command: Command) =>
    command.option('--password-file <file>', 'write the password there (mode 0600) instead of printing it');
  return {
    name: 'sensor',
    description: 'scanners on other machines that report to this database',
    commands: [
      {
        name: 'add',
        description: 'make a sensor and its password',
        operands,
        settings: [{ ...SITE, help: 'The site it reports for.' }],
        options: passwordFile,
        work: async (context, options, [name = '']) => {
          const { addCommand } = await import('./sensor/command.ts');
          await addCommand(context, name, textOf(options['passwordFile']));
        },
      },
      {
        name: 'list',
        description: 'list the sensors and when each reported last',
        options: command => command.option('--json', 'print JSON'),
        work: async (context, options) => {
          const { listCommand } = await import('./sensor/command.ts');
          await listCommand(context, options['json'] === true);
        },
      },
      {
        name: 'remove',
        description: 'remove a sensor; its networks are retired',
        operands,
        work: async (context, _options, [name = '']) => {
          const { removeCommand } = await import('./sensor/command.ts');
          await removeCommand(context, name);
        },
      },
      {
        name: 'password',
        description: 'give a sensor a new password',
        operands,
        options: passwordFile,
        work: async (context, options, [name = '']) => {
          const { passwordCommand } = await import('./sensor/command.ts');
          await passwordCommand(context, name, textOf(options['passwordFile']));
        },
      },
    ],
  };
};

const network = (): CommandGroup => {
  const operand = { name: 'network', help: 'its CIDR, its name, or CIDR%LINK where two have one CIDR' };
  return {
    name: 'network',
    description: 'the networks that are looked at',
    commands: [
      {
        name: 'list',
        description: 'list the networks and who looks at them',
        settings: [SITE],
        options: command => command.option('--json', 'print JSON'),
        work: async (context, options) => {
          const { listCommand } = await import('./network/command.ts');
          await listCommand(context, options['json'] === true);
        },
      },
      {
        name: 'retire',
        description: 'expect no more scans of a network, until there is one',
        operands: [operand],
        settings: [SITE],
        work: async (context, _options, [wanted = '']) => {
          const { retireCommand } = await import('./network/command.ts');
          await retireCommand(context, wanted);
        },
      },
      {
        name: 'rename',
        description: 'call a network by a name; an empty one takes it away',
        operands: [operand, { name: 'name', help: 'what people call it' }],
        settings: [SITE],
        work: async (context, _options, [wanted = '', name = '']) => {
          const { renameCommand } = await import('./network/command.ts');
          await renameCommand(context, wanted, name);
        },
      },
    ],
  };
};

const oui = (): CommandGroup => ({
  name: 'oui',
  description: 'the registry of vendors',
  commands: [
    {
      name: 'update',
      description: 'load the registry anew, and correct the vendors of devices',
      options: command =>
        command
          .option('--file <csv>', 'a CSV file of IEEE instead of the installed package; repeatable', repeated)
          .option('--json', 'print JSON'),
      work: async (context, options) => {
        const { ouiUpdateCommand } = await import('./oui/command.ts');
        await ouiUpdateCommand(context, {
          files: textsOf(options['file']),
          json: options['json'] === true,
        });
      },
    },
  ],
});

const exporting = (): CommandLine => ({
  name: 'export',
  description: 'who is on the networks, or who was at any moment',
  settings: [SITE],
  options: command =>
    command
      .option(
        '--as-of <time>',
        'a moment in the past: 2026-11-20 03:12, 03:12, yesterday 03:12, -2h, or ISO 8601',
      )
      .option('--address <ip>', 'who held this address')
      .option('--devices', 'the list of devices instead, as the site exports and imports it')
      .option('--format <format>', 'table, csv or json; of devices csv or json')
      .option('--output <file>', 'write it there'),
  work: async (context, options) => {
    if (options['devices'] === true) {
      const { exportDevices } = await import('./export/devices.ts');
      const wanted = { format: textOf(options['format']), output: textOf(options['output']) };
      return exportDevices(context, wanted, new Date());
    }
    const { exportCommand } = await import('./export/command.ts');
    const given = {
      asOf: textOf(options['asOf']),
      address: textOf(options['address']),
      format: textOf(options['format']),
      output: textOf(options['output']),
    };
    await exportCommand(context, given, new Date());
  },
});

export function commands(version: string): (CommandLine | CommandGroup)[] {
  return [
    scan(),
    profile(),
    alertd(version),
    web(version),
    migrate(),
    prune(),
    exporting(),
    sensor(),
    network(),
    channel(),
    key(),
    oui(),
    alertCommands(),
    ruleCommands(),
    monitorCommand(version),
    template(),
    user(),
    up(version),
    demo(version),
  ];
}
