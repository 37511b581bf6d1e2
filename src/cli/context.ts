/**
 * cli: argv -> configuration -> one folder's work -> exit code. The only place that reads argv and the environment,
 * sets exit codes and handles signals; may import everything.
 *
 * This file: what every command gets: the configuration, a log on stderr, and a signal that SIGINT and SIGTERM abort.
 */
import { readFileSync } from 'node:fs';
import { coloursFor } from './colours.ts';
import { configurationError, loadConfig, type Flags, type Problem } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { codeOf, messageOf } from '../lib/errors.ts';
import { systemClock } from '../lib/clock.ts';
import { describeSettings, type DescribedSetting } from '../config/described.ts';
import { createLogKeeper, type LogKeeper } from './log-keeper.ts';
import { createLog, type Log, type LogLevel } from '../lib/log.ts';
import { defaultConfigFile } from './paths.ts';

export interface Context {
  readonly config: Config;
  readonly log: Log;
  /** What the log said lately, and its warnings on their way to the database. */
  readonly kept: LogKeeper;
  /** The settings as the site shows them. */
  readonly settings: readonly DescribedSetting[];
  /** Aborted with 'SIGINT' or 'SIGTERM' as its reason. */
  readonly signal: AbortSignal;
  /** The file given with --config, to hand on to child processes. */
  readonly configFile: string | undefined;
}

/** Set in the environment of services that must not outlive whoever started them. */
export const SUPERVISED = 'NETUREON_SUPERVISED';

/** What a command checks besides its settings, so that everything that is wrong is said at once. */
export type Check = (config: Config) => Promise<Problem[]>;

/** @throws NetureonError('usage') that lists every problem, each with its remedy */
export async function createContext(
  flags: Flags,
  configFile: string | undefined,
  check?: Check,
): Promise<Context> {
  const kept = createLogKeeper(systemClock);
  const write = stderrWriter();
  const log = createLog(
    (line, level) => {
      kept.write(line, level);
      write(line, level);
    },
    process.env['NETUREON_DEBUG'] ? 'debug' : 'info',
  );
  const unreadable: Problem[] = [];
  const { config, secrets, problems, origins } = loadConfig({
    flags,
    env: process.env,
    file: readConfigFile(configFile, unreadable),
    readSecret: path => readFileSync(path, 'utf8'),
  });
  for (const secret of secrets) log.redact(secret);
  const all = [...unreadable, ...problems, ...((await check?.(config)) ?? [])];
  if (all.length > 0) throw configurationError(all);
  const settings = describeSettings(config, origins, secrets);
  return { config, log, kept, settings, signal: interruptSignal(), configFile };
}

function readConfigFile(
  named: string | undefined,
  problems: Problem[],
): { path: string; text: string } | null {
  const path = named ?? defaultConfigFile(process.env);
  try {
    return { path, text: readFileSync(path, 'utf8') };
  } catch (error) {
    // Only the default location may be empty.
    if (named !== undefined || codeOf(error) !== 'ENOENT')
      problems.push({
        where: path,
        problem: `cannot be read: ${messageOf(error)}`,
        remedy: 'check the path and who may read it',
      });
    return null;
  }
}

/** The first signal asks to stop; a second one of a person who lost patience ends the process at once. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
      controller.abort(name);
    });
  }
  // A supervisor that was killed cannot say goodbye; its end of our stdin closes all the same.
  if (process.env[SUPERVISED] !== undefined) {
    process.stdin.on('end', () => controller.abort('SIGTERM')).resume();
    if ('unref' in process.stdin) process.stdin.unref();
  }
  return controller.signal;
}

/** sd-daemon(3): the journal reads the level from a prefix. People read words, in colour where there is any. */
export function stderrWriter(): (line: string, level: LogLevel) => void {
  const priorities: Readonly<Record<LogLevel, number>> = { debug: 7, info: 6, warn: 4, error: 3 };
  const colours = coloursFor(process.stderr);
  const words: Readonly<Record<LogLevel, string>> = {
    debug: colours.dim('debug: '),
    info: '',
    warn: colours.yellow('warning: '),
    error: colours.red('error: '),
  };
  const inJournal = process.env['JOURNAL_STREAM'] !== undefined && !process.stderr.isTTY;
  return (line, level) => {
    process.stderr.write(`${inJournal ? `<${priorities[level]}>` : words[level]}${line}\n`);
  };
}
