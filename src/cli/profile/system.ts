/** What profiling needs of this machine: sockets, the neighbour table, randomness, the clock. */
import { randomInt } from 'node:crypto';
import { messageOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { openNeighbourProbe } from '../../link/neighbour-probe.ts';
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

/** For an address to be resolved; a device that sleeps may take as long. */
const RESOLVE_MS = 2000;
const LOOK_EVERY_MS = 50;

/** Without a database: the kernel asks who holds the address, and the installed registry who made it. */
export function systemIdentify(log: Log): RunDeps['identify'] {
  return async (ip, source) => {
    const probe = await openNeighbourProbe(source);
    try {
      await probe.poke(ip);
      for (let waited = 0; waited < RESOLVE_MS; waited += LOOK_EVERY_MS) {
        const mac = await holderOf(ip);
        if (mac !== null) return { mac, vendor: await vendorOf(mac, log) };
        await systemClock.sleep(LOOK_EVERY_MS);
      }
      return null;
    } finally {
      probe.close();
    }
  };
}

/** Without the registry a profile is worth no less. */
async function vendorOf(mac: Mac, log: Log): Promise<string | null> {
  try {
    const vendors = await lookUpVendors([mac]);
    return vendors.get(formatMac(mac)) ?? null;
  } catch (error) {
    log.warn(`vendors cannot be looked up: ${messageOf(error)}`);
    return null;
  }
}
