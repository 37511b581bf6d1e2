/**
 * `netureon scan`: chooses the targets, sweeps them once, hands the result to the store if there is one, and prints it.
 *
 * Exit codes: 0 every network was swept completely · 2 a bad request · 69 database · 74 a network could not be swept, or
 * not to its end · 75 another scan is running · 77 not permitted · 130, 143 interrupted by SIGINT, SIGTERM. Whatever was
 * interrupted is neither stored nor printed.
 */
import type { Clock } from '../../lib/clock.ts';
import { EXIT_CODES, messageOf, NetureonError } from '../../lib/errors.ts';
import type { Ipv4 } from '../../lib/ipv4.ts';
import { cidrContains, formatCidr, parseCidr } from '../../lib/ipv4.ts';
import type { Log } from '../../lib/log.ts';
import type { Mac } from '../../lib/mac.ts';
import { openPacketDevice } from '../../link/af-packet.ts';
import type { Gateway } from '../../link/gateway.ts';
import { gatewayOf } from '../../link/gateway.ts';
import type { LinkInterface } from '../../link/interfaces.ts';
import { listInterfaces } from '../../link/interfaces.ts';
import { openNeighbourProbe } from '../../link/neighbour-probe.ts';
import type { Ipv4Neighbour } from '../../link/neighbour-message.ts';
import { openPcapDevice } from '../../link/pcap-device.ts';
import type { NdLinkResult } from '../../scan/nd-types.ts';
import type { Plan } from '../../scan/plan.ts';
import { linkOf } from '../../scan/plan.ts';
import { replay } from '../../scan/replay.ts';
import { defaultSlices } from '../../scan/rotation.ts';
import type { MethodChoice } from '../../scan/sweep.ts';
import { longestSweepMs } from '../../scan/schedule.ts';
import { sweep } from '../../scan/sweep.ts';
import type { Target, TargetChoice, TargetRequest } from '../../scan/targets.ts';
import { chooseTargets } from '../../scan/targets.ts';
import type { SweepResult } from '../../scan/types.ts';
import { readGatewayEntries, withGatewayClaims } from './gateway-entries.ts';
import { lookAtLinks, planLinks, recordLinks } from './ipv6.ts';
import { scanJson } from './json.ts';
import { createProgressBar } from './progress.ts';
import type { Changes, NetworkName, Recorded, ScanStore } from './scan-store.ts';
import { formatScan } from './table.ts';
import { lookUpVendors } from './vendor.ts';

export interface ScanSettings extends TargetRequest {
  readonly method: MethodChoice;
  /** In how many scans the addresses with nobody known are all asked; undefined for what suits each network. */
  readonly fullSweepEvery: number | undefined;
  /** Look at the links by IPv6 as well. */
  readonly ipv6: boolean;
  /** Frames per second and interface; Infinity for `max`. */
  readonly rate: number;
  /** For the whole sweep; Infinity for none, undefined for what the targets need. */
  readonly timeoutMs: number | undefined;
  /** One JSON document instead of a table. */
  readonly json: boolean;
  /** One line instead of the table, for timers and their journals. */
  readonly quiet: boolean;
  /** A capture file to take the replies from. */
  readonly read: string | undefined;
}

