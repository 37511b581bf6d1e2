/** As test/web/fuzz, for minutes. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedHome } from '../support/seed.ts';
import { faultOf, routesOf, shots } from '../web/fuzz.ts';
import { testSite, type TestSite } from '../web/support.ts';

let site: TestSite;

beforeAll(async () => {
  site = await testSite({ rehearsalTimeoutMs: 1000 });
  await seedHome(site.database.pool, new Date());
});
afterAll(() => site.close());

it.each([1, 2, 3])('no route fails, whatever it is asked (seed %i)', { timeout: 900_000 }, async seed => {
  await fc.assert(
    fc.asyncProperty(shots(routesOf(site)), async shot => {
      expect(await faultOf(site, shot)).toBeUndefined();
    }),
    { seed, numRuns: 10_000, endOnFailure: true },
  );
  expect(site.logged.filter(line => line.startsWith('error'))).toEqual([]);
});
