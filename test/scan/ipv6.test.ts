import { expect, it } from 'vitest';
import { lanForTest, manyHosts } from '../support/lan.ts';
import { scan } from './lab.ts';

const IPV6_ONLY = '02:00:00:00:0a:01';

it('looks by IPv6 beside ARP, and shows the addresses with their devices', async () => {
  const hosts = manyHosts(3).map((host, i) => ({ ...host, ip6: `fd66::${i + 1}` }));
  const lan = await lanForTest({ address6: 'fd66::fe', hosts });
  await lan.addIpv6Hosts([{ mac: IPV6_ONLY }]);
  const { code, document } = await scan(lan, { ipv6: true });
  expect(code).toBe(0);
  expect(document?.links).toEqual([
    {
      interface: 'lan0',
      method: 'packet',
      probed: 4,
      answered: 4,
      frames_sent: 3,
      broadcasts: 3,
      complete: true,
    },
  ]);
  expect(
    document?.ipv6_addresses.map(({ ip, mac, here }) => `${ip} ${mac} ${here ? 'here' : 'heard'}`),
  ).toEqual([
    ...hosts.map(({ mac }, i) => `fe80::ff:fe00:${i + 1} ${mac} here`),
    `fe80::ff:fe00:a01 ${IPV6_ONLY} here`,
    ...hosts.map(({ mac, ip6 }) => `${ip6} ${mac} heard`),
  ]);
  // What ARP found is told as ever.
  expect(document?.devices.map(({ ip }) => ip)).toEqual(hosts.map(({ ip }) => ip));

  const table = await scan(lan, { ipv6: true, json: false });
  const lines = table.stdout.split('\n').map(line => line.trim().split(/\s+/).slice(0, 2).join(' '));
  expect(lines.slice(1, 11)).toEqual([
    ...hosts.flatMap(({ ip, mac, ip6 }, i) => [
      `${ip} ${mac}`,
      `fe80::ff:fe00:${i + 1} ${mac}`,
      `${ip6} ${mac}`,
    ]),
    `fe80::ff:fe00:a01 ${IPV6_ONLY}`,
  ]);
  expect(table.stdout).toMatch(
    /^IPv6 on lan0: 4 neighbours heard of 4, 3 other addresses in \d+\.\d s, 3 multicasts to all$/m,
  );
});

it('leaves IPv6 alone where it is switched off, and where somebody typed which network to scan', async () => {
  const lan = await lanForTest({ address6: 'fd66::fe', hosts: manyHosts(1) });
  const off = await scan(lan, { ipv6: false });
  expect(off.document).toMatchObject({ links: [], ipv6_addresses: [] });
  const typed = await scan(lan, { ipv6: true, strict: true, networks: ['10.66.0.0/30'] });
  expect(typed.document).toMatchObject({ links: [], ipv6_addresses: [] });
});

it('without the capability says that nobody was asked, and is no failure', async () => {
  const lan = await lanForTest({ address6: 'fd66::fe', hosts: manyHosts(1) });
  const { code, document, stderr } = await scan(lan, { ipv6: true }, [
    'setpriv',
    '--bounding-set=-net_raw',
    '--inh-caps=-net_raw',
  ]);
  expect(code).toBe(0);
  expect(document?.links).toMatchObject([
    { interface: 'lan0', method: 'kernel', complete: false, frames_sent: 0 },
  ]);
  expect(stderr).toContain('nobody was asked by IPv6');
});
