/** Chromium on the site, with a real server and a real listener. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { cookieKind } from '../../src/web/session-cookie.ts';
import type { Role } from '../../src/web/visit.ts';
import { goLive } from './served-site.ts';
import { testSite, type TestSite } from './support.ts';

const CHROMIUM = '/usr/bin/chromium';

export function openBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) throw new Error('these tests drive a browser: apt-get install chromium');
  return chromium.launch({
    executablePath: CHROMIUM,
    timeout: 120_000,
    args: [
      '--headless',
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

export interface ServedSite extends TestSite {
  readonly url: string;
}

export async function serveSite(): Promise<ServedSite> {
  const site = await testSite();
  const { live, server } = await goLive(site);
  const url = `http://127.0.0.1:${server.port}`;
  served.set(url, site);
  return {
    ...site,
    live,
    url,
    close: async () => {
      served.delete(url);
      await live.close();
      await server.close();
      await site.close();
    },
  };
}

/** By address: whose cookie a browser needs there. */
const served = new Map<string, TestSite>();

/** What signs this browser in; of null, what was there is taken away. */
export async function signIn(context: BrowserContext, origin: string, as: Role | null): Promise<void> {
  const { name } = cookieKind(new URL(origin).host, undefined);
  await context.clearCookies({ name });
  const site = served.get(origin);
  if (site === undefined || as === null) return;
  await context.addCookies([
    { name, value: await site.token(as), url: origin, httpOnly: true, sameSite: 'Lax' },
  ]);
}

/**
 * A page that collects what it should not say: script errors, refused resources, requests elsewhere.
 * @param as who is signed in there
 */
export async function openPage(
  context: BrowserContext,
  origin: string,
  as: Role | null = 'admin',
): Promise<{ page: Page; complaints: string[] }> {
  await signIn(context, origin, as);
  const complaints: string[] = [];
  const page = await context.newPage();
  page.setDefaultTimeout(60_000); // below the test's own, so that the failure says what was waited for
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', error => complaints.push(error.message));
  page.on('request', request => {
    if (!request.url().startsWith(origin)) complaints.push(`asked for ${request.url()}`);
  });
  return { page, complaints };
}
