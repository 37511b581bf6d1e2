/** `netureon migrate`: brings the database's schema and the vendor registry up to date, or says what that would take. */
import { join } from 'node:path';
import { migrationStatus, readMigrations } from '../../store/migrate.ts';
import { openSession } from '../../store/session.ts';
import { packageRoot } from '../paths.ts';
import { prepare } from '../up/database.ts';

export interface MigrateOptions {
  /** List every migration with its date instead of applying any. */
  readonly status?: boolean;
  /** List what would be applied. */
  readonly plan?: boolean;
  readonly json?: boolean;
}

export async function runMigrate(
  url: string,
  options: MigrateOptions,
  write: (text: string) => void,
): Promise<void> {
  if (!options.status && !options.plan) return apply(url, options, write);
  const session = await openSession(url, { application: 'netureon migrate' });
  try {
    const status = await migrationStatus(
      session,
      await readMigrations(join(packageRoot(), 'sql', 'migrations')),
    );
    const rows = options.plan ? status.filter(({ appliedAt }) => appliedAt === null) : status;
    if (options.json) return write(`${JSON.stringify(rows)}\n`);
    if (rows.length === 0) return write('Nothing to apply: the database is up to date.\n');
    for (const { version, name, appliedAt } of rows) {
      const when =
        appliedAt === null ? (options.plan ? 'would be applied' : 'pending') : appliedAt.toISOString();
      write(`${String(version).padStart(6, '0')}  ${name.padEnd(32)}  ${when}\n`);
    }
  } finally {
    await session.close();
  }
}

async function apply(url: string, { json }: MigrateOptions, write: (text: string) => void): Promise<void> {
  const applied: string[] = [];
  await prepare(url, name => {
    applied.push(name);
    if (!json) write(`applying ${name}\n`);
  });
  if (json) return write(`${JSON.stringify({ applied })}\n`);
  write(applied.length === 0 ? 'The database is up to date.\n' : `Done: ${applied.length} applied.\n`);
}
