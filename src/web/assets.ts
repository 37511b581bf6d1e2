/** The site's own files, read once: served from memory under a name that carries their hash, so that browsers keep them. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { NetureonError } from '../lib/errors.ts';

export interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
  /** First 12 hex digits of the SHA-256. */
  readonly hash: string;
}

export interface Assets {
  get(name: string): Asset | undefined;
  /** `/assets/app.css?v=…` */
  url(name: string): string;
}

/** What is served, and from which files. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  'site.css': [
    'base.css',
    'site.css',
    'lists.css',
    'device-list.css',
    'alerting.css',
    'charts.css',
    'device.css',
    'transfer.css',
    'people.css',
    'system.css',
    'narrow.css',
  ],
  'site.js': ['site.js', 'live.js', 'keys.js', 'past.js', 'device.js'],
  'icon.svg': ['icon.svg'],
  'htmx.js': ['htmx.min.js'],
};

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** @param folders where to look, in this order: one folder in a build, the sources and htmx's package in a checkout */
export async function loadAssets(folders: readonly string[]): Promise<Assets> {
  const found = new Map<string, Asset>();
  for (const [name, parts] of Object.entries(FILES)) {
    const body = join(await Promise.all(parts.map(part => readFirst(folders, part))));
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 12);
    found.set(name, { body, type: TYPES[extname(name)] ?? 'application/octet-stream', hash });
  }
  return {
    get: name => found.get(name),
    url: name => `/assets/${name}?v=${found.get(name)?.hash ?? ''}`,
  };
}

function join(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  const lineEnd = new TextEncoder().encode('\n');
  return new Uint8Array(Buffer.concat(parts.flatMap(part => [part, lineEnd])));
}

async function readFirst(folders: readonly string[], name: string): Promise<Uint8Array<ArrayBuffer>> {
  for (const folder of folders) {
    try {
      return new Uint8Array(await readFile(resolve(folder, name)));
    } catch {
      // the next folder may have it; that none has is told below
    }
  }
  throw new NetureonError('internal', `the site's file ${name} is missing`, {
    remedy: 'run npm run build, or install netureon again',
  });
}
