// Why something is refused, in words: what was missing is said, and only a strange form is called one.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plain } from './plain.ts';
import { testSite, type TestSite } from './support.ts';

let site: TestSite;
beforeAll(async () => {
  site = await testSite();
});
afterAll(() => site.close());

test.each(['/users', '/import'])('a viewer at %s reads which role it takes', async path => {
  const answer = await site.as('viewer').get(path);
  expect(answer.status).toBe(403);
  const words = plain(await answer.text());
  expect(words).toMatch(/administrator|operator/i);
  expect(words).not.toContain('another site');
});

test('a form of another site is called one', async () => {
  const answer = await site.post('/alerts/1/acknowledge', {}, { origin: 'http://elsewhere.example' });
  expect(answer.status).toBe(403);
  expect(plain(await answer.text())).toContain('another site');
});
