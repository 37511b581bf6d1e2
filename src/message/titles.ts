/** The first line of what is said: of one alert, or of several of one kind. */
import { count, inert } from '../lib/text.ts';
import type { AlertKind } from '../store/alert-kinds.ts';
import type { OutboxAlert } from '../store/outbox.ts';
import type { DeviceRow } from './device-row.ts';
import type { RenderContext } from './digest.ts';
import { isOver, titleInLife } from './life.ts';

/** Several of one kind, after their number. */
const SEVERAL: Readonly<Record<AlertKind, readonly [one: string, many: string]>> = {
  gateway_changed: ['default gateway changed', 'default gateways changed'],
  blocked_device_seen: ['blocked device here', 'blocked devices here'],
  ip_conflict: ['address is claimed by two', 'addresses are claimed by two'],
  arp_flood: ['flood of invented addresses', 'floods of invented addresses'],
  network_outage: ['network fell silent', 'networks fell silent'],
  scan_failing: ['network is not looked at', 'networks are not looked at'],
  sensor_silent: ['sensor is silent', 'sensors are silent'],
  service_silent: ['service of netureon is silent', 'services of netureon are silent'],
  channel_failing: ['channel is failing', 'channels are failing'],
  device_down: ['watched device is gone', 'watched devices are gone'],
  flip_flop: ['address goes to and fro', 'addresses go to and fro'],
  mac_changed: ['address changed hands', 'addresses changed hands'],
  mac_reused: ['address is back with an earlier device', 'addresses are back with earlier devices'],
  name_changed: ['device has another name', 'devices have other names'],
  port_opened: ['port was opened', 'ports were opened'],
  proxy_arp: ['device answers for others', 'devices answer for others'],
  new_device: ['new device', 'new devices'],
  device_back: ['watched device is back', 'watched devices are back'],
  mac_returned: ['device is back after half a year', 'devices are back after half a year'],
  ip_changed: ['device changed its address', 'devices changed their addresses'],
  baseline: ['first look', 'first looks'],
  test: ['test message', 'test messages'],
};

/**
 * @param alerts of one kind, at least one, all over or none @param devices that they speak of, listed
 * @param total how many in all
 * @returns `New device Espressif Inc. at 192.168.1.77`; `100 new devices on 192.168.1.0/24`
 */
export function titleOf(
  alerts: readonly OutboxAlert[],
  devices: readonly DeviceRow[],
  total: number,
  context: RenderContext,
): string {
  const [first] = alerts;
  if (first === undefined) return 'nothing';
  if (alerts.length === 1) return titleInLife(titleOfOne(first, devices, total), first, context);
  const { kind } = first;
  const networks = networksOf(alerts);
  const on = networks.length === 0 ? '' : ` on ${where(networks)}`;
  const what = count(Math.max(total, alerts.length), ...SEVERAL[kind]) + on;
  return isOver(first) ? `Over: ${what}` : what;
}

function titleOfOne(alert: OutboxAlert, devices: readonly DeviceRow[], total: number): string {
  const { kind, summary, detail } = alert;
  const networks = networksOf([alert]);
  const only = total === 1 ? devices[0] : undefined;
  if (kind === 'scan_failing')
    return `Nobody is looking at ${networks.length === 0 ? 'the network' : where(networks)}`;
  if (kind === 'baseline') return `First look at ${where(networks)}: ${count(total, 'device')}`;
  // One that was put away and is back has a sentence of its own.
  if (kind === 'new_device' && only !== undefined && !('put_away_at' in detail))
    return `New device ${only.title} at ${only.ip}`;
  if (kind === 'blocked_device_seen' && only !== undefined)
    return `Blocked device ${only.title} is here at ${only.ip}`;
  if (kind === 'device_down' && only !== undefined)
    return only.name === null ? `Device ${only.title} at ${only.ip} is gone` : `${only.name} is gone`;
  return inert(summary, 300);
}

function networksOf(alerts: readonly OutboxAlert[]): string[] {
  return [...new Set(alerts.flatMap(({ network }) => network ?? []))];
}

function where(networks: readonly string[]): string {
  return networks.length === 1 ? inert(networks.join(''), 80) : count(networks.length, 'network');
}

/** `new device`, `address is claimed by two`. */
export function nameOfKind(kind: AlertKind): string {
  return SEVERAL[kind][0];
}
