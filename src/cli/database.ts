/** Which database a command speaks to: the configured one, or the embedded one that `netureon up` keeps running. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { NetureonError } from '../lib/errors.ts';
import { clusterSocket, clusterUrl } from '../store/embedded/cluster.ts';
import { runFolder, stateFolder } from './paths.ts';

export const ROLES = ['netureon_scan', 'netureon_profile', 'netureon_alertd', 'netureon_web'] as const;
export type Role = (typeof ROLES)[number];

export const DATABASE = 'netureon';

export function embeddedFolders(): { folder: string; runFolder: string } {
  return { folder: join(stateFolder(process.env), 'postgresql'), runFolder: runFolder(process.env) };
}

/** @param role who to be on the embedded server; the owner without it. A configured URL says itself who it is. */
export function databaseUrl(config: Config, role?: Role): string {
  if (config.databaseUrl !== undefined) return config.databaseUrl;
  const socket = clusterSocket(embeddedFolders());
  if (existsSync(join(socket, '.s.PGSQL.5432'))) return clusterUrl(socket, DATABASE, role);
  const remedies = [
    'set DATABASE_URL or [database] url',
    'start `netureon up`',
    ...(role === 'netureon_scan' ? ['scan with --no-store'] : []),
    ...(role === 'netureon_profile' ? ['ask one device with --no-store --device ADDRESS'] : []),
  ];
  throw new NetureonError('usage', 'no database is configured, and no `netureon up` is running', {
    remedy: `${remedies.slice(0, -1).join(', ')}, or ${remedies.at(-1)}`,
  });
}
