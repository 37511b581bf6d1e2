/**
 * The questions of a profile, for a process of its own inside a namespace: what to ask comes as one JSON document in
 * argv[2], what was answered goes to standard output as another.
 */
import { systemClock } from '../../../src/lib/clock.ts';
import { parseIpv4 } from '../../../src/lib/ipv4.ts';
import type { Ipv4 } from '../../../src/lib/ipv4.ts';
import { parseMac } from '../../../src/lib/mac.ts';
import type { Mac } from '../../../src/lib/mac.ts';
import { openEchoSocket } from '../../../src/link/echo-socket.ts';
import { openSynCapture } from '../../../src/link/syn-capture.ts';
import { systemConnections } from '../../../src/scan/profile/connections.ts';
import { ECHO_DEFAULTS, echoOf } from '../../../src/scan/profile/echo.ts';
import type { EchoOutcome, EchoTries } from '../../../src/scan/profile/echo.ts';
import { PORT_DEFAULTS, portsOf } from '../../../src/scan/profile/ports.ts';
import type { PortOptions, PortOutcome } from '../../../src/scan/profile/ports.ts';
import { synOf } from '../../../src/scan/profile/syn.ts';
import type { SynOutcome } from '../../../src/scan/profile/syn.ts';

export interface Question {
  readonly ip: string;
  readonly mac?: string;
  readonly vendor?: string;
  readonly echo?: Partial<EchoTries>;
  /** A port whose SYN-ACK is wanted. */
  readonly syn?: number;
  readonly ports?: Partial<PortOptions>;
}

export interface Answer {
  /** What kind of socket the echo went through; null when there was none. */
  readonly socket: 'ping' | 'raw' | null;
  readonly echo: EchoOutcome | null;
  readonly syn: SynOutcome | null;
  readonly ports: PortOutcome | null;
  readonly portsMs: number;
}

const question: Question = JSON.parse(process.argv[2] ?? '');
const target = {
  ip: parseIpv4(question.ip) as Ipv4,
  mac: parseMac(question.mac ?? '02:00:00:00:00:01') as Mac,
  vendor: question.vendor ?? null,
};
const connections = systemConnections(systemClock);
const nodePath = process.execPath;
let socket: Answer['socket'] = null;
const echo =
  question.echo &&
  (await echoOf(
    target,
    { ...ECHO_DEFAULTS, ...question.echo },
    {
      clock: systemClock,
      openEcho: async ip => {
        const opened = await openEchoSocket({ ip, identifier: process.pid & 0xffff, nodePath });
        socket = opened.kind;
        return opened;
      },
    },
  ));
const syn =
  question.syn === undefined
    ? null
    : await synOf(
        target,
        question.syn,
        { connectMs: 5000 },
        {
          connections,
          clock: systemClock,
          openSynCapture: (ip, port) => openSynCapture({ ip, port, nodePath }),
        },
      );
const began = performance.now();
const ports =
  question.ports &&
  (await portsOf(
    target,
    { ...PORT_DEFAULTS, ports: [], kind: null, ...question.ports },
    { connections, clock: systemClock },
  ));
const portsMs = performance.now() - began;
const answer: Answer = { socket, echo: echo ?? null, syn, ports: ports ?? null, portsMs };
process.stdout.write(JSON.stringify(answer));
