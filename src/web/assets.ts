/** The site's own files, read once: served from memory under a name that carries their hash, so that browsers keep them. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
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

const FILES = ['base.css', 'site.css', 'site.js', 'icon.svg', 'htmx.min.js', 'hx-sse.min.js'] as const;

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** @param folders where to look, in this order: one folder in a build, the sources and htmx's package in a checkout */
export async function loadAssets(folders: readonly string[]): Promise<Assets> {
  const found = new Map<string, Asset>();
  for (const name of FILES) {
    const body = await readFirst(folders, name);
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 12);
    found.set(name, { body, type: TYPES[extname(name)] ?? 'application/octet-stream', hash });
  }
  return {
    get: name => found.get(name),
    url: name => `/assets/${name}?v=${found.get(name)?.hash ?? ''}`,
  };
}

async function readFirst(folders: readonly string[], name: string): Promise<Uint8Array<ArrayBuffer>> {
  for (const folder of folders) {
    try {
      return new Uint8Array(await readFile(join(folder, name)));
    } catch {
      // the next folder may have it; that none has is told below
    }
  }
  throw new NetureonError('internal', `the site's file ${name} is missing`, {
    remedy: 'run npm run build, or install netureon again',
  });
}
