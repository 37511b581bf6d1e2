/**
 * `netureon scan` without configuration and database, for a process of its own inside a namespace: settings, known
 * devices and what to do with the result come as one JSON document in argv[2].
 */
import { systemClock } from '../../src/lib/clock.ts';
import { EXIT_CODES, NetureonError } from '../../src/lib/errors.ts';
import type { Ipv4 } from '../../src/lib/ipv4.ts';
import { cidrContains, formatCidr, formatIpv4, parseIpv4 } from '../../src/lib/ipv4.ts';
import { createLog } from '../../src/lib/log.ts';
import { readIpv4Neighbour } from '../../src/link/neighbour-entry.ts';
import type { Mac } from '../../src/lib/mac.ts';
import { formatMac, parseMac } from '../../src/lib/mac.ts';
import type { ScanSettings } from '../../src/cli/scan/run.ts';
import { runScan } from '../../src/cli/scan/run.ts';
import type { ScanStore } from '../../src/cli/scan/scan-store.ts';

export interface ScanArgument extends Partial<ScanSettings> {
  /** Makes the scan one with a store, which writes what it is given to standard error as one JSON line. */
  readonly known?: readonly { readonly ip: string; readonly mac: string }[];
  /** How many scans the store says have been completed; by default it does not say. */
  readonly scans?: number | null;
  /** The default gateway on the LAN's interface. */
  readonly gateway?: string;
}

const { known, scans = null, gateway, ...given }: ScanArgument = JSON.parse(process.argv[2] ?? '{}');
const settings: ScanSettings = {
  interfaces: [],
  networks: [],
  vlans: [],
  onlyVlans: false,
  allowPublic: false,
  strict: false,
  fullSweepEvery: undefined,
  ipv6: false,
  method: 'auto',
  rate: 1000,
  json: true,
  quiet: false,
  read: undefined,
  ...given,
  // JSON has no infinity.
  timeoutMs: given.timeoutMs ?? Infinity,
  ...(given.rate === 0 ? { rate: Infinity } : {}),
};

const store: ScanStore = {
  begin: networks => {
    const devices = (known ?? []).map(one => ({
      ip: parseIpv4(one.ip) as Ipv4,
      mac: parseMac(one.mac) as Mac,
    }));
    return Promise.resolve(
      networks.map(({ network }) => ({
        granted: true,
        known: devices.filter(({ ip }) => cidrContains(network, ip)),
        scans,
      })),
    );
  },
  record: result => {
    const networks = result.networks.map(one => ({ ...one, network: formatCidr(one.network) }));
    process.stderr.write(`stored ${JSON.stringify(networks)}\n`);
    const observations = result.observations.map(
      ({ link, ip, mac }) => `${link} ${formatIpv4(ip)} ${formatMac(mac)}`,
    );
    process.stderr.write(`observed ${JSON.stringify(observations.map(text => text.trim()))}\n`);
    return Promise.resolve({
      changes: { new: result.observations.length, returned: 0, moved: 0, missing: 0 },
      vendors: new Map(),
    });
  },
  recordClaims: () => Promise.resolve(),
  absent: absences => {
    for (const { interface: name, network, link, problem } of absences)
      process.stderr.write(
        `absent ${JSON.stringify({ interface: name, link, network: network && formatCidr(network), problem })}\n`,
      );
    return Promise.resolve();
  },
  fail: problem => {
    process.stderr.write(`failed ${problem}\n`);
    return Promise.resolve();
  },
};

const controller = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort(name));
const log = createLog(line => process.stderr.write(`${line}\n`));
try {
  process.exitCode = await runScan(settings, {
    stdout: process.stdout,
    stderr: process.stderr,
    colour: false,
    log,
    signal: controller.signal,
    clock: systemClock,
    nodePath: process.execPath,
    gateways: () =>
      Promise.resolve(
        gateway === undefined ? [] : [{ interfaceName: 'lan0', ip: parseIpv4(gateway) as Ipv4, metric: 0 }],
      ),
    neighbour: readIpv4Neighbour,
    store: known === undefined ? undefined : store,
  });
} catch (error) {
  if (!(error instanceof NetureonError)) throw error;
  log.error(`${error.message}${error.remedy === undefined ? '' : `. ${error.remedy}`}`);
  process.exitCode = EXIT_CODES[error.code];
}
