// `netureon oui update` and what becomes of the vendors of devices that are known already.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { recordScan } from '../../../src/store/scan-record.ts';
import { loadOui, replaceOui } from '../../../src/store/oui.ts';
import { bundle } from '../../support/bundle.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());

const HEADER = 'Registry,Assignment,Organization Name,Organization Address';

async function csv(name: string, ...lines: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'netureon-oui-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  await writeFile(path, [HEADER, ...lines, ''].join('\n'));
  return path;
}

async function update(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = await bundle('src/cli/main.ts');
  return new Promise(resolve => {
    const env = { ...process.env, DATABASE_URL: db.url };
    const child = execFile(
      process.execPath,
      [program, 'oui', 'update', ...args],
      { env },
      (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

const vendors = async () =>
  Object.fromEntries(
    (
      await db.pool.query<{ mac: string; vendor: string | null }>('select mac::text, vendor from device_macs')
    ).map(({ mac, vendor }) => [mac, vendor]),
  );

test('files of IEEE replace their own lengths, and correct the vendors by the longest prefix', async () => {
  const macs = ['3c:37:12:00:00:01', '3c:37:12:a0:00:02', '3c:37:12:ab:c0:03', '3e:37:12:00:00:04'];
  await recordScan(db.pool, 'default', {
    network: '10.66.0.0/24',
    interface: 'lan0',
    method: 'packet',
    durationMs: 1,
    probed: 254,
    answered: 4,
    frames: 254,
    broadcasts: 254,
    problem: null,
    macs,
    ips: ['10.66.0.1', '10.66.0.2', '10.66.0.3', '10.66.0.4'],
  });
  const before = await vendors();
  expect(before).toMatchObject({
    '3c:37:12:00:00:01': expect.stringContaining('AVM'),
    '3e:37:12:00:00:04': null,
  });
  const [small] = await db.pool.query<{ n: number }>(
    'select count(*)::integer as n from oui where bits < 36',
  );

  const { code, stdout, stderr } = await update(
    '--json',
    '--file',
    await csv('mam.csv', 'MA-M,3C3712A,Middle Ltd,x', 'MA-M,3E37120,Nobody,x', 'MA-M,3E37120,Twice,x'),
    '--file',
    await csv('oui36.csv', 'MA-S,3C3712ABC,"Small, ""GmbH""",x'),
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({
    source: expect.stringMatching(/^IEEE CSV \d{4}-\d\d-\d\d \(MA-M, MA-S\)$/),
    added: 3,
    renamed: 0,
    correctedCount: 2,
    corrected: [
      {
        site: 'default',
        mac: '3c:37:12:a0:00:02',
        before: expect.stringContaining('AVM'),
        after: 'Middle Ltd',
      },
      {
        site: 'default',
        mac: '3c:37:12:ab:c0:03',
        before: expect.stringContaining('AVM'),
        after: 'Small, "GmbH"',
      },
    ],
    faults: [{ file: 'mam.csv', line: 4, problem: '3E37120 again; Nobody was first' }],
  });
  expect(await vendors()).toEqual({
    ...before,
    '3c:37:12:a0:00:02': 'Middle Ltd',
    '3c:37:12:ab:c0:03': 'Small, "GmbH"',
  });
  const [large] = await db.pool.query<{ n: number }>(
    'select count(*)::integer as n from oui where bits = 24',
  );
  expect(small?.n).toBeGreaterThan(large?.n ?? 0);
  expect(large?.n).toBeGreaterThan(30_000);
});

test('what somebody loaded is not replaced by the package behind their back', async () => {
  await replaceOui(
    db.pool,
    { source: 'IEEE CSV of a test', entries: { '3C3712': 'Somebody' } },
    [24, 28, 36],
  );
  const read = () => Promise.reject(new Error('not needed'));
  expect(await loadOui(db.pool, 'oui-data 9.9.9', read)).toBe(0);
  expect((await vendors())['3c:37:12:00:00:01']).toBe('Somebody');
});

test('another edition of the package corrects vendors too', async () => {
  await replaceOui(db.pool, { source: 'oui-data 1.0.0', entries: { '3C3712': 'Old name' } }, [24, 28, 36]);
  const edition = { source: 'oui-data 1.0.1', entries: { '3C3712': 'New name\nStreet' } };
  expect(await loadOui(db.pool, edition.source, () => Promise.resolve(edition))).toBe(1);
  expect((await vendors())['3c:37:12:00:00:01']).toBe('New name');
  expect(await loadOui(db.pool, edition.source, () => Promise.reject(new Error('not needed')))).toBe(0);
});

test('a file that is none changes nothing: exit 2', async () => {
  const before = await db.pool.query('select * from oui_edition');
  const missing = await update('--file', '/nowhere/oui.csv');
  expect(missing).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('cannot be read') });
  const wrong = await update('--file', await csv('oui.csv', 'MA-L,zz,\u001b[31mred,x'));
  expect(wrong).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('nothing was changed'),
  });
  expect(await db.pool.query('select * from oui_edition')).toEqual(before);
});

test('the table of what changed shows no terminal escapes', async () => {
  await replaceOui(db.pool, { source: 'x', entries: { '3C3712': 'Before\u001b[31m' } }, [24]);
  const { code, stdout } = await update('--file', await csv('oui.csv', 'MA-L,3C3712,After,x'));
  expect(code).toBe(0);
  expect(stdout).not.toMatch(/[\u001b]/);
  expect(stdout).toMatch(/3c:37:12:00:00:01 +Before\ufffd\[31m +After/);
});
