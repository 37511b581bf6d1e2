import { expect, it } from 'vitest';
import { NetureonError } from '../../src/lib/errors.ts';
import { formatCidr, formatIpv4, parseCidr, parseIpv4 } from '../../src/lib/ipv4.ts';
import type { Cidr, Ipv4 } from '../../src/lib/ipv4.ts';
import { createLog } from '../../src/lib/log.ts';
import type { Mac } from '../../src/lib/mac.ts';
import type { LinkInterface } from '../../src/link/interfaces.ts';
import { sweep } from '../../src/scan/sweep.ts';
import type { MethodChoice, SweepDeps } from '../../src/scan/sweep.ts';
import type { Plan } from '../../src/scan/plan.ts';
import { planOf } from '../../src/scan/plan.ts';
import { reply, SimulatedClock, SimulatedDevice } from './simulated.ts';

function linkOf(name: string, mac: number, ...networks: string[]): LinkInterface {
  const addresses = networks.map(text => {
    const network = parseCidr(text) as Cidr;
    return { ip: (network.base + 1) as Ipv4, network };
  });
  return {
    name,
    index: 1,
    mac: mac as Mac,
    addresses,
    up: true,
    loopback: false,
    pointToPoint: false,
    arp: true,
  };
}

const lan0 = linkOf('lan0', 0x024e00000001, '10.1.0.0/29', '10.2.0.0/29');
const lan1 = linkOf('lan1', 0x024e00000002, '10.3.0.0/29');
const interfaces = [lan0, lan1];
const plans: Plan[] = interfaces.flatMap(link =>
  link.addresses.map(({ ip, network }) => planOf({ network, interface: link, source: ip, vlan: null })),
);
const denied = new NetureonError('permission', 'not permitted', { remedy: 'Do this.' });

function run(method: MethodChoice, more: Partial<SweepDeps> = {}) {
  const clock = new SimulatedClock();
  const lines: string[] = [];
  const devices: SimulatedDevice[] = [];
  const deps: SweepDeps = {
    clock,
    openDevice: () => {
      const device = new SimulatedDevice(clock);
      // The last address of each network answers; and so, on every request, does one of the second network.
      device.answer = ({ targetIp }) => [
        ...(targetIp % 8 === 6 ? [reply(targetIp, (0x020000000000 + (targetIp >>> 16)) as Mac)] : []),
        reply(parseIpv4('10.2.0.2') as Ipv4, 0x0200000000aa as Mac),
      ];
      devices.push(device);
      return Promise.resolve(device);
    },
    openProbe: () =>
      Promise.resolve({
        poke: () => Promise.resolve(true),
        table: () =>
          Promise.resolve([
            { ip: parseIpv4('10.3.0.5') as Ipv4, mac: 0x020000000005 as Mac, interfaceName: 'lan1' },
            { ip: parseIpv4('10.3.0.6') as Ipv4, mac: 0x020000000006 as Mac, interfaceName: 'other' },
            { ip: parseIpv4('10.9.0.6') as Ipv4, mac: 0x020000000006 as Mac, interfaceName: 'lan1' },
          ]),
        hasLink: () => true,
        close: () => undefined,
      }),
    log: createLog(line => lines.push(line)),
    signal: new AbortController().signal,
    ...more,
  };
  const options = { method, rate: 1000, timeoutMs: Infinity, interfaces };
  return { result: sweep(plans, options, deps), lines, devices };
}

it('sweeps every network, and says of each device once where it belongs', async () => {
  const { result, devices } = run('packet');
  const { networks, observations } = await result;
  expect(networks.map(one => [formatCidr(one.network), one.interface, one.complete, one.probed])).toEqual([
    ['10.1.0.0/29', 'lan0', true, 5],
    ['10.2.0.0/29', 'lan0', true, 5],
    ['10.3.0.0/29', 'lan1', true, 5],
  ]);
  const found = observations.map(
    ({ ip, network }) => `${formatIpv4(ip)} in ${network === null ? 'none' : formatCidr(network)}`,
  );
  expect(found.toSorted((a, b) => a.localeCompare(b))).toEqual([
    '10.1.0.6 in 10.1.0.0/29',
    '10.2.0.2 in 10.2.0.0/29',
    '10.2.0.6 in 10.2.0.0/29',
    '10.3.0.6 in 10.3.0.0/29',
  ]);
  expect(devices.map(({ closed }) => closed)).toEqual([true, true]);
});

it('falls back to the kernel, and says so once for all interfaces', async () => {
  const { result, lines } = run('auto', { openDevice: () => Promise.reject(denied) });
  const { networks, observations } = await result;
  expect(networks.map(({ method, complete }) => [method, complete])).toEqual(
    networks.map(() => ['kernel', true]),
  );
  expect(observations.map(({ ip }) => formatIpv4(ip))).toEqual(['10.3.0.5']);
  expect(lines).toEqual([
    expect.stringMatching(/^not permitted; asking through the kernel instead.* Do this\.$/),
  ]);
});

it('does not fall back when packets were asked for', async () => {
  const { result } = run('packet', { openDevice: () => Promise.reject(denied) });
  await expect(result).rejects.toBe(denied);
});

it('lets one interface fail without the other', async () => {
  const gone = new NetureonError('io', 'interface lan1 is down or gone');
  const clock = new SimulatedClock();
  const { result } = run('auto', {
    clock,
    openDevice: ({ name }) =>
      name === 'lan1' ? Promise.reject(gone) : Promise.resolve(new SimulatedDevice(clock)),
  });
  const { networks } = await result;
  expect(networks.map(({ complete, problem }) => [complete, problem])).toEqual([
    [true, null],
    [true, null],
    [false, 'interface lan1 is down or gone'],
  ]);
});
