import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedHome } from '../support/seed.ts';
import { testSite, type TestSite } from './support.ts';

let site: TestSite;
beforeAll(async () => {
  site = await testSite();
  await seedHome(site.database.pool, new Date());
});
afterAll(() => site.close());

it.each(['/', '/devices', '/devices/5', '/alerts', '/alerts?show=all', '/scans', '/scans?show=changes', '/scans?show=problems', '/status'])('%s', async path => {
  const response = await site.get(path);
  const text = await response.text();
  if (response.status !== 200) console.log(site.logged, text);
  expect(response.status).toBe(200);
});
