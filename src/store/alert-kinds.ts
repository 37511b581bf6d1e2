/** The kinds of alerts there are, most urgent first; sql/migrations has the same list as a check. */
export const ALERT_KINDS = [
  'gateway_changed',
  'blocked_device_seen',
  'ip_conflict',
  'arp_flood',
  'network_outage',
  'scan_failing',
  'sensor_silent',
  'service_silent',
  'channel_failing',
  'device_down',
  'flip_flop',
  'mac_changed',
  'mac_reused',
  'name_changed',
  'port_opened',
  'proxy_arp',
  'new_device',
  'device_back',
  'mac_returned',
  'ip_changed',
  'baseline',
  'test',
] as const;

export type AlertKind = (typeof ALERT_KINDS)[number];
