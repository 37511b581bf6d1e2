import { expect, it } from 'vitest';
import { formatScan } from '../../../src/cli/scan/table.ts';
import { parseCidr, parseIpv4 } from '../../../src/lib/ipv4.ts';
import type { Cidr, Ipv4 } from '../../../src/lib/ipv4.ts';
import { parseMac } from '../../../src/lib/mac.ts';
import type { Mac } from '../../../src/lib/mac.ts';
import { noCounters } from '../../../src/scan/collector.ts';
import type { Coverage } from '../../../src/scan/types.ts';

const network = parseCidr('10.20.0.0/24') as Cidr;
const coverage: Coverage = {
  network,
  link: 'lan0.20',
  vlan: 20,
  interface: 'lan0.20',
  method: 'packet',
  addresses: 254,
  slices: 10,
  gateway: null,
  probed: 27,
  answered: 1,
  framesSent: 90,
  broadcasts: 79,
  durationMs: 412,
  complete: true,
  problem: null,
  counters: noCounters(),
  ownClaims: [],
};

it('says which VLAN was asked, how much of it this time, and by how many broadcasts', () => {
  const text = formatScan(
    {
      startedAt: new Date(0),
      durationMs: 412,
      networks: [coverage, { ...coverage, slices: 1, probed: 254, broadcasts: 1, complete: false }],
      observations: [
        {
          network,
          link: 'lan0.20',
          ip: parseIpv4('10.20.0.7') as Ipv4,
          mac: parseMac('02:00:00:00:20:07') as Mac,
          rttMs: 1.25,
        },
      ],
    },
    [],
    new Map(),
    null,
    false,
  );
  expect(text.split('\n')).toEqual([
    'Address    MAC                Vendor    Time',
    '10.20.0.7  02:00:00:00:20:07          1.3 ms',
    '',
    '10.20.0.0/24 on lan0.20: 1 address heard of 27 addresses asked this time (of 254) in 0.4 s, 79 broadcasts',
    '10.20.0.0/24 on lan0.20: 1 address heard of 254 addresses asked in 0.4 s, 1 broadcast (not complete)',
    '',
  ]);
});
