/** The devices an alert speaks of, as inert text. */
import { isLocalMac, parseMac } from '../lib/mac.ts';
import { inert } from '../lib/text.ts';
import type { OutboxAlert } from '../store/outbox.ts';
import type { RenderContext } from './digest.ts';
import { seenAt } from './life.ts';

export interface DeviceRow {
  /** The alert that speaks of it. */
  readonly alertId: number;
  /** As part of a sentence: `New device with a random MAC`. */
  readonly title: string;
  /** What people call it; null: nobody has named it. */
  readonly name: string | null;
  readonly vendor: string;
  readonly mac: string;
  readonly ip: string;
  readonly network: string;
  /** When it was seen; for one that is gone, last. */
  readonly when: string;
  /** Its page. */
  readonly url: string | undefined;
  /** The alert that brought it here. */
  readonly alert: OutboxAlert;
}

/** `total` may exceed the list: a baseline names only the first few hundred. Sorted by address. */
export function devicesOf(
  alerts: readonly OutboxAlert[],
  context: RenderContext,
): { devices: readonly DeviceRow[]; total: number } {
  const lists = alerts.map(alert => (alert.kind === 'baseline' ? baselineOf(alert) : ownDevice(alert)));
  const byAddress = lists
    .flatMap(({ devices }) => devices)
    .toSorted((a, b) => a.order.localeCompare(b.order, 'en'));
  return {
    devices: byAddress.map(found => rowOf(found, context)),
    total: lists.reduce((sum, { total }) => sum + total, 0),
  };
}

interface Found {
  readonly name: string | null;
  readonly vendor: string | null;
  readonly mac: string;
  readonly ip: string;
  readonly deviceId: number | null;
  readonly alert: OutboxAlert;
  /** Sorts addresses by number. */
  readonly order: string;
}

interface FoundList {
  readonly devices: readonly Found[];
  readonly total: number;
}

function ownDevice(alert: OutboxAlert): FoundList {
  if (alert.mac === null) return { devices: [], total: 0 };
  const { deviceName: name, vendor, mac, deviceId } = alert;
  const ip = alert.ip ?? 'unknown';
  return { devices: [{ name, vendor, mac, ip, deviceId, alert, order: sortKey(ip) }], total: 1 };
}

function baselineOf(alert: OutboxAlert): FoundList {
  const { total, devices } = alert.detail;
  const list = Array.isArray(devices) ? devices.map((entry: unknown) => foundIn(entry, alert)) : [];
  return { devices: list, total: typeof total === 'number' ? total : list.length };
}

function foundIn(entry: unknown, alert: OutboxAlert): Found {
  const fields = new Map<string, unknown>(
    typeof entry === 'object' && entry !== null ? Object.entries(entry) : [],
  );
  const text = (key: string) => {
    const value = fields.get(key);
    return typeof value === 'string' ? value : null;
  };
  const deviceId = fields.get('device_id');
  const ip = text('ip') ?? 'unknown';
  return {
    name: null,
    vendor: text('vendor'),
    mac: text('mac') ?? 'unknown',
    ip,
    deviceId: typeof deviceId === 'number' ? deviceId : null,
    alert,
    order: sortKey(ip),
  };
}

function rowOf(found: Found, { publicUrl, when }: RenderContext): DeviceRow {
  const { name, vendor, deviceId, alert } = found;
  const mac = parseMac(found.mac);
  const random = mac !== undefined && isLocalMac(mac);
  return {
    alertId: alert.id,
    title: inert(name ?? vendor ?? (random ? 'with a random MAC' : 'of unknown make'), 80),
    name: name === null ? null : inert(name, 80),
    vendor: inert(vendor ?? (random ? 'random MAC' : 'unknown vendor'), 80),
    mac: inert(found.mac, 40),
    ip: inert(found.ip, 60),
    network: inert(alert.network ?? 'unknown', 60),
    when: when(seenAt(alert)),
    url: publicUrl === undefined || deviceId === null ? undefined : `${publicUrl}/devices/${deviceId}`,
    alert,
  };
}

function sortKey(ip: string): string {
  return ip.includes(':')
    ? `~${ip}`
    : ip
        .split('.')
        .map(octet => octet.padStart(3, '0'))
        .join('.');
}
