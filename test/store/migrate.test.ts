import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate, migrationStatus, readMigrations } from '../../src/store/migrate.ts';
import { openSession } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

const FOLDER = 'sql/migrations';
const made: string[] = [];
let db: TestDatabase;
beforeEach(async () => {
  db = await freshDatabase(false);
});
afterEach(() => db.drop());
afterAll(() => Promise.all(made.map(folder => rm(folder, { recursive: true }))));

async function migrateOnce(folder = FOLDER) {
  const session = await openSession(db.url, { application: 'test' });
  try {
    return await migrate(session, await readMigrations(folder));
  } finally {
    await session.close();
  }
}

async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'netureon-migrations-'));
  made.push(folder);
  for (const file of await readdir(FOLDER)) await copyFile(join(FOLDER, file), join(folder, file));
  for (const [file, sql] of Object.entries(files)) await writeFile(join(folder, file), sql);
  return folder;
}

const total = (await readMigrations(FOLDER)).length;
const next = String(total + 1).padStart(6, '0');

test('twenty runners at once: each migration is applied once', async () => {
  const applied = await Promise.all(Array.from({ length: 20 }, () => migrateOnce()));
  expect(applied.map(list => list.length).filter(length => length > 0)).toEqual([total]);
  expect(await db.pool.query('select count(*) as n from schema_migrations')).toEqual([{ n: total }]);
});

test('the status of an empty database is read without touching it', async () => {
  const status = await migrationStatus(db.pool, await readMigrations(FOLDER));
  expect(status.map(({ appliedAt }) => appliedAt)).toEqual(Array.from({ length: total }, () => null));
  expect(await db.pool.query(`select 1 from pg_class where relname = 'schema_migrations'`)).toEqual([]);
});

test('a second run applies nothing', async () => {
  await migrateOnce();
  expect(await migrateOnce()).toEqual([]);
});

describe('refuses', () => {
  test('a database that a newer netureon has migrated', async () => {
    await migrateOnce(await folderWith({ [`${next}_future.sql`]: 'create table future ();' }));
    await expect(migrateOnce()).rejects.toMatchObject({
      code: 'database',
      message: `the database is newer (schema ${total + 1}) than this netureon (schema ${total})`,
    });
  });

  test('a released migration that was edited', async () => {
    await migrateOnce();
    await db.pool.query(`update schema_migrations set checksum = 'other' where version = 2`);
    await expect(migrateOnce()).rejects.toThrow(/migration 2 .* differs from the file/);
  });

  test('a gap in the numbers', async () => {
    const gap = String(total + 3).padStart(6, '0');
    await expect(readMigrations(await folderWith({ [`${gap}_gap.sql`]: '' }))).rejects.toThrow(
      'out of sequence',
    );
  });
});

test('a migration that fails leaves nothing behind and says which one it was', async () => {
  const folder = await folderWith({ [`${next}_broken.sql`]: 'create table half (); select 1/0;' });
  await expect(migrateOnce(folder)).rejects.toThrow(
    `migration ${total + 1} (broken) failed and was rolled back: division by zero`,
  );
  expect(await db.pool.query(`select to_regclass('half') as half`)).toEqual([{ half: null }]);
  expect(await migrateOnce()).toEqual([]);
});
