/**
 * A whole scan, from starting the process to its end, beside arp-scan and nmap in the same simulated LAN. Each row's
 * programs run in turn, so that whatever else the machine does falls on all of them; the ratio is taken per turn.
 */
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLan } from '../src/lab/lan.ts';
import type { Lan } from '../src/lab/lan.ts';
import type { Cluster } from '../src/store/embedded/cluster.ts';
import { migrate, readMigrations } from '../src/store/migrate.ts';
import { openSession } from '../src/store/session.ts';
import { withCluster } from './cluster.ts';

export const name = 'scan: whole process, beside arp-scan and nmap';

const HOSTS = Array.from({ length: 200 }, (_, i) => ({
  ip: `10.66.0.${i + 1}`,
  mac: `02:00:00:00:00:${(i + 1).toString(16).padStart(2, '0')}`,
}));

/** Not all are in an ordinary user's PATH. */
const TOOLS = {
  'arp-scan': { paths: ['/usr/sbin/arp-scan', '/usr/bin/arp-scan'], debian: 'arp-scan' },
  nmap: { paths: ['/usr/bin/nmap'], debian: 'nmap' },
  time: { paths: ['/usr/bin/time'], debian: 'time' },
};

interface Contestant {
  readonly name: string;
  readonly command: readonly string[];
  /** How many hosts its output tells of. */
  readonly found: (stdout: string) => number;
  /** Where it stores what it found. */
  readonly databaseUrl?: string;
}

interface Run {
  readonly wall: number;
  readonly cpu: number;
  readonly peakMiB: number;
  readonly found: number;
}

interface Bench {
  readonly time: string;
  readonly log: (line: string) => void;
}

/** Without what all in a table share: the interface and the network. */
const shown = (args: readonly string[]) =>
  args.filter((arg, i) => !/^-I$|^--network$|\/\d+$/.test(arg) && args[i - 1] !== '-I').join(' ');

const netureon = (...args: string[]): Contestant => ({
  name: `netureon scan ${shown(args)}`,
  command: [process.execPath, 'bin/netureon.js', 'scan', ...args],
  found: stdout =>
    args.includes('--json')
      ? (JSON.parse(stdout) as { devices: unknown[] }).devices.length
      : Number(/: (\d+) of \d+ answered/.exec(stdout)?.[1]),
});

const arpScan = (path: string, ...args: string[]): Contestant => ({
  name: `arp-scan ${shown(args)}`.trim(),
  command: [path, '-q', '-x', ...args],
  found: stdout => stdout.split('\n').filter(Boolean).length,
});

const nmap = (path: string, network: string): Contestant => ({
  name: 'nmap -sn -PR -n',
  command: [path, '-sn', '-PR', '-n', network],
  found: stdout => stdout.match(/^MAC Address/gm)?.length ?? 0,
});

export async function run({ log }: { log: (line: string) => void }): Promise<void> {
  const paths = { arpScan: await tool('arp-scan'), nmap: await tool('nmap') };
  const bench = { time: await tool('time'), log };
  await withCluster(async cluster => {
    await ticks(await database(cluster), paths, bench);
    const urls = { both: await database(cluster, 'bench_ipv6'), arp: await database(cluster, 'bench_arp') };
    await ticksWithIpv6(urls, paths.arpScan, bench);
  });
  await largeSweeps(paths.arpScan, bench);
}

/** What a timer runs: with the database, where every host is known from the tick before. */
async function ticks(databaseUrl: string, paths: { arpScan: string; nmap: string }, bench: Bench) {
  const lan = await createLan({ cidr: '10.66.0.0/24', hosts: HOSTS });
  try {
    const tick = { ...netureon('--quiet'), databaseUrl };
    const without = netureon('--no-store', '--json');
    const peers = [arpScan(paths.arpScan, '-I', lan.interface, lan.network), nmap(paths.nmap, lan.network)];
    await measure(tick, lan, bench);
    await compare('/24, 200 hosts, steady', 7, [tick, without, ...peers], lan, bench);
    await lan.loss(30);
    await compare('/24, 200 hosts, 30 % of ARP lost', 10, [tick, without, ...peers], lan, bench);
  } finally {
    await lan.close();
  }
}

/** The same LAN whose hosts speak IPv6 as well, with a link-local address and another each. */
async function ticksWithIpv6(urls: { both: string; arp: string }, arpScanPath: string, bench: Bench) {
  const hosts = HOSTS.map((host, i) => ({ ...host, ip6: `fd66::${(i + 1).toString(16)}` }));
  const lan = await createLan({ cidr: '10.66.0.0/24', address6: 'fd66::fe', hosts });
  try {
    const both = { ...netureon('--quiet'), databaseUrl: urls.both };
    const arp = { ...netureon('--quiet', '--no-ipv6'), databaseUrl: urls.arp };
    const peer = arpScan(arpScanPath, '-I', lan.interface, lan.network);
    for (const contestant of [both, arp]) await measure(contestant, lan, bench);
    await compare('/24, 200 hosts with IPv6, steady', 9, [both, arp, peer], lan, bench);
  } finally {
    await lan.close();
  }
}

