/**
 * A whole scan, from starting the process to its end, beside arp-scan and nmap in the same simulated LAN. Each row's
 * programs run in turn, so that whatever else the machine does falls on all of them; the ratio is taken per turn.
 */
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { createLan } from '../src/lab/lan.ts';
import type { Lan } from '../src/lab/lan.ts';

export const name = 'scan: whole process, beside arp-scan and nmap';

const TURNS = 5;
const HOSTS = Array.from({ length: 200 }, (_, i) => ({
  ip: `10.66.0.${i + 1}`,
  mac: `02:00:00:00:00:${(i + 1).toString(16).padStart(2, '0')}`,
}));
/** Below the package, where it finds koffi. */
const PROGRAM = 'node_modules/.cache/netureon-bench-scan.mjs';

/** Not all are in an ordinary user's PATH. */
const TOOLS = {
  'arp-scan': { paths: ['/usr/sbin/arp-scan', '/usr/bin/arp-scan'], debian: 'arp-scan' },
  nmap: { paths: ['/usr/bin/nmap'], debian: 'nmap' },
  time: { paths: ['/usr/bin/time'], debian: 'time' },
};

interface Contestant {
  readonly name: string;
  readonly command: readonly string[];
  /** How many hosts its output lists. */
  readonly found: (stdout: string) => number;
}

interface Run {
  readonly wall: number;
  readonly cpu: number;
  readonly peakMiB: number;
  readonly found: number;
}

export async function run({ log }: { log: (line: string) => void }): Promise<void> {
  const [arpScan, nmap, time] = await Promise.all([tool('arp-scan'), tool('nmap'), tool('time')]);
  const node = process.execPath;
  const netureon = (...args: string[]): Contestant => ({
    name: 'netureon',
    command: [node, 'bin/netureon.js', 'scan', '--no-store', '--json', ...args],
    found: found => devicesIn(found),
  });
  const arpScanOf = (...args: string[]): Contestant => ({
    name: 'arp-scan',
    command: [arpScan, '-q', '-x', ...args],
    found: stdout => stdout.split('\n').filter(Boolean).length,
  });
  const nmapOf = (network: string): Contestant => ({
    name: 'nmap',
    command: [nmap, '-sn', '-PR', '-n', network],
    found: stdout => stdout.match(/^MAC Address/gm)?.length ?? 0,
  });
  // With the devices known: what a store adds to every scan after the first.
  await build({
    entryPoints: ['test/scan/scan-main.ts'],
    outfile: PROGRAM,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    logLevel: 'error',
  });
  const knowing: Contestant = {
    name: 'netureon, all known',
    command: [node, PROGRAM, JSON.stringify({ known: HOSTS })],
    found: stdout => devicesIn(stdout),
  };

  const lan = await createLan({ cidr: '10.66.0.0/24', hosts: HOSTS });
  try {
    const peers = [arpScanOf('-I', lan.interface, '10.66.0.0/24'), nmapOf('10.66.0.0/24')];
    await compare('/24, 200 hosts', [netureon(), knowing, ...peers], lan, time, log);
    await lan.loss(30);
    await compare('/24, 200 hosts, 30 % of ARP lost', [knowing, netureon(), ...peers], lan, time, log);
  } finally {
    await lan.close();
  }

  const large = await createLan({ cidr: '10.64.0.0/15', address: '10.65.255.254' });
  try {
    const network = '10.64.0.0/16';
    await large.claimWhole(network);
    const contestants = [
      netureon('--network', network, '--rate', 'max'),
      arpScanOf('-I', large.interface, '--bandwidth=100M', network),
    ];
    await compare('/16, every address answers, full rate', contestants, large, time, log);
  } finally {
    await large.close();
    await rm(PROGRAM);
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

function devicesIn(stdout: string): number {
  const document: { devices: unknown[] } = JSON.parse(stdout);
  return document.devices.length;
}

async function compare(
  title: string,
  contestants: readonly Contestant[],
  lan: Lan,
  time: string,
  log: (line: string) => void,
): Promise<void> {
  const runs = new Map<Contestant, Run[]>(contestants.map(contestant => [contestant, []]));
  for (let turn = 0; turn < TURNS; turn++) {
    for (const contestant of contestants) runs.get(contestant)?.push(await measure(contestant, lan, time));
  }
  const [ours = []] = runs.values();
  log(`\n${title} (medians of ${TURNS} turns)\n`);
  log('| program | wall s | CPU s | peak MiB | found | wall, ours : theirs |');
  log('|---|---|---|---|---|---|');
  for (const [{ name }, theirs] of runs) {
    const median = (pick: (run: Run) => number) => medianOf(theirs.map(pick));
    const ratio = medianOf(theirs.map(({ wall }, i) => (ours[i]?.wall ?? NaN) / wall));
    const found = `${Math.min(...theirs.map(run => run.found))}–${Math.max(...theirs.map(run => run.found))}`;
    log(
      `| ${name} | ${median(one => one.wall).toFixed(2)} | ${median(one => one.cpu).toFixed(2)} | ` +
        `${median(one => one.peakMiB).toFixed(0)} | ${found} | ${ratio.toFixed(2)} |`,
    );
  }
}

/** time(1) reports to a file, so that it mixes with nobody's output. */
async function measure({ name, command, found }: Contestant, lan: Lan, time: string): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'netureon-bench-'));
  const report = join(folder, 'time');
  try {
    const started = performance.now();
    const result = await lan.exec(time, ['-o', report, '-f', '%U %S %M', ...command]);
    const wall = (performance.now() - started) / 1000;
    if (result.code !== 0) throw new Error(`${name} failed: ${result.stderr}`);
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
