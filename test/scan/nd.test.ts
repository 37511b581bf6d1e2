import { expect, it } from 'vitest';
import type { Lan } from '../../src/lab/lan.ts';
import { bundle } from '../support/bundle.ts';
import { lanForTest, manyHosts } from '../support/lan.ts';
import type { NdArgument, NdDocument } from './nd-main.ts';

const IPV6_ONLY = '02:00:00:00:0a:01';

async function look(
  lan: Lan,
  argument: NdArgument = {},
  prefix: readonly string[] = [],
): Promise<NdDocument & { stderr: string }> {
  const program = await bundle('test/scan/nd-main.ts');
  const [command, ...args] = [...prefix, process.execPath, program, JSON.stringify(argument)];
  const { stdout, stderr } = await lan.exec(command, args);
  const [document, ...more]: NdDocument[] = JSON.parse(stdout || '[]');
  expect(more).toEqual([]);
  if (document === undefined) throw new Error(`no result: ${stderr}`);
  return { ...document, stderr };
}

/** No host answers what is asked of all any more, or says by itself what it listens to, as with a strict firewall. */
async function muteToAll(lan: Lan): Promise<void> {
  const rules = `
    add table ip6 mute
    add chain ip6 mute input { type filter hook input priority 0; }
    add chain ip6 mute output { type filter hook output priority 0; }
    add rule ip6 mute input icmpv6 type { echo-request, mld-listener-query } drop
    add rule ip6 mute output icmpv6 type mld2-listener-report drop
  `;
  await lan.hostSide.tool('nft', ['-f', '-'], rules);
}

/** fe80::ff:fe00:7 of 02:00:00:00:00:07. */
const local = (n: number) =>
  `fe80::ff:fe00:${n.toString(16)} 02:00:00:00:00:${n.toString(16).padStart(2, '0')}`;
const known = (n: number) => {
  const [ip = '', mac = ''] = local(n).split(' ');
  return { ip, mac };
};

it('finds every kernel of the link, those without IPv4 included, and their other addresses', async () => {
  const hosts = manyHosts(30).map((host, i) => ({ ...host, ip6: `fd66::${(i + 1).toString(16)}` }));
  const lan = await lanForTest({ address6: 'fd66::fe', hosts });
  await lan.addIpv6Hosts([{ mac: IPV6_ONLY }]);
  const { coverage, present, heard, rtts } = await look(lan);
  const expected = hosts.map((_, i) => local(i + 1));
  expect(present).toEqual([...expected, `fe80::ff:fe00:a01 ${IPV6_ONLY}`].toSorted());
  expect(heard).toEqual(hosts.map(({ ip6, mac }) => `${ip6} ${mac}`).toSorted());
  // An echo from each of our two networks, and a query.
  expect(coverage).toMatchObject({
    link: 'lan0',
    method: 'packet',
    complete: true,
    problem: null,
    probed: 31,
    answered: 31,
    framesSent: 3,
    broadcasts: 3,
  });
  expect(coverage.counters).toMatchObject({ malformed: 0, hostile: 0, foreignSource: 0, dropped: 0 });
  // Who has answered the echo is not waited for: on a busy machine some report their groups when nobody listens any more.
  expect(coverage.counters.reports).toBeGreaterThan(0);
  expect(rtts.length).toBe(31);
});

it('asks in person a neighbour that does not answer the echo to all, and reports nobody who is gone', async () => {
  const lan = await lanForTest({ address6: 'fd66::fe', hosts: manyHosts(4) });
  await lan.setHostDown('10.66.0.4');
  await muteToAll(lan);
  const nobody = await look(lan, { scans: 1 });
  expect(nobody.present).toEqual([]);
  expect(nobody.coverage).toMatchObject({ probed: 0, complete: true, framesSent: 1 });

  const { coverage, present } = await look(lan, { scans: 1, known: [known(1), known(3), known(4)] });
  expect(present).toEqual([local(1), local(3)]);
  expect(coverage).toMatchObject({ probed: 3, answered: 2, complete: true, broadcasts: 1 });
  // One to all, six to the one that is gone; whose answer is late on a busy machine is asked again.
  const asked = coverage.framesSent - 1 - 6;
  expect(asked).toBeGreaterThanOrEqual(2);
  expect(asked).toBeLessThanOrEqual(2 * 6);
  expect(coverage.counters).toMatchObject({ echoReplies: 0 });
  expect(coverage.counters.advertisements).toBeGreaterThanOrEqual(2);
  expect(coverage.counters.advertisements).toBeLessThanOrEqual(asked);
});

it('finds by the query for listeners who keeps silent to the echo', async () => {
  const lan = await lanForTest({ address6: 'fd66::fe', hosts: manyHosts(3) });
  await lan.hostSide.tool('sh', ['-c', 'echo 1 > /proc/sys/net/ipv6/icmp/echo_ignore_all']);
  const { present, coverage } = await look(lan, { scans: 4 });
  expect(present).toEqual([local(1), local(2), local(3)]);
  expect(coverage.counters.echoReplies).toBe(0);
});

it('takes from the kernel’s table whom it can still reach, and asks whom it remembers', async () => {
  const lan = await lanForTest({
    address6: 'fd66::fe',
    hosts: manyHosts(2).map((host, i) => ({ ...host, ip6: `fd77::${i + 1}` })),
  });
  await muteToAll(lan);
  await lan.scanner.tool(
    'ip',
    ['-batch', '-'],
    [
      'neigh add fe80::ff:fe00:1 lladdr 02:00:00:00:00:01 dev lan0 nud stale',
      'neigh add fe80::dead lladdr 02:00:00:00:00:dd dev lan0 nud reachable',
      'neigh add fd77::1 lladdr 02:00:00:00:00:01 dev lan0 nud reachable',
      'neigh add fd77::2 lladdr 02:00:00:00:00:02 dev lan0 nud stale',
    ].join('\n'),
  );
  const { present, heard, coverage } = await look(lan, { scans: 1 });
  // That the kernel once knew somebody does not make it be here: it has to answer.
  expect(present).toEqual([local(1)]);
  expect(heard).toEqual(['fd77::1 02:00:00:00:00:01']);
  expect(coverage).toMatchObject({ complete: true, broadcasts: 1 });
});

it('without the capability tells what the kernel knows, and that nobody was asked', async () => {
  const lan = await lanForTest({ address6: 'fd66::fe', hosts: manyHosts(1) });
  await lan.scanner.tool(
    'ip',
    ['-batch', '-'],
    [
      'neigh add fe80::ff:fe00:1 lladdr 02:00:00:00:00:01 dev lan0 nud reachable',
      'neigh add fe80::ff:fe00:2 lladdr 02:00:00:00:00:02 dev lan0 nud stale',
    ].join('\n'),
  );
  const { present, coverage } = await look(lan, {}, [
    'setpriv',
    '--bounding-set',
    '-net_raw',
    '--inh-caps',
    '-net_raw',
  ]);
  expect(present).toEqual([local(1)]);
  expect(coverage).toMatchObject({ method: 'kernel', complete: false, framesSent: 0 });
  expect(coverage.problem).toContain('CAP_NET_RAW');
});

it('has nothing to say of a link without IPv6', async () => {
  const lan = await lanForTest({ hosts: manyHosts(1) });
  const program = await bundle('test/scan/nd-main.ts');
  expect((await lan.exec(process.execPath, [program])).stdout).toBe('[]');
});
