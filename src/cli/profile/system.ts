/** What profiling needs of this machine: sockets, the neighbour table, randomness, the clock. */
import { randomInt } from 'node:crypto';
import { systemClock } from '../../lib/clock.ts';
import type { Ipv4 } from '../../lib/ipv4.ts';
import { formatIpv4 } from '../../lib/ipv4.ts';
import type { Mac } from '../../lib/mac.ts';
import { formatMac } from '../../lib/mac.ts';
import { openEchoSocket } from '../../link/echo-socket.ts';
import { openDatagrams, openStream } from '../../link/message-channel.ts';
import { readNeighbourTable } from '../../link/neighbour-table.ts';
import { openSynCapture } from '../../link/syn-capture.ts';
import { systemConnections } from '../../scan/profile/connections.ts';
import { profileDevice } from '../../scan/profile/profile.ts';
import type { ProfileDeps } from '../../scan/profile/profile.ts';
import { lookUpVendors } from '../scan/vendor.ts';
import type { RunDeps } from './run.ts';
import type { ProfileSettings } from './settings.ts';

export function systemAsk({ resolvers, timeoutMs, ports }: ProfileSettings): RunDeps['ask'] {
  const nodePath = process.execPath;
  const machine: Omit<ProfileDeps, 'signal'> = {
    clock: systemClock,
    openDatagrams,
    openStream,
    randomId: () => randomInt(0x10000),
    connections: systemConnections(systemClock),
    openEcho: ip => openEchoSocket({ ip, identifier: randomInt(0x10000), nodePath }),
    openSynCapture: (ip, port) => openSynCapture({ ip, port, nodePath }),
  };
  return (target, source, kind, signal) =>
    profileDevice(
      target,
      { names: { source: formatIpv4(source), resolvers, timeoutMs }, ports: { ...ports, kind } },
      { ...machine, signal },
    );
}

export async function holderOf(ip: Ipv4): Promise<Mac | null> {
  const table = await readNeighbourTable();
  return table.find(entry => entry.ip === ip)?.mac ?? null;
}

export async function vendorOf(mac: Mac): Promise<string | null> {
  const vendors = await lookUpVendors([mac]);
  return vendors.get(formatMac(mac)) ?? null;
}
