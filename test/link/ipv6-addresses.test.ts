import { expect, it } from 'vitest';
import { formatIpv6 } from '../../src/lib/ipv6.ts';
import { listIpv6Addresses } from '../../src/link/ipv6-addresses.ts';

it('takes the IPv6 addresses of each interface, whatever label or zone they carry', () => {
  const v4 = { family: 'IPv4', address: '10.66.0.254' } as const;
  const v6 = (address: string) => ({ family: 'IPv6', address }) as const;
  const found = listIpv6Addresses({
    lan0: [v4, v6('fe80::4e:45ff:fe54:1'), v6('fd66::fe')],
    'lan0:1': [v6('fd66::ff%lan0')],
    lan1: [v4],
    lan2: undefined,
    lan3: [v6('not an address')],
  });
  expect([...found].map(([name, ips]) => [name, ...ips.map(formatIpv6)])).toEqual([
    ['lan0', 'fe80::4e:45ff:fe54:1', 'fd66::fe', 'fd66::ff'],
  ]);
});
