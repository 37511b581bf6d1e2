/** Servers of our own on 127.0.0.1 that say what a stranger might, and connections that find them under usual ports. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { codeOf } from '../../../src/lib/errors.ts';
import { parseIpv4 } from '../../../src/lib/ipv4.ts';
import type { Ipv4 } from '../../../src/lib/ipv4.ts';
import type { Mac } from '../../../src/lib/mac.ts';
import { systemConnections } from '../../../src/scan/profile/connections.ts';
import type { Connections } from '../../../src/scan/profile/connections.ts';
import type { ProfileTarget } from '../../../src/scan/profile/types.ts';

export const LOOPBACK: ProfileTarget = {
  ip: parseIpv4('127.0.0.1') as Ipv4,
  mac: 0x020000000001 as Mac,
  vendor: null,
};

export interface Served {
  readonly port: number;
  /** What each visitor said, in the order they came. */
  readonly heard: string[];
}

type Visit = (socket: Socket) => void;

export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

/** Until the test ends. @param visit what is said to whoever connects */
export async function serve(visit: Visit, tls?: TlsIdentity): Promise<Served> {
  const heard: string[] = [];
  const open = new Set<Socket>();
  const onVisit = (socket: Socket) => {
    const number = heard.push('') - 1;
    socket.on('error', () => undefined);
    socket.on('data', chunk => (heard[number] += chunk.toString('latin1')));
    visit(socket);
  };
  const server = tls === undefined ? createServer(onVisit) : createTlsServer(tls, onVisit);
  server.on('connection', socket => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of open) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return { port: (server.address() as AddressInfo).port, heard };
}

/** A port that nothing listens on. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The system's connections, with each port of `ports` leading to the one that stands for it. */
export function connectionsTo(ports: Readonly<Record<number, number>>): Connections {
  const system = systemConnections(systemClock);
  return {
    ...system,
    tcp: (ip, port, timeoutMs, signal) => system.tcp(ip, ports[port] ?? port, timeoutMs, signal),
  };
}

const OPENSSL = 'openssl';

/** A self-signed certificate, made with openssl(1). @param subject `/CN=nas.lan/O=Example` */
export function selfSigned(subject: string, san: string): TlsIdentity {
  const folder = mkdtempSync(join(tmpdir(), 'netureon-cert-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    const algorithm = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'];
    const names = ['-utf8', '-subj', subject, '-addext', `subjectAltName=${san}`];
    const args = ['req', '-x509', ...algorithm, ...names, '-keyout', key, '-out', cert];
    execFileSync(OPENSSL, args, { stdio: 'pipe' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw new Error('this test needs: apt install openssl', { cause: error });
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
