import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import { testSite, type TestSite } from './support.ts';

let site: TestSite;
let now = 0;
const clock: Clock = { ...systemClock, monotonic: () => now };
beforeAll(async () => {
  site = await testSite({ clock });
});
afterAll(() => site.close());

test('five hundred pages that open at once are all drawn', async () => {
  const answers = await Promise.all(
    Array.from({ length: 500 }, async () => {
      const answer = await site.as('viewer').get('/scans');
      await answer.text();
      return answer.status;
    }),
  );
  expect(new Set(answers)).toEqual(new Set([200]));
});

test('who is signed in is asked once a second, not at each request', async () => {
  const signedOut = async () => (await site.as('operator').get('/scans')).status !== 200;
  expect(await signedOut()).toBe(false);
  await site.database.pool.query(`update users set disabled_at = now() where role = 'operator'`);
  expect(await signedOut()).toBe(false);
  now += 1_000;
  expect(await signedOut()).toBe(true);
  await site.database.pool.query(`update users set disabled_at = null where role = 'operator'`);
});

test('who signs out, or loses a role on the page, is so with the next request', async () => {
  const browser = site.as('operator');
  expect((await browser.get('/import')).status).toBe(200);
  const [{ id } = { id: 0 }] = await site.database.pool.query<{ id: number }>(
    `select id from users where role = 'operator'`,
  );
  // A role that is taken away ends what was opened with it.
  expect((await site.post(`/users/${id}/role`, { role: 'viewer' })).status).toBe(303);
  expect((await browser.get('/import')).headers.get('location')).toMatch(/^\/sign-in/);
  const viewer = site.as('viewer');
  expect((await viewer.get('/scans')).status).toBe(200);
  expect((await viewer.post('/sign-out', {})).status).toBe(303);
  expect((await viewer.get('/scans')).headers.get('location')).toMatch(/^\/sign-in/);
});