async function database(cluster: Cluster, name = 'bench_scan'): Promise<string> {
  await cluster.ensureDatabase(name);
  const session = await openSession(cluster.url(name), { application: 'bench' });
  await migrate(session, await readMigrations('sql/migrations'));
  await session.close();
  return cluster.url(name, 'netureon_scan');
}

/**
 * The far end of the link answers for whole networks by itself; with hosts beside it the kernel would copy each broadcast
 * to every one of them, and the copying would be measured. Some silent address is in every network, and one is enough to
 * make a scanner wait.
 */
async function largeSweeps(arpScanPath: string, bench: Bench): Promise<void> {
  const network = '10.64.0.0/16';
  const lan = await createLan({ cidr: '10.64.0.0/15', address: '10.65.255.254' });
  const far = (script: string) => lan.hostSide.tool('sh', ['-ec', script]);
  try {
    const args = ['--no-store', '--network', network, '--rate', 'max'];
    const contestants = [
      netureon('--quiet', ...args),
      netureon('--json', ...args),
      arpScan(arpScanPath, '-I', lan.interface, '--bandwidth=100M', network),
    ];
    await far('echo 0 > /proc/sys/net/ipv4/conf/all/arp_ignore; ip route add 10.65.0.0/16 dev uplink');
    await far('echo 0 > /proc/sys/net/ipv4/conf/uplink/arp_ignore; ip route add local 10.64.5.0/24 dev lo');
    await compare('/16, 256 addresses answer, full rate', 7, contestants, lan, bench);
    await far('ip route add local 10.64.0.0/16 dev lo; ip route add blackhole 10.64.9.9 table local');
    await compare('/16, all but one address answer, full rate', 7, contestants, lan, bench);
  } finally {
    await lan.close();
  }
}

async function tool(which: keyof typeof TOOLS): Promise<string> {
  for (const path of TOOLS[which].paths) {
    const there = await access(path).then(
      () => true,
      () => false,
    );
    if (there) return path;
  }
  throw new Error(`this bench compares with ${which}: apt install ${TOOLS[which].debian}`);
}

/** The first contestant is ours, the others are compared with it. */
async function compare(
  title: string,
  turns: number,
  contestants: readonly Contestant[],
  lan: Lan,
  bench: Bench,
): Promise<void> {
  const { log } = bench;
  const runs = new Map<Contestant, Run[]>(contestants.map(contestant => [contestant, []]));
  for (let turn = 0; turn < turns; turn++) {
    for (const contestant of contestants) runs.get(contestant)?.push(await measure(contestant, lan, bench));
  }
  const [ours = []] = runs.values();
  log(`\n${title} (medians of ${turns} turns)\n`);
  log('| program | wall s | longest | CPU s | peak MiB | found | its wall time : ours, turn by turn |');
  log('|---|---|---|---|---|---|---|');
  for (const [{ name: program }, theirs] of runs) {
    const median = (pick: (run: Run) => number) => medianOf(theirs.map(pick));
    const ratios = theirs.map(({ wall }, i) => wall / (ours[i]?.wall ?? NaN));
    const found = `${Math.min(...theirs.map(run => run.found))}–${Math.max(...theirs.map(run => run.found))}`;
    const pairs = `${medianOf(ratios).toFixed(2)} (${ratios.map(ratio => ratio.toFixed(1)).join(' ')})`;
    log(
      `| ${program} | ${median(one => one.wall).toFixed(2)} | ${Math.max(...theirs.map(one => one.wall)).toFixed(2)} | ` +
        `${median(one => one.cpu).toFixed(2)} | ${median(one => one.peakMiB).toFixed(0)} | ${found} | ` +
        `${theirs === ours ? '' : pairs} |`,
    );
  }
}

/** time(1) reports to a file, so that it mixes with nobody's output. */
async function measure(contestant: Contestant, lan: Lan, { time }: Bench): Promise<Run> {
  const { name: program, command, found, databaseUrl } = contestant;
  const folder = await mkdtemp(join(tmpdir(), 'netureon-bench-'));
  const report = join(folder, 'time');
  // Of the caller's environment only the PATH: some of Node's variables make every start of it slower.
  const env = {
    PATH: process.env['PATH'],
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  };
  try {
    const started = performance.now();
    const result = await lan.exec(time, ['-o', report, '-f', '%U %S %M', ...command], { env });
    const wall = (performance.now() - started) / 1000;
    if (result.code !== 0) throw new Error(`${program} failed: ${result.stderr}`);
    const [user = 0, system = 0, peakKiB = 0] = (await readFile(report, 'utf8'))
      .trim()
      .split(' ')
      .map(Number);
    return { wall, cpu: user + system, peakMiB: peakKiB / 1024, found: found(result.stdout) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
