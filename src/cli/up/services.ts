/** The commands of the tree: this same program, with the database as the service's own role in its environment. */
import { join } from 'node:path';
import { EXIT_CODES } from '../../lib/errors.ts';
import { SUPERVISED } from '../context.ts';
import type { Role } from '../database.ts';
import { packageRoot } from '../paths.ts';
import type { Command } from './child.ts';

export interface ServiceOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly configFile: string | undefined;
  /** The URL to connect with as that role; as the owner for null. */
  readonly databaseUrl: (role: Role | null) => string;
  /** Settings that this run overrides, as environment names. */
  readonly overrides?: Readonly<Record<string, string>>;
}

const LAUNCHER = join('bin', 'netureon.js');

export function serviceCommand(
  name: string,
  role: Role | null,
  args: readonly string[],
  options: ServiceOptions,
): Command {
  const config = options.configFile === undefined ? [] : ['--config', options.configFile];
  return {
    file: process.execPath,
    args: [join(packageRoot(), LAUNCHER), ...config, name, ...args],
    env: {
      ...options.env,
      ...options.overrides,
      // The environment and not argv: process lists show arguments to everybody.
      NETUREON_DATABASE_URL: options.databaseUrl(role),
      [SUPERVISED]: '1',
      JOURNAL_STREAM: undefined,
    },
  };
}

/** Why the first scan found nothing, for the terminal; null when it went well. */
export function firstScanAdvice(code: number | null): string | null {
  switch (code) {
    case 0:
      return null;
    case EXIT_CODES.usage:
      return 'No network is being looked at (see above). The page says what to do.';
    default:
      return 'The first scan did not succeed (see above); it is tried again.';
  }
}
