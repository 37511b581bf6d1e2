/**
 * `netureon scan`: chooses the targets, sweeps them once, hands the result to the store if there is one, and prints it.
 *
 * Exit codes: 0 every network was swept completely · 2 a bad request · 69 database · 74 a network could not be swept, or
 * not to its end · 75 another scan is running · 77 not permitted · 130, 143 interrupted by SIGINT, SIGTERM. Whatever was
 * interrupted is neither stored nor printed.
 */
import type { Clock } from '../../lib/clock.ts';
import { EXIT_CODES, messageOf, NetureonError } from '../../lib/errors.ts';
import type { Cidr } from '../../lib/ipv4.ts';
import { cidrEquals, formatCidr, parseCidr } from '../../lib/ipv4.ts';
import type { Log } from '../../lib/log.ts';
import { openPacketDevice } from '../../link/af-packet.ts';
import { listInterfaces } from '../../link/interfaces.ts';
import { openNeighbourProbe } from '../../link/neighbour-probe.ts';
import { openPcapDevice } from '../../link/pcap-device.ts';
import { replay } from '../../scan/replay.ts';
import type { MethodChoice } from '../../scan/sweep.ts';
import { longestSweepMs } from '../../scan/schedule.ts';
import { sweep } from '../../scan/sweep.ts';
import type { Problem, Target, TargetRequest } from '../../scan/targets.ts';
import { chooseTargets } from '../../scan/targets.ts';
import type { Known, SweepResult } from '../../scan/types.ts';
import { scanJson } from './json.ts';
import { createProgressBar } from './progress.ts';
import { formatScan } from './table.ts';
import { lookUpVendors } from './vendor.ts';

export interface ScanSettings extends TargetRequest {
  readonly method: MethodChoice;
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

/** What the database adds to a scan. */
export interface ScanStore {
  /** Reserves the networks. `busy` are those another scan is at; `known` the devices expected in the others. */
  begin(networks: readonly Cidr[]): Promise<{ known: readonly Known[]; busy: readonly Cidr[] }>;
  /** Takes incomplete coverage too: it is logged and changes nobody's presence. */
  record(result: SweepResult): Promise<Recorded>;
  /** The request could not be carried out at all. */
  fail(problem: string): Promise<void>;
}

export interface Recorded {
  readonly changes: Changes;
  /** By MAC in text form. */
  readonly vendors: ReadonlyMap<string, string>;
}

export interface Changes {
  readonly new: number;
  readonly returned: number;
  readonly moved: number;
  readonly missing: number;
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
  /** None with --no-store. */
  readonly store: ScanStore | undefined;
}

/** @returns the exit code @throws NetureonError for everything that kept the scan from taking place */
export async function runScan(settings: ScanSettings, deps: ScanDeps): Promise<number> {
  if (settings.read !== undefined) return readCaptureFile(settings.read, settings, deps);
  const interfaces = await listInterfaces();
  const choice = chooseTargets(settings, interfaces);
  if (choice.problems.length > 0) return refuse(choice.problems, deps);
  for (const { problem, remedy } of choice.skipped) deps.log.info(`not scanned: ${problem}. ${remedy}`);

  const begun = await deps.store?.begin(choice.targets.map(({ network }) => network));
  const targets = withoutBusy(choice.targets, begun?.busy ?? [], deps.log);
  const known = begun?.known ?? [];
  const timeoutMs = settings.timeoutMs ?? longestSweepMs(targets, known.length, settings.rate);
  const bar = deps.stderr.isTTY === true ? createProgressBar(deps.clock) : undefined;
  let result: SweepResult;
  try {
    result = await sweep(
      targets,
      { ...settings, timeoutMs, interfaces, known },
      {
        clock: deps.clock,
        openDevice: link =>
          openPacketDevice({ interfaceName: link.name, interfaceIndex: link.index, nodePath: deps.nodePath }),
        openProbe: openNeighbourProbe,
        log: deps.log,
        signal: deps.signal,
        ...(bar === undefined ? {} : { onProgress: bar.update }),
      },
    );
  } finally {
    bar?.stop();
  }
  if (deps.signal.aborted) return interrupted(deps);
  const recorded = await deps.store?.record(result);
  await print(result, recorded, settings, deps);
  const code = report(result, deps);
  return code === 0 && targets.length < choice.targets.length ? EXIT_CODES.busy : code;
}

/** Every problem with its remedy, at once. */
async function refuse(problems: readonly Problem[], deps: ScanDeps): Promise<number> {
  for (const { problem, remedy } of problems) deps.log.error(`${problem}. ${remedy}`);
  await deps.store?.fail(problems.map(({ problem }) => problem).join('; '));
  return EXIT_CODES.usage;
}

function withoutBusy(targets: readonly Target[], busy: readonly Cidr[], log: Log): readonly Target[] {
  const isBusy = ({ network }: Target) => busy.some(other => cidrEquals(other, network));
  const free = targets.filter(target => !isBusy(target));
  const names = targets.filter(isBusy).map(({ network }) => formatCidr(network));
  if (names.length === 0) return targets;
  const message = `another scan of ${names.join(', ')} is running`;
  if (free.length === 0) throw new NetureonError('busy', message);
  log.warn(message);
  return free;
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
  await print(result, undefined, settings, deps);
  deps.log.info(
    'read from a capture: it says who was there then, not who is here now, so nothing was stored',
  );
  if (device.damage === null) return 0;
  deps.log.error(`${path} is damaged (${device.damage.message}): only what comes before was read`);
  return EXIT_CODES.io;
}

async function print(
  result: SweepResult,
  recorded: Recorded | undefined,
  settings: ScanSettings,
  deps: ScanDeps,
): Promise<void> {
  if (settings.quiet && !settings.json) {
    deps.stdout.write(`${summarise(result, recorded?.changes ?? null)}\n`);
    return;
  }
  const vendors = recorded?.vendors ?? (await vendorsOf(result, deps.log));
  const changes = recorded?.changes ?? null;
  if (settings.json) for (const chunk of scanJson(result, vendors, changes)) deps.stdout.write(chunk);
  else deps.stdout.write(formatScan(result, vendors, changes, deps.colour));
}

/** `192.168.1.0/24: 31 of 254 answered in 0.8 s; 1 new, 0 returned, 0 moved, 2 silent` */
function summarise(result: SweepResult, changes: Changes | null): string {
  const networks = result.networks.map(
    ({ network, answered, probed, durationMs }) =>
      `${formatCidr(network)}: ${answered} of ${probed} answered in ${(durationMs / 1000).toFixed(1)} s`,
  );
  const news =
    changes === null
      ? ''
      : `; ${changes.new} new, ${changes.returned} returned, ${changes.moved} moved, ${changes.missing} silent`;
  return networks.join(', ') + news;
}

/** Without the registry a scan is worth no less. */
async function vendorsOf(result: SweepResult, log: Log): Promise<ReadonlyMap<string, string>> {
  try {
    return await lookUpVendors(result.observations.map(({ mac }) => mac));
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
