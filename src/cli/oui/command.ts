/** `netureon oui update`: another edition of the IEEE registry, and what it changes. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { systemClock } from '../../lib/clock.ts';
import { messageOf, NetureonError } from '../../lib/errors.ts';
import { count, inert } from '../../lib/text.ts';
import { replaceOui, type OuiEdition, type OuiUpdate, type PrefixBits } from '../../store/oui.ts';
import { openPool } from '../../store/session.ts';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { textTable } from '../text-table.ts';
import { parseRegistry, type Fault, type RegistryName } from './csv.ts';
import { packagedRegistry } from './package.ts';

export interface OuiOptions {
  /** IEEE CSV files; empty: the installed package. */
  readonly files: readonly string[];
  readonly json: boolean;
}

interface Loaded {
  readonly edition: OuiEdition;
  readonly lengths: readonly PrefixBits[];
  readonly faults: readonly Fault[];
}

const BITS: Readonly<Record<RegistryName, PrefixBits>> = { 'MA-L': 24, 'MA-M': 28, 'MA-S': 36 };
/** All three of IEEE's files have 5 MB together. */
const MAX_FILE = 64 * 2 ** 20;

export async function ouiUpdateCommand({ config }: Context, { files, json }: OuiOptions): Promise<void> {
  const loaded = files.length > 0 ? await fromFiles(files) : await fromPackage();
  const pool = openPool(databaseUrl(config), { application: 'netureon oui', max: 1 });
  try {
    const update = await replaceOui(pool, loaded.edition, loaded.lengths);
    const document = { source: loaded.edition.source, ...update, faults: loaded.faults };
    process.stdout.write(json ? `${JSON.stringify(document)}\n` : report(loaded, update));
  } finally {
    await pool.close();
  }
}

async function fromPackage(): Promise<Loaded> {
  return { edition: await packagedRegistry().read(), lengths: [24, 28, 36], faults: [] };
}

async function fromFiles(paths: readonly string[]): Promise<Loaded> {
  const files = [];
  for (const path of paths) files.push({ name: basename(path), text: await textOfFile(path) });
  const registry = parseRegistry(files);
  if ('problem' in registry)
    throw new NetureonError('usage', registry.problem, {
      remedy: 'nothing was changed; give the CSV files of IEEE: oui.csv, mam.csv, oui36.csv',
    });
  const day = systemClock.now().toISOString().slice(0, 10);
  return {
    edition: { source: `IEEE CSV ${day} (${registry.registries.join(', ')})`, entries: registry.entries },
    lengths: registry.registries.map(name => BITS[name]),
    faults: registry.faults,
  };
}

async function textOfFile(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE) throw new NetureonError('usage', `${path} has ${Math.round(size / 2 ** 20)} MB`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof NetureonError) throw error;
    throw new NetureonError('usage', `${path} cannot be read: ${messageOf(error)}`, {
      remedy: 'check the path and who may read it',
      cause: error,
    });
  }
}

/** How many faults are told one by one. */
const TOLD = 20;

function report({ edition, faults }: Loaded, update: OuiUpdate): string {
  const { prefixes, added, removed, renamed, corrected, correctedCount } = update;
  const lines = [
    ...faults.slice(0, TOLD).map(({ file, line, problem }) => `${file}:${line}: passed over: ${problem}`),
    ...(faults.length > TOLD ? [`… and ${count(faults.length - TOLD, 'line')} more`] : []),
    `${count(prefixes, 'prefix', 'prefixes')} loaded, last from ${edition.source}: ` +
      `${added} new, ${removed} gone, ${renamed} under another name.`,
    correctedCount === 0
      ? 'No device has another vendor now.'
      : `${count(correctedCount, 'MAC')} with another vendor now:`,
  ];
  const rows = corrected.map(({ mac, before, after }) => [mac, before ?? '(none)', after ?? '(none)']);
  const table = rows.length === 0 ? '' : textTable(['MAC', 'Before', 'Now'], rows);
  return `${lines.map(line => inert(line, 400)).join('\n')}\n${table}`;
}
