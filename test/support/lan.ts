/**
 * The simulated LAN for tests: one per test or file, closed when it ends. Works for root and for an ordinary user.
 */
import { onTestFinished } from 'vitest';
import { createLan } from '../../src/lab/lan.ts';
import type { Host, Lan, LanOptions } from '../../src/lab/lan.ts';
import { startResponder } from '../../src/lab/responder.ts';
import type { Responder, Station } from '../../src/lab/responder.ts';
import { bundle } from './bundle.ts';

/** A LAN that is closed when the current test ends. */
export async function lanForTest(options: Partial<LanOptions> = {}): Promise<Lan> {
  const lan = await createLan({ cidr: '10.66.0.0/24', ...options });
  onTestFinished(() => lan.close());
  return lan;
}

/** Scripted stations among the LAN's hosts; their process ends with the LAN. */
export async function responderFor(lan: Lan, stations: readonly Station[] = []): Promise<Responder> {
  const program = await bundle('src/lab/responder-main.ts');
  return startResponder(lan, { program, nodePath: process.execPath, stations });
}

function hex(octet: number): string {
  return octet.toString(16).padStart(2, '0');
}

/** `count` hosts from 10.66.0.1 up (or from `first`), with MACs 02:00:00:00:00:01 up. */
export function manyHosts(count: number, network = '10.66', first = 1): Host[] {
  return Array.from({ length: count }, (_, i) => {
    const n = first + i;
    const [high, low] = [n >> 8, n & 255];
    return { ip: `${network}.${high}.${low}`, mac: `02:00:00:00:${hex(high)}:${hex(low)}` };
  });
}

/**
 * Who answers ARP as the scanner's own kernel sees it: an empty UDP datagram to each address makes it ask, and its
 * neighbour table holds the answers. Waits until `expected` have answered, or for `patienceMs`.
 * @returns address → MAC of every answer
 */
export async function askKernel(
  lan: Lan,
  addresses: readonly string[],
  expected = addresses.length,
  patienceMs = 30_000,
): Promise<Map<string, string>> {
  const script = `
    const { createSocket } = require('node:dgram');
    const { readFileSync } = require('node:fs');
    const addresses = ${JSON.stringify(addresses)};
    const socket = createSocket('udp4').on('error', () => {});
    for (const address of addresses) socket.send('', 9, address, () => {});
    const table = () => readFileSync('/proc/self/net/arp', 'utf8').split('\\n').slice(1)
      .map(line => line.split(/ +/)).filter(row => (Number(row[2]) & 2) !== 0);
    const deadline = Date.now() + ${patienceMs};
    const poll = setInterval(() => {
      const rows = table();
      if (rows.length < ${expected} && Date.now() < deadline) return;
      clearInterval(poll);
      socket.close();
      for (const row of rows) console.log(row[0] + ' ' + row[3]);
    }, 20);`;
  await lan.scanner.tool('ip', ['neigh', 'flush', 'all']);
  const { code, stdout, stderr } = await lan.exec(process.execPath, ['-e', script]);
  if (code !== 0) throw new Error(`asking the kernel failed: ${stderr}`);
  return new Map(
    stdout
      .split('\n')
      .filter(Boolean)
      .map(line => {
        const [ip = '', mac = ''] = line.split(' ');
        return [ip, mac];
      }),
  );
}
