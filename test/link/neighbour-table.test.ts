import { expect, it } from 'vitest';
import { formatIpv4 } from '../../src/lib/ipv4.ts';
import { formatMac } from '../../src/lib/mac.ts';
import { parseNeighbourTable } from '../../src/link/neighbour-table.ts';

const HEADER = 'IP address       HW type     Flags       HW address            Mask     Device\n';

it('takes the resolved Ethernet neighbours, and passes over everything else', () => {
  const text = `${HEADER}10.66.0.1        0x1         0x2         02:00:00:00:00:01     *        lan0
10.66.0.2        0x1         0x0         00:00:00:00:00:00     *        lan0
10.66.0.3        0x1         0x6         02:00:00:00:00:03     *        lan0
10.66.0.4        0x20        0x2         02:00:00:00:00:04     *        ib0
10.66.0.5        0x1         0x2         02:00:00:00:00        *        lan0
10.66.0.999      0x1         0x2         02:00:00:00:00:05     *        lan0

garbage
`;
  const found = parseNeighbourTable(text).map(
    one => `${formatIpv4(one.ip)} ${formatMac(one.mac)} ${one.interfaceName}`,
  );
  expect(found).toEqual(['10.66.0.1 02:00:00:00:00:01 lan0', '10.66.0.3 02:00:00:00:00:03 lan0']);
  expect(parseNeighbourTable('')).toEqual([]);
  expect(parseNeighbourTable(HEADER)).toEqual([]);
});
