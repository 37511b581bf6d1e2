/** An alert that no scan raised: a test, a database that is away, a sample. */
import type { OutboxAlert } from '../store/outbox.ts';

type Said = Pick<OutboxAlert, 'kind' | 'severity' | 'summary' | 'openedAt'>;

/** About no device and no network, once, still open, unless the fields say otherwise. */
export function bareAlert(fields: Said & Partial<OutboxAlert>): OutboxAlert {
  return {
    id: 0,
    detail: {},
    deviceId: null,
    deviceName: null,
    deviceState: null,
    deviceKind: null,
    owner: null,
    mac: null,
    vendor: null,
    randomMac: false,
    ip: null,
    networkId: null,
    network: null,
    resolvedAt: null,
    acknowledgedAt: null,
    count: 1,
    reopens: null,
    escalation: false,
    quiet: false,
    afterMute: false,
    ...fields,
  };
}
