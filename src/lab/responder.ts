/**
 * A scripted answerer of ARP among the LAN's hosts, for what no kernel does: late, lost, tagged, doubled, false and
 * broken answers. It runs as a process of its own in the hosts' namespace and counts what it is asked.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { NetureonError } from '../lib/errors.ts';
import { UPLINK } from './lan.ts';
import type { Lan } from './lan.ts';
import type { Command, Line, Numbered, Report, Setup, Station } from './responder-protocol.ts';

export type { Report, Station } from './responder-protocol.ts';

export interface ResponderOptions {
  /** `responder-main.ts` as one JavaScript file. */
  readonly program: string;
  /** The Node that runs it. */
  readonly nodePath: string;
  readonly stations?: readonly Station[];
  /** Of its dice; 1 by default. */
  readonly seed?: number;
}

export interface Responder {
  /** Replaces all stations and forgets what was heard. */
  set(stations: readonly Station[]): Promise<Report>;
  announce(ip: string, mac: string): Promise<Report>;
  /** `count` unasked replies to the scanner, each from a MAC of its own, now or as soon as it asks for anything. */
  flood(count: number, options?: { firstMac?: string; onRequest?: boolean }): Promise<Report>;
  /** Any frame of Ethernet as it is. */
  send(frame: Uint8Array): Promise<Report>;
  /** What was asked since the stations were set, and how many frames were sent since the start. */
  report(): Promise<Report>;
  close(): Promise<void>;
}

/** @throws NetureonError io when the process does not start or ends unasked */
export async function startResponder(lan: Lan, options: ResponderOptions): Promise<Responder> {
  const child = lan.hostSide.spawn(options.nodePath, [options.program], { stdio: ['pipe', 'pipe', 'pipe'] });
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new NetureonError('internal', 'no pipes');
  let complaint = '';
  stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  stdin.on('error', () => undefined); // EPIPE: `ended` says why
  const waiting = new Map<number, (report: Report) => void>();
  const ended = once(child, 'close').then(() => {
    throw new NetureonError('io', `the responder ended: ${complaint.trim() || `exit ${child.exitCode}`}`);
  });
  ended.catch(() => undefined); // whoever waits hears of it
  createInterface({ input: stdout }).on('line', text => {
    const line: Line = JSON.parse(text);
    waiting.get(line.id)?.(line.report);
  });

  let lastId = 0;
  const answer = (id: number) =>
    Promise.race([new Promise<Report>(resolve => waiting.set(id, resolve)), ended]).finally(() =>
      waiting.delete(id),
    );
  const tell = (command?: Command): Promise<Report> => {
    const id = ++lastId;
    const answered = answer(id);
    const line: Numbered = { id, ...(command === undefined ? {} : { command }) };
    stdin.write(`${JSON.stringify(line)}\n`);
    return answered;
  };

  const ready = answer(0);
  const setup: Setup = {
    interfaceName: UPLINK,
    interfaceIndex: await uplinkIndex(lan),
    seed: options.seed ?? 1,
  };
  stdin.write(`${JSON.stringify(setup)}\n`);
  await ready;
  if (options.stations !== undefined) await tell({ do: 'stations', stations: options.stations });
  return {
    set: stations => tell({ do: 'stations', stations }),
    announce: (ip, mac) => tell({ do: 'announce', ip, mac }),
    flood: (count, { firstMac = '02:aa:00:00:00:00', onRequest = false } = {}) =>
      tell({
        do: 'flood',
        count,
        firstMac,
        onRequest,
        cidr: lan.network,
        to: { ip: lan.address, mac: lan.mac },
      }),
    send: frame => tell({ do: 'send', frame: Buffer.from(frame).toString('hex') }),
    report: () => tell(),
    close: async () => {
      stdin.end();
      await ended.catch(() => undefined);
    },
  };
}

/** Asked of ip(8), because if_nametoindex(3) would answer for this process's own namespace. */
async function uplinkIndex(lan: Lan): Promise<number> {
  const line = await lan.hostSide.tool('ip', ['-oneline', 'link', 'show', 'dev', UPLINK]);
  return Number(line.split(':')[0]);
}
