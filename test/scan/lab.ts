/** Runs the scan program inside a simulated LAN. */
import { once } from 'node:events';
import { expect } from 'vitest';
import type { ScanDocument } from '../../src/cli/scan/json.ts';
import type { Lan } from '../../src/lab/lan.ts';
import type { Report } from '../../src/lab/responder.ts';
import { KNOWN_SCHEDULE } from '../../src/scan/schedule.ts';
import type { Coverage } from '../../src/scan/types.ts';
import { bundle } from '../support/bundle.ts';
import type { ScanArgument } from './scan-main.ts';

/** Coverage as the program's store was given it, with the network as text. */
export type Stored = Omit<Coverage, 'network'> & { readonly network: string };

export interface Scan {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined when nothing was printed. */
  readonly document: ScanDocument | undefined;
  /** Undefined when nothing was stored. */
  readonly stored: readonly Stored[] | undefined;
  /** What the store was given besides: each as `address MAC`, with the VLAN's link before it. */
  readonly observed: readonly string[];
  /** What an ordinary scan prints of each device. */
  readonly found: readonly string[];
}

/** A command that runs the one after it. */
type Prefix = readonly [string, ...string[]];

export async function startScan(lan: Lan, argument: ScanArgument, prefix?: Prefix) {
  const program = await bundle('test/scan/scan-main.ts');
  const scanning: [string, ...string[]] = [process.execPath, program, JSON.stringify(argument)];
  const [command, ...args] = prefix === undefined ? scanning : [prefix[0], ...prefix.slice(1), ...scanning];
  const child = lan.spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const done = once(child, 'close').then((): Scan => {
    const document: ScanDocument | undefined = stdout.startsWith('{') ? JSON.parse(stdout) : undefined;
    const stored = /^stored (.*)$/m.exec(stderr)?.[1];
    const observed = /^observed (.*)$/m.exec(stderr)?.[1];
    return {
      code: child.exitCode,
      stdout,
      stderr,
      document,
      observed: observed === undefined ? [] : JSON.parse(observed),
      stored: stored === undefined ? undefined : JSON.parse(stored),
      found: document?.devices.map(({ ip, mac }) => `${ip} ${mac}`) ?? [],
    };
  });
  return { child, done };
}

export async function scan(lan: Lan, argument: ScanArgument = {}, prefix?: Prefix): Promise<Scan> {
  const { done } = await startScan(lan, argument, prefix);
  return done;
}

/** The scan's one network, as its store was given it. */
export function coverageOf(result: Scan): Stored {
  const [coverage, ...more] = result.stored ?? [];
  expect(more, result.stderr).toEqual([]);
  if (coverage === undefined) throw new Error(`nothing was stored: ${result.stderr}`);
  return coverage;
}

/**
 * How a known device is asked, `times` times before it answers. How often that is depends on how busy the machine is; in
 * which way does not (`KNOWN_SCHEDULE`).
 */
export function askedAsKnown(times: number): { broadcast: number; unicast: number } {
  const broadcast = KNOWN_SCHEDULE.slice(0, times).filter(asking => asking.broadcast).length;
  return { broadcast, unicast: times - broadcast };
}

/** How many requests were on the wire, as a station on it counts them. */
export function onTheWire({ asked }: Report): { broadcast: number; unicast: number } {
  const sum = { broadcast: 0, unicast: 0 };
  for (const { broadcast, unicast } of Object.values(asked)) {
    sum.broadcast += broadcast;
    sum.unicast += unicast;
  }
  return sum;
}