export interface Output {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

export interface ScanDeps {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Whether stdout understands colours. */
  readonly colour: boolean;
  readonly log: Log;
  /** Aborted with the reason 'SIGINT' or 'SIGTERM' when the process is to end. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** The running program's file, for the remedy when it lacks a capability. */
  readonly nodePath: string;
  /** The default gateways, as far as the system has any. */
  readonly gateways: () => Promise<readonly Gateway[]>;
  /** Whom the kernel takes for the holder of an address; null for nobody. @throws NetureonError where it does not tell */
  readonly neighbour: (ip: Ipv4, interfaceIndex: number) => Promise<Ipv4Neighbour | null>;
  /** None with --no-store. */
  readonly store: ScanStore | undefined;
}

/** @returns the exit code @throws NetureonError for everything that kept the scan from taking place */
export async function runScan(settings: ScanSettings, deps: ScanDeps): Promise<number> {
  if (settings.read !== undefined) return readCaptureFile(settings.read, settings, deps);
  const trunks = settings.vlans.flatMap(vlan => vlan.interface ?? []);
  const interfaces = await listInterfaces(trunks);
  const choice = chooseTargets(settings, interfaces);
  if (choice.problems.length > 0) return refuse(choice, settings, deps);
  for (const { problem, remedy } of choice.skipped) deps.log.info(`not scanned: ${problem}. ${remedy}`);
  for (const { problem, remedy } of choice.absent) deps.log.error(`not scanned: ${problem}. ${remedy}`);

  const plans = await planAll(choice.targets, settings, deps);
  const links = await planLinks(plans, settings, deps);
  const gatewayEntries = await readGatewayEntries(plans, deps);
  const [swept, neighbours] = await Promise.all([
    carryOut(plans, interfaces, settings, deps),
    lookAtLinks(links, interfaces, settings, deps),
  ]);
  if (deps.signal.aborted) return interrupted(deps);
  const result = withGatewayClaims(swept, gatewayEntries, interfaces, deps);
  let recorded = await deps.store?.record(result);
  if (deps.store?.links !== undefined && recorded !== undefined)
    recorded = {
      ...recorded,
      changes: await recordLinks(neighbours, links, deps.store.links, recorded.changes),
    };
  await deps.store?.recordClaims(result);
  if (choice.absent.length > 0) await deps.store?.absent(choice.absent, choice.targets.map(nameOf));
  await print(result, neighbours, recorded, settings, deps);
  const code = choice.absent.length > 0 ? EXIT_CODES.io : 0;
  return report(result, deps) || code || (plans.length < choice.targets.length ? EXIT_CODES.busy : 0);
}

async function carryOut(
  plans: readonly Plan[],
  interfaces: readonly LinkInterface[],
  settings: ScanSettings,
  deps: ScanDeps,
): Promise<SweepResult> {
  const efforts = plans.map(({ target, known, slices }) => ({ network: target.network, known, slices }));
  const timeoutMs = settings.timeoutMs ?? longestSweepMs(efforts, settings.rate);
  const bar = deps.stderr.isTTY === true ? createProgressBar(deps.clock, plans) : undefined;
  try {
    return await sweep(
      plans,
      { ...settings, timeoutMs, interfaces },
      {
        clock: deps.clock,
        openDevice: ({ name, index }, tagged) =>
          openPacketDevice({ interfaceName: name, interfaceIndex: index, nodePath: deps.nodePath, tagged }),
        openProbe: openNeighbourProbe,
        log: deps.log,
        signal: deps.signal,
        ...(bar === undefined ? {} : { onProgress: bar.update }),
      },
    );
  } finally {
    bar?.stop();
  }
}

/** What is known of each network that is free, from the database and the routing table. */
async function planAll(
  targets: readonly Target[],
  settings: ScanSettings,
  { store, gateways, log }: ScanDeps,
): Promise<Plan[]> {
  const permits = await store?.begin(targets.map(nameOf));
  const routes = await gateways();
  const isFree = (i: number) => permits?.[i]?.granted !== false;
  const busy = targets.filter((_, i) => !isFree(i)).map(target => label(nameOf(target)));
  if (busy.length > 0) {
    const message = `another scan of ${busy.join(', ')} is running`;
    if (busy.length === targets.length) throw new NetureonError('busy', message);
    log.warn(message);
  }
  return targets.flatMap((target, i) => {
    if (!isFree(i)) return [];
    const { known = [], scans = null } = permits?.[i] ?? {};
    const slices = settings.fullSweepEvery ?? defaultSlices(target.network);
    return [{ target, known, scans, slices, gateway: gatewayIn(target, routes) }];
  });
}

/** The default gateway, if it lies in the network that is asked. */
function gatewayIn(
  { network, interface: { name }, vlan }: Target,
  gateways: readonly Gateway[],
): Ipv4 | null {
  const ip = vlan === null ? gatewayOf(name, gateways) : undefined;
  return ip !== undefined && cidrContains(network, ip) ? ip : null;
}

function nameOf(target: Target): NetworkName {
  return { network: target.network, link: linkOf(target) };
}

/** `10.20.0.0/24`, or `10.20.0.0/24 in lan0.20`. */
function label({ network, link }: NetworkName): string {
  return link === '' ? formatCidr(network) : `${formatCidr(network)} in ${link}`;
}

/** Every problem with its remedy, at once. What somebody has just mistyped is for that person, not for the log of scans. */
async function refuse(
  { problems, absent }: TargetChoice,
  { strict }: ScanSettings,
  { log, store }: ScanDeps,
): Promise<number> {
  for (const { problem, remedy } of problems) log.error(`${problem}. ${remedy}`);
  if (strict) return EXIT_CODES.usage;
  if (absent.length > 0) await store?.absent(absent, []);
  else await store?.fail(problems.map(({ problem }) => problem).join('; '));
  return EXIT_CODES.usage;
}

function interrupted(deps: ScanDeps): number {
  const terminated = deps.signal.reason === 'SIGTERM';
  deps.log.error(`interrupted by ${terminated ? 'SIGTERM' : 'SIGINT'}: nothing was stored`);
  return terminated ? 143 : 130;
}

async function readCaptureFile(path: string, settings: ScanSettings, deps: ScanDeps): Promise<number> {
  const networks = settings.networks.map(text => ({ text, network: parseCidr(text) }));
  const malformed = networks.filter(({ network }) => network === undefined);
  if (malformed.length > 0) {
    for (const { text } of malformed) deps.log.error(`not a network: ${text}`);
    return EXIT_CODES.usage;
  }
  const device = await openPcapDevice(path);
  const named = networks.flatMap(({ network }) => (network === undefined ? [] : [network]));
  const result = replay(device, path, named, deps.clock);
  if (device.damage?.reason === 'magic' || device.damage?.reason === 'link-type') {
    deps.log.error(`${path} is not a capture of Ethernet frames. Capture with: tcpdump -w FILE arp`);
    return EXIT_CODES.usage;
  }
  await print(result, [], undefined, settings, deps);
  deps.log.info(
    'read from a capture: it says who was there then, not who is here now, so nothing was stored',
  );
  if (device.damage === null) return 0;
  deps.log.error(`${path} is damaged (${device.damage.message}): only what comes before was read`);
  return EXIT_CODES.io;
}

async function print(
  result: SweepResult,
  neighbours: readonly NdLinkResult[],
  recorded: Recorded | undefined,
  settings: ScanSettings,
  deps: ScanDeps,
): Promise<void> {
  if (settings.quiet && !settings.json) {
    deps.stdout.write(`${summarise(result, neighbours, recorded?.changes ?? null)}\n`);
    return;
  }
  const vendors = recorded?.vendors ?? (await vendorsOf(macsOf(result, neighbours), deps.log));
  const changes = recorded?.changes ?? null;
  if (settings.json)
    for (const chunk of scanJson(result, neighbours, vendors, changes)) deps.stdout.write(chunk);
  else deps.stdout.write(formatScan(result, neighbours, vendors, changes, deps.colour));
}

/** `192.168.1.0/24: 31 of 254 answered in 0.8 s, lan0 by IPv6: 30 here; 1 new, 0 returned, 0 moved, 2 silent` */
function summarise(
  result: SweepResult,
  neighbours: readonly NdLinkResult[],
  changes: Changes | null,
): string {
  const networks = result.networks.map(
    ({ network, link, answered, probed, durationMs }) =>
      `${label({ network, link })}: ${answered} of ${probed} answered in ${(durationMs / 1000).toFixed(1)} s`,
  );
  const links = neighbours.map(({ coverage, present }) => `${coverage.link} by IPv6: ${present.length} here`);
  const news =
    changes === null
      ? ''
      : `; ${changes.new} new, ${changes.returned} returned, ${changes.moved} moved, ${changes.missing} silent`;
  return [...networks, ...links].join(', ') + news;
}

function macsOf(result: SweepResult, neighbours: readonly NdLinkResult[]): Mac[] {
  const byIpv6 = neighbours.flatMap(({ present, heard }) => [...present, ...heard]);
  return [...result.observations, ...byIpv6].map(({ mac }) => mac);
}

/** Without the registry a scan is worth no less. */
async function vendorsOf(macs: readonly Mac[], log: Log): Promise<ReadonlyMap<string, string>> {
  try {
    return await lookUpVendors(macs);
  } catch (error) {
    log.warn(`vendors cannot be looked up: ${messageOf(error)}`);
    return new Map();
  }
}

/** A line for every network that was not swept to its end, and the exit code. */
function report(result: SweepResult, deps: ScanDeps): number {
  const incomplete = result.networks.filter(({ complete }) => !complete);
  for (const { network, interface: name, problem } of incomplete)
    deps.log.error(`${formatCidr(network)} on ${name} was not scanned completely: ${problem}`);
  return incomplete.length > 0 ? EXIT_CODES.io : 0;
}
