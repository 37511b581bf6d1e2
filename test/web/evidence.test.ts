import { expect, it } from 'vitest';
import { evidenceOf } from '../../src/web/evidence.ts';

it('says in words what an alert knows', () => {
  expect(
    evidenceOf({
      since: '2026-11-20T09:00:00Z',
      silent_ms: 720_000,
      limit_ms: 600_000,
      own_limit: true,
      misses: 24,
    }),
  ).toEqual([
    ['Silent for', '12 min'],
    ['Allowed silence', '10 min'],
    ['That limit', 'was set by a person'],
    ['Did not answer', '24 scans'],
  ]);
  expect(evidenceOf({ vendor: 'Espressif Inc.', random_mac: false })).toEqual([['Vendor', 'Espressif']]);
});

it('names who is concerned, and no more than a few of many', () => {
  const claimants = [
    { mac: '02:00:00:00:00:01', device_id: 3, name: "Anna's phone" },
    { mac: '02:00:00:00:00:02' },
  ];
  expect(evidenceOf({ claimants })).toEqual([
    ['Claim it', "Anna's phone (02:00:00:00:00:01), 02:00:00:00:00:02"],
  ]);
  const devices = Array.from({ length: 300 }, (_, index) => ({ ip: `10.0.0.${index}`, mac: null }));
  expect(evidenceOf({ total: 300, devices })[1]?.[1]).toMatch(/^10\.0\.0\.0, .*10\.0\.0\.7 and 292 more$/);
});

it('takes whatever is kept there, and makes it inert', () => {
  const hostile = 'a\u202eb\u001b[31m\nc'.repeat(200);
  for (const [, value] of evidenceOf({
    problem: hostile,
    before: hostile,
    devices: [{ name: hostile, mac: hostile }, null, 7, [hostile]],
    old: { name: 7 },
    misses: 'many',
    vendor: ['x'],
    addresses: { length: 3 },
  })) {
    // oxlint-disable-next-line no-control-regex -- that is what it looks for
    expect(value).not.toMatch(/[\u202e\u001b\n]/);
    expect(value.length).toBeLessThan(2500);
  }
  expect(evidenceOf({ toString: 'x', constructor: 'y' })).toEqual([]);
});
