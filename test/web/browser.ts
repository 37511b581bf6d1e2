/** Chromium on the site, with a real server and a real listener. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
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
  return {
    ...site,
    live,
    url: `http://127.0.0.1:${server.port}`,
    close: async () => {
      await live.close();
      await server.close();
      await site.close();
    },
  };
}

/** A page that collects what it should not say: script errors, refused resources, requests elsewhere. */
export async function openPage(
  context: BrowserContext,
  origin: string,
): Promise<{ page: Page; complaints: string[] }> {
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
