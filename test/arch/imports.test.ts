// The house's import table as a test. Each missing edge has its reason here; docs/ARCHITECTURE.md shows the same table.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  wire: ['lib'],
  link: ['wire', 'lib'],
  config: ['lib'],
  store: ['lib'],
  scan: ['link', 'wire', 'lib'],
  message: ['store', 'lib'],
  alertd: ['message', 'store', 'lib'],
  web: ['message', 'store', 'lib'],
  lab: ['link', 'wire', 'lib'],
  cli: ['lib', 'wire', 'link', 'config', 'store', 'message', 'scan', 'alertd', 'web', 'lab'],
};

const WHY: Readonly<Record<string, string>> = {
  lib: 'lib is what everybody stands on: it knows nobody',
  wire: 'wire turns bytes into values and back; it can be tested, fuzzed and reused without a machine around it',
  link: 'link is this machine; it does not know what a scan is',
  config: 'configuration is a pure function from text to settings',
  store: 'only SQL decides what a change means; the store never calls back into a service',
  scan: 'a sweep returns what it saw; who stores it is not its concern, so it works without a database',
  message:
    'what a message says is the same wherever it is sent or previewed: it knows neither channels nor pages',
  alertd:
    'scan, alertd and web meet only in the database, so that each can be stopped, replaced or moved alone',
  web: 'scan, alertd and web meet only in the database, so that each can be stopped, replaced or moved alone',
  lab: 'the lab imitates what is outside of netureon, and must not learn from what it tests',
};

/** Packages that only some folders may touch. */
const PACKAGES: Readonly<Record<string, { folders: readonly string[]; why: string }>> = {
  pg: { folders: ['store'], why: 'SQL lives in store and sql/, nowhere else' },
  'pg-listen': { folders: ['store'], why: 'SQL lives in store and sql/, nowhere else' },
  koffi: { folders: ['link'], why: 'calls into libc are link’s' },
  commander: { folders: ['cli'], why: 'argv is read in cli' },
  'smol-toml': { folders: ['config'], why: 'the file is read in config' },
  nodemailer: { folders: ['alertd'], why: 'mail is sent by alertd' },
  liquidjs: { folders: ['message'], why: 'templates are part of what a message says' },
  grammy: { folders: ['alertd'], why: 'Telegram is spoken by alertd' },
};

const root = join(import.meta.dirname, '../..');
const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
  file => /\.tsx?$/.test(file) && !file.includes('assets'),
);

interface Import {
  readonly file: string;
  readonly folder: string;
  readonly specifier: string;
}

const imports: readonly Import[] = files.flatMap(file => {
  const text = readFileSync(join(root, 'src', file), 'utf8');
  const found = [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)[^'"`;]*?from\s+'([^']+)'|import\s*\(\s*'([^']+)'|(?:^|\n)import\s+'([^']+)'/g,
    ),
  ];
  return found.map(match => ({
    file,
    folder: file.split('/')[0] ?? '',
    specifier: match[1] ?? match[2] ?? match[3] ?? '',
  }));
});

test('there are sources and imports to look at', () => {
  expect(files.length).toBeGreaterThan(50);
  expect(imports.length).toBeGreaterThan(100);
  expect(new Set(files.map(file => file.split('/')[0]))).toEqual(new Set(Object.keys(ALLOWED)));
});

describe.each(Object.keys(WHY))('%s', folder => {
  test(`imports only ${ALLOWED[folder]?.join(', ') || 'itself'}: ${WHY[folder]}`, () => {
    const strangers = imports
      .filter(one => one.folder === folder && one.specifier.startsWith('.'))
      .map(one => ({
        ...one,
        target: relative('.', normalize(join(dirname(one.file), one.specifier))).split('/')[0] ?? '',
      }))
      .filter(({ target }) => target !== folder && !ALLOWED[folder]?.includes(target));
    expect(strangers.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });
});

test.each(Object.entries(PACKAGES))('%s is used only where it belongs', (name, { folders, why }) => {
  const users = imports.filter(
    one => (one.specifier === name || one.specifier.startsWith(`${name}/`)) && !folders.includes(one.folder),
  );
  expect(
    users.map(({ file }) => file),
    why,
  ).toEqual([]);
});

test('wire and lib need nothing of Node: bytes and values only', () => {
  const users = imports.filter(
    one => ['wire', 'lib'].includes(one.folder) && one.specifier.startsWith('node:'),
  );
  expect(users.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
});

test('only cli reads the environment, argv and sets exit codes', () => {
  const readers = files.filter(
    file =>
      !file.startsWith('cli/') &&
      /process\.(?:env|argv|exit\b|exitCode|on\()/.test(readFileSync(join(root, 'src', file), 'utf8')),
  );
  // The responder is a program of its own that the lab starts inside a namespace.
  expect(readers.filter(file => !/^lab\/[\w-]+-main\.ts$/.test(file))).toEqual([]);
});

test('only cli asks for the time or for randomness by itself', () => {
  const askers = files.filter(
    file =>
      !file.startsWith('cli/') &&
      file !== 'lib/clock.ts' &&
      /Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\(/.test(
        readFileSync(join(root, 'src', file), 'utf8'),
      ),
  );
  expect(askers.filter(file => !/^lab\/[\w-]+-main\.ts$/.test(file))).toEqual([]);
});

test('no file of ours is longer than 600 lines, and half of them are at most 150', () => {
  const lengths = files.map(file => ({
    file,
    lines: readFileSync(join(root, 'src', file), 'utf8').split('\n').length,
  }));
  expect(lengths.filter(({ lines }) => lines > 600)).toEqual([]);
  const migrations = readdirSync(join(root, 'sql/migrations')).map(file => ({
    file,
    lines: readFileSync(join(root, 'sql/migrations', file), 'utf8').split('\n').length,
  }));
  expect(migrations.filter(({ lines }) => lines > 600)).toEqual([]);
  const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b);
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(150);
});
