/** The demo's people have named their devices already: the names that a real network's people would have typed. */
import type { NamedHost } from '../../lab/population.ts';
import { renameDevice } from '../../store/device-changes.ts';
import type { Db } from '../../store/session.ts';
import { listDevices } from '../../store/site-devices.ts';

/** More than the demo ever has. */
const ALL = 500;

/**
 * Names the devices that have no name yet by their MAC.
 * @returns how many of the hosts are known to the database, named now or before
 */
export async function nameDevices(db: Db, site: string, hosts: readonly NamedHost[]): Promise<number> {
  const nameOf = new Map(hosts.map(host => [host.mac, host.name]));
  const everything = {
    text: '',
    state: null,
    presence: null,
    network: null,
    sort: 'address',
    after: null,
  } as const;
  const { rows } = await listDevices(db, site, { ...everything, limit: ALL });
  let known = 0;
  for (const device of rows) {
    const name = nameOf.get(device.mac ?? '');
    if (name === undefined) continue;
    known++;
    if (device.name === null)
      await renameDevice(db, site, device.id, { name, owner: '', notes: '' }, null, 'demo');
  }
  return known;
}
