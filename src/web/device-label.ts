/** A device in one line, for places that speak of it and are not its page. */
import type { Db } from '../store/session.ts';
import { bestOf, connectionsOf, readDevice } from '../store/site-device.ts';
import type { DeviceState } from '../store/site-devices.ts';
import { fullLabelOf } from './words.ts';

export interface LabelledDevice {
  readonly id: number;
  readonly label: string;
  readonly state: DeviceState;
  readonly mac: string | null;
  readonly ip: string | null;
}

/** Undefined: there is no such device. */
export async function labelledDevice(db: Db, site: string, id: number): Promise<LabelledDevice | undefined> {
  const device = await readDevice(db, site, id);
  if (device === undefined) return undefined;
  const [mac] = device.macs;
  const current = bestOf(await connectionsOf(db, site, id, 10));
  const where = { mac: mac?.mac ?? null, ip: current?.ip ?? null };
  const label = fullLabelOf({
    name: device.name,
    called: device.called,
    vendor: mac?.vendor ?? null,
    isRandomMac: mac?.isLocal ?? false,
    ...where,
  });
  return { id, label, state: device.state, ...where };
}
