import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { parseCidr, parseIpv4 } from '../../src/lib/ipv4.ts';

function vlans(text: string) {
  const { config, problems } = loadConfig({
    flags: {},
    env: { NETUREON_SCAN_VLANS: text },
    file: null,
    readSecret: () => '',
  });
  return problems.length > 0 ? problems.map(({ problem }) => problem).join() : config.scanVlans;
}

test('is an interface with a VLAN, a network, and perhaps an address to send from', () => {
  const network = parseCidr('10.20.0.0/24');
  expect(vlans('lan0.20 10.20.0.0/24, eth0.5.4094 10.20.0.7/24  10.20.0.2')).toEqual([
    { interface: 'lan0', id: 20, network, source: null },
    { interface: 'eth0.5', id: 4094, network, source: parseIpv4('10.20.0.2') },
  ]);
});

test.each([
  ['lan0 10.20.0.0/24', /INTERFACE\.VLAN NETWORK/],
  ['lan0.20', /INTERFACE\.VLAN NETWORK/],
  ['lan0.0 10.20.0.0/24', /from 1 to 4094/],
  ['lan0.4095 10.20.0.0/24', /from 1 to 4094/],
  ['lan0.20 10.20.0.0/33', /no network/],
  ['lan0.20 10.20.0.0/24 10.21.0.1', /an address of 10\.20\.0\.0\/24/],
  ['lan0.20 10.20.0.0/24 here', /an address of 10\.20\.0\.0\/24/],
])('%j is refused with what is wrong', (text, problem) => {
  expect(vlans(text)).toMatch(problem);
});
