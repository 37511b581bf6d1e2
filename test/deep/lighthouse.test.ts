/**
 * Lighthouse on the main pages, signed in, in the browser of this machine: performance, accessibility and best practices.
 * It wants a newer Node.js than the site does, so npx brings one along; Chromium and the site are local.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cookieKind } from '../../src/web/session-cookie.ts';
import { seedHome } from '../support/seed.ts';
import { serveSite, type ServedSite } from '../web/browser.ts';

const LEAST = 95;

let site: ServedSite;
let folder: string;

beforeAll(async () => {
  [site, folder] = await Promise.all([serveSite(), mkdtemp(join(tmpdir(), 'netureon-lighthouse-'))]);
  await seedHome(site.database.pool, new Date());
});
afterAll(async () => {
  await site.close();
  await rm(folder, { recursive: true, force: true });
});

interface Report {
  readonly categories: Readonly<Record<string, { readonly score: number | null }>>;
  readonly audits: Readonly<Record<string, { readonly title: string; readonly score: number | null }>>;
}

it.each(['/', '/devices', '/devices/5', '/alerts', '/scans', '/rules', '/past', '/map'])(
  '%s scores at least 95',
  { timeout: 300_000 },
  async path => {
    const headers = join(folder, 'headers.json');
    const output = join(folder, 'report.json');
    const { name } = cookieKind(new URL(site.url).host, undefined);
    await writeFile(headers, JSON.stringify({ Cookie: `${name}=${await site.token('admin')}` }));
    const sandbox = process.getuid?.() === 0 ? ' --no-sandbox' : '';
    await promisify(execFile)(
      'npx',
      [
        '--yes',
        '-p',
        'node@24',
        '-p',
        'lighthouse@13',
        'lighthouse',
        site.url + path,
        '--quiet',
        '--only-categories=performance,accessibility,best-practices',
        '--preset=desktop',
        `--extra-headers=${headers}`,
        '--output=json',
        `--output-path=${output}`,
        `--chrome-flags=--headless=new${sandbox}`,
      ],
      { env: { ...process.env, CHROME_PATH: '/usr/bin/chromium' }, timeout: 280_000 },
    );
    const { categories, audits } = JSON.parse(await readFile(output, 'utf8')) as Report;
    const scores = Object.entries(categories).map(
      ([id, { score }]) => [id, Math.round((score ?? 0) * 100)] as const,
    );
    const low = Object.entries(audits).flatMap(([id, { title, score }]) =>
      score !== null && score < 0.9 ? [`${id}: ${title}`] : [],
    );
    for (const [id, score] of scores) expect([id, score, low]).toEqual([id, Math.max(score, LEAST), low]);
    expect(scores).toHaveLength(3);
  },
);
