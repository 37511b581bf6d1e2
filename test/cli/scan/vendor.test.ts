import registry from 'oui-data' with { type: 'json' };
import { expect, it } from 'vitest';
import { parseMac } from '../../../src/lib/mac.ts';
import type { Mac } from '../../../src/lib/mac.ts';
import { lookUpVendors } from '../../../src/cli/scan/vendor.ts';

const entries = Object.entries(registry);
const macOf = (prefix: string) => parseMac(prefix.padEnd(12, '0')) as Mac;

it('finds by halving what parsing the whole registry finds', async () => {
  const sample = entries.filter((_, i) => i % 97 === 0 || i < 3 || i > entries.length - 4);
  const vendors = await lookUpVendors(sample.map(([prefix]) => macOf(prefix)));
  const byPrefix: Readonly<Record<string, string>> = registry;
  for (const [prefix] of sample) {
    const digits = prefix.padEnd(12, '0');
    const expected = [9, 7, 6].map(length => byPrefix[digits.slice(0, length)]).find(Boolean);
    expect(vendors.get(digits.toLowerCase().match(/../g)?.join(':') ?? '')).toBe(
      expected?.split('\n')[0]?.trim(),
    );
  }
});

it('takes the most specific assignment, and knows no vendor of a random address', async () => {
  const small = entries.find(([prefix]) => prefix.length === 9)?.[0] ?? '';
  const vendors = await lookUpVendors([macOf(small), parseMac('06:00:00:00:00:01') as Mac]);
  expect([...vendors.values()]).toEqual([
    entries
      .find(([prefix]) => prefix === small)?.[1]
      .split('\n')[0]
      ?.trim(),
  ]);
  expect(await lookUpVendors([])).toEqual(new Map());
});
