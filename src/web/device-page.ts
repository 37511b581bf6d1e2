/** Everything that one device's page shows. Long lists come with their first rows; the rest is a page of its own. */
import { HTTPException } from 'hono/http-exception';
import { changesOf, mergesOf } from '../store/device-changes.ts';
import { addressesOf, intervalsOf, namesOf, portsOf } from '../store/device-lists.ts';
import { mutesOfDevice } from '../store/mutes.ts';
import { readPresenceReason } from '../store/presence-reason.ts';
import { listAlerts } from '../store/site-alerts.ts';
import { connectionsOf, readDevice, type Device } from '../store/site-device.ts';
import { readProfile } from '../store/site-profile.ts';
import { openSuggestions, rulesOf } from '../store/suggestions.ts';
import { readWake } from './device-wake.ts';
import type { SiteOptions } from './options.ts';
import { readPresenceChart } from './presence-chart.ts';
import { readRange, type ShownRange } from './schema/device-range.ts';
import { zone } from './times.ts';
import type { DeviceData } from './views/device.tsx';
import { text } from './visit.ts';

/** Rows of each list on the page itself. */
const FIRST = { addresses: 6, names: 6, ports: 12, intervals: 8, alerts: 5, changes: 6 } as const;

/** 404 when there is no such device. */
export async function deviceOrMissing({ db, site }: SiteOptions, id: number | undefined): Promise<Device> {
  const device = id === undefined ? undefined : await readDevice(db, site, id);
  if (device === undefined) throw new HTTPException(404, { message: text().device.missing });
  return device;
}

/** @param range which time is drawn; the last day unless given */
export async function readDevicePage(
  options: SiteOptions,
  id: number | undefined,
  range?: ShownRange,
): Promise<DeviceData> {
  const { db, site, clock } = options;
  const device = await deviceOrMissing(options, id);
  const now = clock.now();
  const shown = range ?? readRange(() => undefined, now, zone());
  const first = (limit: number) => ({ after: null, limit });
  const [
    connections,
    addresses,
    names,
    ports,
    intervals,
    alerts,
    changes,
    merges,
    profile,
    chart,
    suggestions,
    rules,
    reason,
    wake,
    mutes,
  ] = await Promise.all([
    connectionsOf(db, site, device.id, 10),
    addressesOf(db, site, device.id, first(FIRST.addresses)),
    namesOf(db, site, device.id, first(FIRST.names)),
    portsOf(db, site, device.id, first(FIRST.ports)),
    intervalsOf(db, site, device.id, first(FIRST.intervals)),
    listAlerts(db, site, { status: 'all', device: device.id, before: null, limit: FIRST.alerts }),
    changesOf(db, site, device.id, FIRST.changes),
    mergesOf(db, site, device.id),
    readProfile(db, site, device.id),
    readPresenceChart(options, device, shown, now),
    openSuggestions(db, site, device.id, 5),
    rulesOf(db, site, device.id),
    readPresenceReason(db, site, device.id),
    readWake(options, device.id),
    mutesOfDevice(db, site, device.id),
  ]);
  return {
    device,
    connections,
    addresses,
    names,
    ports,
    intervals,
    alerts,
    changes,
    merges,
    profile,
    chart,
    suggestions,
    rules,
    reason,
    wake,
    mutes,
    timeZone: zone(),
  };
}
