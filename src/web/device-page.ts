/** Everything that one device's page shows. */
import { HTTPException } from 'hono/http-exception';
import { changesOf } from '../store/device-changes.ts';
import { readPresenceReason } from '../store/presence-reason.ts';
import { listAlerts } from '../store/site-alerts.ts';
import { connectionsOf, readDevice } from '../store/site-device.ts';
import { blindSpots, presenceOf, type Span } from '../store/site-presence.ts';
import { readProfile } from '../store/site-profile.ts';
import { openSuggestions, rulesOf } from '../store/suggestions.ts';
import type { SiteOptions } from './options.ts';
import type { DeviceData } from './views/device.tsx';

const DAY = 24 * 60 * 60 * 1000;
const LINES = [
  ['24 h', 1],
  ['7 days', 7],
  ['30 days', 30],
] as const;
const LONGEST = 30;

/** 404 when there is no such device. */
export async function readDevicePage(
  { db, site, clock }: SiteOptions,
  id: number | undefined,
): Promise<DeviceData> {
  const device = id === undefined ? undefined : await readDevice(db, site, id);
  if (device === undefined) throw new HTTPException(404, { message: 'There is no such device.' });
  const now = clock.now();
  const since = (days: number) => new Date(now.getTime() - days * DAY);
  const month = since(LONGEST);
  const [connections, alerts, changes, profile, spans, blind, suggestions, rules, reason] = await Promise.all(
    [
      connectionsOf(db, site, device.id, 50),
      listAlerts(db, site, { status: 'all', device: device.id, before: null, limit: 20 }),
      changesOf(db, site, device.id, 10),
      readProfile(db, site, device.id),
      presenceOf(db, site, [device.id], month, now),
      blindSpots(db, site, month, now),
      openSuggestions(db, site, device.id, 5),
      rulesOf(db, site, device.id),
      readPresenceReason(db, site, device.id),
    ],
  );
  const lines = LINES.map(([word, days]) => {
    const from = since(days);
    return { word, from, spans: clip(spans.get(device.id) ?? [], from), blind: clip(blind, from) };
  });
  return { device, connections, alerts: alerts.rows, changes, profile, lines, suggestions, rules, reason };
}

function clip(spans: readonly Span[], from: Date): Span[] {
  return spans.filter(span => span.to > from).map(span => (span.from < from ? { ...span, from } : span));
}
