/** How a command is put on the command line: its options, which of them are settings, and the context its work gets. */
import { Command, Option } from 'commander';
import type { Flags } from '../config/load.ts';
import { environmentName, SETTINGS, type Config } from '../config/schema.ts';
import { createContext, type Check, type Context } from './context.ts';

export type Options = Readonly<Record<string, string | boolean | undefined>>;

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
  /** What to check besides the settings. */
  readonly check?: (options: Options) => Check;
  /** Returns the exit code, or nothing for 0. Loads the command's code itself, so that no other command pays for it. */
  readonly work: (context: Context, options: Options) => Promise<number | void>;
}

export function createCommand({
  name,
  description,
  settings = [],
  options,
  check,
  work,
}: CommandLine): Command {
  const command = new Command(name).description(description);
  for (const one of settings) command.addOption(settingOption(one));
  options?.(command);
  return command.action(async (given: Options) => {
    const { config } = command.optsWithGlobals<{ config?: string }>();
    const context = await createContext(overrides(given, settings), config, check?.(given));
    process.exitCode = (await work(context, given)) ?? 0;
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
export function textOf(option: string | boolean | undefined): string | undefined {
  return typeof option === 'string' ? option : undefined;
}
