import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedHome } from '../support/seed.ts';
import { faultOf, routesOf, shots } from './fuzz.ts';
import { testSite, type TestSite } from './support.ts';

let site: TestSite;

beforeAll(async () => {
  site = await testSite({ rehearsalTimeoutMs: 1000 });
  await seedHome(site.database.pool, new Date());
});
afterAll(() => site.close());

it(
  'no route fails or tells of its inside, whatever it is asked; test/deep asks longer',
  { timeout: 120_000 },
  async () => {
    const routes = routesOf(site);
    expect(routes.length).toBeGreaterThan(60);
    await fc.assert(
      fc.asyncProperty(shots(routes), async shot => {
        expect(await faultOf(site, shot)).toBeUndefined();
      }),
      { seed: 20_261_120, numRuns: 1200, endOnFailure: true },
    );
    expect(site.logged.filter(line => line.startsWith('error'))).toEqual([]);
  },
);
