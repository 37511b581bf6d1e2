// Names as real programs tell them, and what is made of the answers of dishonest ones. Each in a LAN of its own.
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { Lan } from '../../../src/lab/lan.ts';
import type { NamesFound } from '../../../src/scan/profile/names.ts';
import { bundle } from '../../support/bundle.ts';
import { lanForTest, manyHosts } from '../../support/lan.ts';
import type { Behaviour } from './liar.ts';
import { startAvahi, startDnsmasq, startNmbd } from './name-servers.ts';
import type { NamesArgument } from './names-main.ts';

async function ask(lan: Lan, ip: string, options: Partial<NamesArgument> = {}): Promise<NamesFound> {
  const argument: NamesArgument = {
    ips: [ip],
    source: lan.address,
    resolvers: [],
    timeoutMs: 5_000,
    ...options,
  };
  const program = await bundle('test/scan/profile/names-main.ts');
  const { code, stdout, stderr } = await lan.exec(process.execPath, [program, JSON.stringify(argument)]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { found }: { found: NamesFound[] } = JSON.parse(stdout);
  const [first] = found;
  if (first === undefined) throw new Error('nothing was asked');
  return first;
}

test('Avahi tells the name, the services and the model', async () => {
  const lan = await lanForTest({ hosts: manyHosts(1) });
  await startAvahi(lan, {
    interface: 'h1',
    hostName: 'living-room',
    instance: 'Büro',
    services: [
      { type: '_ipp._tcp', port: 631, txt: ['ty=HP LaserJet M404', 'note=2nd floor'] },
      { type: '_device-info._tcp', port: 0, txt: ['model=RackMac6,1'] },
    ],
  });
  const { names, model, services, problems } = await ask(lan, '10.66.0.1');
  expect({ names, model, problems }).toEqual({
    names: [{ source: 'mdns', name: 'living-room' }],
    model: 'RackMac6,1',
    problems: [],
  });
  expect(services.toSorted()).toEqual(['_device-info._tcp', '_ipp._tcp']);
});

test('nmbd tells its names in its code page, and not its workgroup', async () => {
  const lan = await lanForTest({ hosts: manyHosts(1) });
  await startNmbd(lan, { ip: '10.66.0.1', netbiosName: 'BÜRO-PC', workgroup: 'WERK', aliases: 'FILES' });
  expect(await ask(lan, '10.66.0.1')).toEqual({
    names: [
      { source: 'netbios', name: 'BÜRO-PC' },
      { source: 'netbios', name: 'FILES' },
    ],
    model: null,
    services: [],
    problems: [],
  });
});

test('dnsmasq tells names of private addresses, aliases followed, IDN decoded', async () => {
  const lan = await lanForTest({ hosts: manyHosts(5) });
  await startDnsmasq(lan, '10.66.0.5', [
    '--host-record=printer.home.arpa,10.66.0.1',
    '--ptr-record=2.0.66.10.in-addr.arpa,xn--bro-hoa.home.arpa',
    '--cname=3.0.66.10.in-addr.arpa,3.sub.0.66.10.in-addr.arpa',
    '--ptr-record=3.sub.0.66.10.in-addr.arpa,delegated.home.arpa',
    '--local=/66.10.in-addr.arpa/',
  ]);
  const resolvers = ['10.66.0.5'];
  const nameOf = async (ip: string) => (await ask(lan, ip, { resolvers })).names;
  expect(await nameOf('10.66.0.1')).toEqual([{ source: 'rdns', name: 'printer.home.arpa' }]);
  expect(await nameOf('10.66.0.2')).toEqual([{ source: 'rdns', name: 'büro.home.arpa' }]);
  expect(await nameOf('10.66.0.3')).toEqual([{ source: 'rdns', name: 'delegated.home.arpa' }]);
  expect(await ask(lan, '10.66.0.4', { resolvers })).toMatchObject({ names: [], problems: [] });
});

test('the next name server is asked when one is silent, and a refusal is said', async () => {
  const lan = await lanForTest({ hosts: manyHosts(5) });
  await startDnsmasq(lan, '10.66.0.5', ['--host-record=printer.home.arpa,10.66.0.1']);
  const found = await ask(lan, '10.66.0.1', { resolvers: ['10.66.0.4', '10.66.0.5'] });
  expect(found.names).toEqual([{ source: 'rdns', name: 'printer.home.arpa' }]);
  const { names, problems } = await ask(lan, '10.66.0.2', { resolvers: ['10.66.0.5'] });
  expect({ names, problems }).toEqual({ names: [], problems: ['rdns: 10.66.0.5 refused to look'] });
});

/** A lying device at 10.66.0.1, which owns 10.66.0.2 as well. */
async function askLiar(behaviour: Behaviour, timeoutMs: number): Promise<NamesFound> {
  const lan = await lanForTest({ hosts: manyHosts(2) });
  const program = await bundle('test/scan/profile/liar-main.ts');
  const liar = lan.hostSide.spawn(process.execPath, [program, '10.66.0.1', '10.66.0.2', behaviour]);
  if (liar.stdout === null) throw new Error('no pipe');
  await once(liar.stdout, 'data');
  return ask(lan, '10.66.0.1', { resolvers: ['10.66.0.1'], timeoutMs });
}

const ALL = ['rdns', 'mdns', 'netbios', 'llmnr'] as const;
/** NetBIOS has room for 15 octets, and a code page. */
const called = (name: string, netbios = name) =>
  ALL.map(source => ({ source, name: source === 'netbios' ? netbios : name }));

test.each([
  ['honest', called('honest')],
  ['late', called('honest')],
  ['terminal', called(']0;ownedevil', ']0;ownedev')],
  ['invalid', called('f\ufffd\ufffdf', 'f ■f')],
] as const)('a device that is %s has its names', async (behaviour, names) => {
  const found = await askLiar(behaviour, 5_000);
  expect(found.names).toEqual(names);
  expect(found.problems).toEqual([]);
});

test('a device with hundreds of names has four of each kind', async () => {
  const { names } = await askLiar('crowd', 5_000);
  expect(names.map(({ source, name }) => `${source} ${name}`)).toEqual(
    ALL.flatMap(source => [0, 1, 2, 3].map(i => `${source} n${i}`)),
  );
});

test.each([
  'silent',
  'reflect',
  'wrong-id',
  'wrong-question',
  'elsewhere',
  'loop',
  'short',
  'lying',
  'flood',
  'nothing',
] as const)('a device that is %s has no names', async behaviour => {
  const malformed: Readonly<Record<string, string>> = {
    loop: 'pointer',
    short: 'truncated',
    lying: '(?:truncated|not-node-status)',
    flood: 'more than 64 messages',
  };
  const expected = malformed[behaviour];
  // Its answers have to arrive before the patience ends, which silence uses up.
  const { names, problems } = await askLiar(behaviour, expected === undefined ? 600 : 2_000);
  expect(names).toEqual([]);
  for (const step of expected === undefined ? [] : ['mdns', 'netbios', 'llmnr'])
    expect(problems).toContainEqual(expect.stringMatching(`^${step}: .*${expected}`));
});

test('nobody but the device and the name server hears of it, and what is silent costs few packets', async () => {
  const lan = await lanForTest({ hosts: manyHosts(3) });
  await lan.hostSide.tool(
    'nft',
    ['-f', '-'],
    [
      'add table netdev watch',
      'add chain netdev watch in { type filter hook ingress device "uplink" priority 0; }',
      'add counter netdev watch asked',
      'add counter netdev watch server',
      'add counter netdev watch others',
      'add rule netdev watch in ip daddr 10.66.0.1 counter name asked return',
      'add rule netdev watch in ip daddr 10.66.0.3 udp dport 53 counter name server return',
      'add rule netdev watch in ether type != arp counter name others',
      'add table inet deaf',
      'add chain inet deaf in { type filter hook input priority 0; }',
      'add rule inet deaf in ip daddr 10.66.0.1 drop',
    ].join('\n') + '\n',
  );
  const found = await ask(lan, '10.66.0.1', { resolvers: ['10.66.0.3'], timeoutMs: 800 });
  expect(found).toEqual({
    names: [],
    model: null,
    services: [],
    problems: ['rdns: 10.66.0.3 did not answer'],
  });
  const counters = await lan.hostSide.tool('nft', ['-j', 'list', 'counters']);
  const listed: { nftables: { counter?: { name: string; packets: number } }[] } = JSON.parse(counters);
  const packets = Object.fromEntries(
    listed.nftables.flatMap(({ counter }) =>
      counter === undefined ? [] : [[counter.name, counter.packets]],
    ),
  );
  // mDNS twice two, NetBIOS and LLMNR twice one, LLMNR's SYN; the name server refuses at once.
  expect(packets).toMatchObject({ server: 1, others: 0 });
  // The kernel repeats the SYN after a second, when on a busy machine we may not have hung up yet.
  expect([9, 10]).toContain(packets['asked']);
});
