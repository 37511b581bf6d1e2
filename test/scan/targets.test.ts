import { describe, expect, it } from 'vitest';
import { formatCidr, formatIpv4, parseCidr, parseIpv4 } from '../../src/lib/ipv4.ts';
import type { Cidr, Ipv4 } from '../../src/lib/ipv4.ts';
import type { Mac } from '../../src/lib/mac.ts';
import type { LinkInterface } from '../../src/link/interfaces.ts';
import { interfaceOf } from '../../src/scan/plan.ts';
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
      target => `${formatCidr(target.network)} ${interfaceOf(target)} ${formatIpv4(target.source)}`,
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

describe('what is configured and not there', () => {
  const absentOf = (interfaces: LinkInterface[], request: Partial<TargetRequest>) => {
    const { targets, absent, problems } = chooseTargets({ ...REQUEST, ...request }, interfaces);
    return {
      targets: targets.map(({ network }) => formatCidr(network)),
      absent: absent.map(({ interface: name, link: on, network }) => [
        name,
        on,
        network && formatCidr(network),
      ]),
      problems: problems.length,
    };
  };

  it('keeps nobody else from being scanned', () => {
    const down = link('eth1', ['10.1.0.1/24'], { up: false });
    expect(absentOf([eth0, down], { interfaces: ['eth0', 'eth1', 'usb0'] })).toEqual({
      targets: ['192.168.1.0/24'],
      absent: [
        ['eth1', '', null],
        ['usb0', '', null],
      ],
      problems: 0,
    });
    expect(absentOf([eth0], { networks: ['192.168.1.0/24', '10.1.0.0/24'] })).toEqual({
      targets: ['192.168.1.0/24'],
      absent: [['', '', '10.1.0.0/24']],
      problems: 0,
    });
  });

  it('is not looked for on another link: everybody there would be missed', () => {
    const request = { interfaces: ['eth0', 'usb0'], networks: ['192.168.1.0/24', '10.9.0.0/24'] };
    expect(absentOf([eth0], request)).toEqual({
      targets: ['192.168.1.0/24'],
      absent: [
        ['usb0', '', null],
        ['', '', '10.9.0.0/24'],
      ],
      problems: 0,
    });
  });

  it('is a problem when nothing is left, or when somebody has just asked for it', () => {
    expect(absentOf([lo], { interfaces: ['usb0'] })).toMatchObject({ targets: [], problems: 1 });
    expect(absentOf([eth0], { interfaces: ['eth0', 'usb0'], strict: true })).toMatchObject({
      targets: [],
      problems: 1,
    });
  });
});

describe('VLANs', () => {
  const trunk = link('eth1', []);
  const network = parseCidr('10.20.0.0/24') as Cidr;
  const twenty = { interface: 'eth1', id: 20, network, source: parseIpv4('10.20.0.2') as Ipv4 };

  it('are asked beside the networks of the interfaces, through one that needs no address', () => {
    const vlans = [twenty, twenty, { ...twenty, id: 30, source: null }];
    expect(choose([eth0, trunk], { vlans })).toEqual({
      targets: [
        '192.168.1.0/24 eth0 192.168.1.5',
        '10.20.0.0/24 eth1.20 10.20.0.2',
        '10.20.0.0/24 eth1.30 0.0.0.0',
      ],
      skipped: [],
      problems: [],
    });
    expect(choose([eth0, trunk], { vlans, onlyVlans: true }).targets).toHaveLength(2);
  });

  it('may leave the interface out only where there is just one', () => {
    const vlans = [{ ...twenty, interface: null }];
    const request = { vlans, onlyVlans: true, strict: true };
    expect(choose([lo, eth0], request).targets).toEqual(['10.20.0.0/24 eth0.20 10.20.0.2']);
    expect(choose([lo, eth0, trunk], request).problems).toEqual([
      'the interface that VLAN 20 is asked through must be named',
    ]);
  });

  it('of an interface that is not there are absent, each with its link', () => {
    const vlans = [{ ...twenty, interface: 'nope' }];
    const { targets, absent } = chooseTargets({ ...REQUEST, vlans }, [eth0]);
    expect(targets).toHaveLength(1);
    expect(absent).toMatchObject([{ interface: 'nope.20', link: 'nope.20', network }]);
    expect(choose([eth0], { vlans, onlyVlans: true, strict: true }).problems).toEqual(['no interface nope']);
  });
});
