import { describe, expect, it } from 'vitest';
import { formatCidr, formatIpv4, parseCidr, parseIpv4 } from '../../src/lib/ipv4.ts';
import type { Cidr, Ipv4 } from '../../src/lib/ipv4.ts';
import type { Mac } from '../../src/lib/mac.ts';
import type { LinkInterface } from '../../src/link/interfaces.ts';
import { chooseTargets } from '../../src/scan/targets.ts';
import type { TargetRequest } from '../../src/scan/targets.ts';

let lastIndex = 0;

function link(name: string, addresses: string[], more: Partial<LinkInterface> = {}): LinkInterface {
  return {
    name,
    index: ++lastIndex,
    mac: 0x020000000001 as Mac,
    addresses: addresses.map(text => ({
      ip: parseIpv4(text.split('/')[0] ?? '') as Ipv4,
      network: parseCidr(text) as Cidr,
    })),
    up: true,
    loopback: false,
    pointToPoint: false,
    arp: true,
    ...more,
  };
}

const lo = link('lo', ['127.0.0.1/8'], { loopback: true, arp: false });
const eth0 = link('eth0', ['192.168.1.5/24']);

const REQUEST: TargetRequest = {
  interfaces: [],
  networks: [],
  vlans: [],
  onlyVlans: false,
  allowPublic: false,
  strict: false,
};

/** Targets as `network interface source`, and the texts of problems and of what was left out. */
function choose(interfaces: LinkInterface[], request: Partial<TargetRequest> = {}) {
  const all = { ...REQUEST, ...request };
  const { targets, skipped, problems } = chooseTargets(all, interfaces);
  return {
    targets: targets.map(
      ({ network, interface: { name }, source }) => `${formatCidr(network)} ${name} ${formatIpv4(source)}`,
    ),
    skipped: skipped.map(({ problem }) => problem),
    problems: problems.map(({ problem }) => problem),
  };
}

describe('by itself', () => {
  it('takes the private networks of interfaces that speak ARP', () => {
    const tunnel = link('wg0', ['10.9.0.1/24'], { arp: false, pointToPoint: true });
    const down = link('eth1', ['10.1.0.1/24'], { up: false });
    const wifi = link('wlan0', ['10.2.0.7/22', '172.16.0.7/24']);
    expect(choose([lo, eth0, tunnel, down, wifi])).toEqual({
      targets: [
        '192.168.1.0/24 eth0 192.168.1.5',
        '10.2.0.0/22 wlan0 10.2.0.7',
        '172.16.0.0/24 wlan0 172.16.0.7',
      ],
      skipped: [],
      problems: [],
    });
  });

  it('takes a network on two interfaces once', () => {
    expect(choose([eth0, link('wlan0', ['192.168.1.6/24'])]).targets).toEqual([
      '192.168.1.0/24 eth0 192.168.1.5',
    ]);
  });

  it.each([
    ['a public network', 'eth9', '203.0.113.5/24', '203.0.113.0/24 on eth9 is a public network'],
    [
      'more than 4,096 addresses',
      'eth9',
      '10.0.0.5/19',
      '10.0.0.0/19 on eth9 spans more than 4,096 addresses',
    ],
    [
      'a container bridge',
      'docker0',
      '172.17.0.1/16',
      '172.17.0.0/16 on docker0 spans more than 4,096 addresses',
    ],
    [
      'a container bridge',
      'br-0123456789ab',
      '172.18.0.1/24',
      'br-0123456789ab looks like a bridge for containers',
    ],
    ['a lone address', 'eth9', '10.0.0.5/32', '10.0.0.5/32 on eth9 has no other address'],
  ])('leaves out %s, and says so', (_, name, address, problem) => {
    const other = link(name, [address]);
    expect(choose([eth0, other])).toEqual({
      targets: ['192.168.1.0/24 eth0 192.168.1.5'],
      skipped: [problem],
      problems: [],
    });
    // With nothing else to scan it is the reason.
    expect(choose([other])).toEqual({ targets: [], skipped: [], problems: [problem] });
  });

  it('takes exactly 4,096 addresses, both of a /31, and public networks when allowed', () => {
    expect(choose([link('a', ['10.0.0.5/20'])]).targets).toEqual(['10.0.0.0/20 a 10.0.0.5']);
    expect(choose([link('a', ['10.0.0.4/31'])]).targets).toEqual(['10.0.0.4/31 a 10.0.0.4']);
    expect(choose([link('a', ['203.0.113.5/24'])], { allowPublic: true }).targets).toHaveLength(1);
  });

  it('says that there is no network', () => {
    expect(choose([lo]).problems).toEqual(['this machine has no private IPv4 network to scan']);
  });
});

describe('by name', () => {
  it('takes public, large and bridged networks', () => {
    const public1 = link('eth1', ['203.0.113.5/24']);
    const large = link('eth2', ['10.0.0.5/16']);
    expect(choose([public1, large], { networks: ['203.0.113.0/24', '10.0.0.0/16'] }).targets).toEqual([
      '203.0.113.0/24 eth1 203.0.113.5',
      '10.0.0.0/16 eth2 10.0.0.5',
    ]);
    expect(choose([link('docker0', ['172.17.0.1/24'])], { interfaces: ['docker0'] }).targets).toHaveLength(1);
  });

  it('takes part of a link, from its own address, and twice named once', () => {
    expect(choose([eth0], { networks: ['192.168.1.64/26', '192.168.1.70/26'] }).targets).toEqual([
      '192.168.1.64/26 eth0 192.168.1.5',
    ]);
  });

  it('takes a network off the links only on a named interface', () => {
    const request = { networks: ['10.5.0.0/24'] };
    expect(choose([eth0], request).problems).toEqual([
      '10.5.0.0/24 is not on a link of this machine, and ARP does not cross a router',
    ]);
    expect(choose([eth0], { ...request, interfaces: ['eth0'] }).targets).toEqual([
      '10.5.0.0/24 eth0 192.168.1.5',
    ]);
  });

  it('tells all problems at once, each with a remedy', () => {
    const request = {
      ...REQUEST,
      interfaces: ['lo', 'nope', 'nope'],
      networks: ['1.2.3', '10.0.0.0/33'],
    };
    const { problems, targets } = chooseTargets(request, [lo, eth0]);
    expect(targets).toEqual([]);
    expect(problems.map(({ problem }) => problem)).toEqual([
      'interface lo does not speak ARP (loopback)',
      'no interface nope that is up and has an IPv4 address',
      'not a network: 1.2.3',
      'not a network: 10.0.0.0/33',
    ]);
    expect(problems.every(({ remedy }) => remedy.length > 10)).toBe(true);
  });

  it('refuses more than a million addresses', () => {
    expect(choose([link('a', ['10.0.0.5/8'])], { networks: ['10.0.0.0/8', '10.0.0.0/12'] }).problems).toEqual(
      ['10.0.0.0/8 spans 16,777,216 addresses'],
    );
  });
});
