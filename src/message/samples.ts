/** Alerts as they arise, for previews and for trying templates: every kind, alone, in company, over, and with gaps. */
import { bareAlert } from './bare-alert.ts';
import { ALERT_KINDS, type AlertKind } from '../store/alert-kinds.ts';
import type { OutboxAlert } from '../store/outbox.ts';
import type { RenderContext } from './digest.ts';
import { whenFormat } from './when.ts';

const AT = new Date('2026-11-20T02:00:00Z');
const LATER = new Date('2026-11-20T03:00:00Z');

export const SAMPLE_CONTEXT: RenderContext = {
  site: 'home',
  publicUrl: 'https://netureon.example.org',
  when: whenFormat('UTC'),
};

type Fields = Partial<OutboxAlert>;

const DEVICE: Fields = {
  deviceId: 12,
  deviceName: 'Printer',
  deviceState: 'known',
  deviceKind: 'printer',
  owner: 'Anna',
  mac: '3c:71:bf:00:00:4d',
  vendor: 'Espressif Inc.',
  ip: '192.168.1.77',
};
const STRANGER: Fields = { ...DEVICE, deviceName: null, deviceState: 'new', deviceKind: null, owner: null };
const RANDOM = '02:13:37:00:00:01';

const SAMPLES: Readonly<Record<AlertKind, Fields>> = {
  new_device: { ...STRANGER, severity: 'medium', summary: 'New device: Espressif Inc. at 192.168.1.77' },
  blocked_device_seen: {
    ...DEVICE,
    deviceState: 'blocked',
    severity: 'critical',
    summary: 'Blocked device Printer is here at 192.168.1.77',
  },
  gateway_changed: {
    ...STRANGER,
    severity: 'critical',
    mac: RANDOM,
    vendor: null,
    randomMac: true,
    ip: '192.168.1.1',
    summary: `The gateway 192.168.1.1 is another device: ${RANDOM} instead of dc:39:6f:00:00:01`,
    detail: { before: 'dc:39:6f:00:00:01', after: RANDOM },
  },
  ip_conflict: {
    ...DEVICE,
    severity: 'high',
    summary: `Two devices claim 192.168.1.77: 3c:71:bf:00:00:4d and ${RANDOM}`,
  },
  arp_flood: { severity: 'high', summary: '4,000 new addresses within a scan on 192.168.1.0/24' },
  network_outage: { severity: 'high', summary: 'All of 192.168.1.0/24 fell silent at once' },
  scan_failing: {
    severity: 'high',
    summary: 'Nobody is looking at 192.168.1.0/24: 3 scans in a row did not complete',
    detail: { problem: 'interface eth0 is down' },
  },
  sensor_silent: { severity: 'high', summary: 'The sensor attic has not reported for 10 min', network: null },
  service_silent: { severity: 'high', summary: 'The scan has not reported for 10 min', network: null },
  channel_failing: {
    severity: 'high',
    summary: 'Nothing has got through the channel ntfy:home for 10 min',
    detail: { channel: 'ntfy:home', last_error: '503 Service Unavailable' },
    network: null,
  },
  device_down: {
    ...DEVICE,
    severity: 'high',
    summary: 'Down: Printer at 192.168.1.77 has not answered for 3 min',
    detail: { since: AT.toISOString() },
  },
  device_back: {
    ...DEVICE,
    severity: 'info',
    summary: 'Back: Printer at 192.168.1.77, after 1 h',
    detail: { since: AT.toISOString(), away_ms: 3_600_000 },
  },
  flip_flop: {
    ...DEVICE,
    severity: 'medium',
    summary: '192.168.1.77 goes to and fro between Printer and a device with a random MAC',
  },
  mac_changed: {
    ...DEVICE,
    severity: 'low',
    summary: '192.168.1.77 went from a device of AVM GmbH to Printer',
  },
  mac_reused: { ...DEVICE, severity: 'info', summary: '192.168.1.77 is back with Printer' },
  mac_returned: { ...DEVICE, severity: 'low', summary: 'Printer is back after 200 days' },
  ip_changed: {
    ...DEVICE,
    severity: 'info',
    summary: 'Printer changed its address from 192.168.1.76 to 192.168.1.77',
  },
  name_changed: {
    ...DEVICE,
    severity: 'medium',
    summary: 'Printer calls itself “laptop” now',
    detail: { before: 'printer', after: 'laptop' },
  },
  port_opened: {
    ...DEVICE,
    severity: 'medium',
    summary: 'Printer answers on port 23 (telnet)',
    detail: { port: 23, service: 'telnet' },
  },
  proxy_arp: { ...DEVICE, severity: 'low', summary: 'Printer answers for 14 addresses that are not its own' },
  baseline: {
    severity: 'info',
    summary: 'First look at 192.168.1.0/24: 3 devices',
    detail: {
      total: 3,
      devices: [
        { mac: 'dc:39:6f:00:00:01', ip: '192.168.1.1', vendor: 'AVM GmbH', device_id: 1 },
        { mac: '3e:07:54:11:22:33', ip: '192.168.1.40', vendor: null, device_id: 2 },
        { mac: '3c:71:bf:00:00:4d', ip: '192.168.1.77', vendor: 'Espressif Inc.', device_id: 12 },
      ],
    },
  },
  test: {
    severity: 'info',
    summary: 'This is a test: somebody tried whether this channel works',
    network: null,
    resolvedAt: AT,
  },
};

/** As it first comes, alone. */
export function sampleAlert(kind: AlertKind, fields: Fields = {}): OutboxAlert {
  return bareAlert({
    id: 100 + ALERT_KINDS.indexOf(kind),
    kind,
    severity: 'medium',
    summary: '',
    networkId: 1,
    network: '192.168.1.0/24',
    openedAt: AT,
    ...SAMPLES[kind],
    ...fields,
  });
}

/** Messages about a kind that differ in what is known: each a list of alerts. */
export function sampleAlerts(kind: AlertKind): OutboxAlert[][] {
  const bare: Fields = {
    deviceName: null,
    deviceKind: null,
    owner: null,
    vendor: null,
    randomMac: true,
    network: null,
    networkId: null,
  };
  return [
    [sampleAlert(kind)],
    [
      sampleAlert(kind, { id: 1, escalation: true, count: 3 }),
      sampleAlert(kind, { ...bare, id: 2, deviceId: null, ip: null, mac: null, quiet: true }),
    ],
    [sampleAlert(kind, { ...bare, resolvedAt: LATER, acknowledgedAt: LATER, reopens: 1, quiet: true })],
  ];
}
