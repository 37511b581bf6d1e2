/** How a command is put on the command line: its options, which of them are settings, and the context its work gets. */
import { Command, Option } from 'commander';
import type { Flags } from '../config/load.ts';
import { environmentName, SETTINGS, type Config } from '../config/schema.ts';
import { createContext, type Check, type Context } from './context.ts';

/** A list where an option may be repeated. */
export type Options = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** An option that overrides a setting. */
export interface SettingOption {
  /** As commander writes it: `--rate <frames>`. */
  readonly flags: string;
  readonly setting: keyof Config;
  /** Instead of the setting's own help. */
  readonly help?: string;
}

export interface CommandLine {
  readonly name: string;
  readonly description: string;
  readonly settings?: readonly SettingOption[];
  /** Options that are no settings. */
  readonly options?: (command: Command) => void;
  /** What it takes besides options, in order. */
  readonly operands?: readonly { readonly name: string; readonly help: string; readonly optional?: true }[];
  /** What to check besides the settings. */
  readonly check?: (options: Options) => Check;
  /** Returns the exit code, or nothing for 0. Loads the command's code itself, so that no other command pays for it. */
  readonly work: (context: Context, options: Options, operands: readonly string[]) => Promise<number | void>;
}

/** Commands under one name: `netureon sensor add`. */
export interface CommandGroup {
  readonly name: string;
  readonly description: string;
  readonly commands: readonly CommandLine[];
}

/** @param parent reports errors, and has the options that all commands share */
export function addCommand(parent: Command, line: CommandLine | CommandGroup): void {
  // copyInheritedSettings: the way errors are reported, which addCommand does not hand down.
  const command = new Command(line.name).description(line.description).copyInheritedSettings(parent);
  const path = [...pathOf(parent), line.name].join(' ');
  command.showHelpAfterError(`(${path} --help lists its ${'commands' in line ? 'commands' : 'options'})`);
  // First: what is below asks for the names above.
  parent.addCommand(command);
  if ('commands' in line) for (const one of line.commands) addCommand(command, one);
  else prepare(command, line);
}

function pathOf(command: Command): string[] {
  return command.parent === null ? [command.name()] : [...pathOf(command.parent), command.name()];
}

function prepare(command: Command, line: CommandLine): void {
  const { settings = [], operands = [], options, check, work } = line;
  for (const { name, help, optional } of operands)
    command.argument(optional === true ? `[${name}]` : `<${name}>`, help);
  for (const one of settings) command.addOption(settingOption(one));
  options?.(command);
  command.action(async () => {
    const given = command.opts<Options>();
    const { config } = command.optsWithGlobals<{ config?: string }>();
    const context = await createContext(overrides(given, settings), config, check?.(given));
    process.exitCode = (await work(context, given, command.args)) ?? 0;
  });
}

/** Its description names the other places the setting comes from. */
function settingOption({ flags, setting: name, help }: SettingOption): Option {
  const setting = SETTINGS[name];
  const places = `[${setting.section}] ${setting.key}, ${environmentName(setting)}`;
  const option = new Option(flags, `${help ?? setting.help} ${places}`);
  const collect = (value: string, previous: string[] = []) => [...previous, value];
  return Array.isArray(setting.default) ? option.argParser(collect) : option;
}

function overrides(given: Options, settings: readonly SettingOption[]): Flags {
  return Object.fromEntries(
    settings.flatMap(({ flags, setting }) => {
      const option = new Option(flags);
      const value = given[option.attributeName()];
      return value === undefined ? [] : [[setting, { flag: `--${option.name()}`, value }]];
    }),
  );
}

/** The value of an option that takes one. */
export function textOf(option: Options[string]): string | undefined {
  return typeof option === 'string' ? option : undefined;
}

/** For an option that may be repeated: commander hands over each value and what it has made of those before. */
export function repeated(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** The values of an option that may be repeated. */
export function textsOf(option: Options[string]): readonly string[] {
  return typeof option === 'object' ? option : [];
}
