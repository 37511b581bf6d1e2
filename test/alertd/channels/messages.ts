/** Messages for the tests of channels, as the daemon hands them over. */
import type { Message } from '../../../src/alertd/channels/channel.ts';
import { bareAlert } from '../../../src/message/bare-alert.ts';
import { composeDigest } from '../../../src/message/digest.ts';
import { whenFormat } from '../../../src/message/when.ts';
import type { OutboxAlert } from '../../../src/store/outbox.ts';

export const KEY = '6f1c2b9e-8d1f-4c6a-9a55-0123456789ab';
export const never = new AbortController().signal;

export function alertOf(fields: Partial<OutboxAlert> = {}): OutboxAlert {
  return bareAlert({
    id: 1,
    kind: 'new_device',
    severity: 'medium',
    summary: 'New device: Espressif Inc. at 192.168.1.77',
    deviceId: 77,
    deviceState: 'new',
    mac: '3c:71:bf:00:00:4d',
    vendor: 'Espressif Inc.',
    ip: '192.168.1.77',
    networkId: 1,
    network: '192.168.1.0/24',
    openedAt: new Date('2026-11-20T09:12:05Z'),
    ...fields,
  });
}

/** Composed now, because receivers refuse what was signed long ago. */
export function messageOf(
  alerts: readonly OutboxAlert[] = [alertOf()],
  fields: Partial<Message> = {},
): Message {
  const context = { site: 'default', publicUrl: 'https://netureon.example.test', when: whenFormat('UTC') };
  return { key: KEY, composedAt: new Date(), alerts, digest: composeDigest(alerts, context), ...fields };
}

/** A burst, by default of as many as travel in one message, with names that were chosen to do harm. */
export function burst(n = 10_000, name = HOSTILE): OutboxAlert[] {
  return Array.from({ length: n }, (_, i) =>
    alertOf({
      id: i + 1,
      deviceId: i + 1,
      deviceName: `${name} ${i}`,
      ip: `10.0.${i >> 8}.${i & 255}`,
      network: '10.0.0.0/16',
      mac: `3c:71:bf:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`,
      detail: { note: `${name}\u0000\u202e` },
    }),
  );
}

export const HOSTILE =
  '<img src=x onerror=alert(1)> "\\&amp; </strong>\r\nBcc: x@y.test\u202e\u0000😀 [a](javascript:b) \u001b]0;x\u0007';

/** What has no place on a page, in a terminal or in a header. */
// oxlint-disable-next-line no-control-regex -- that is what must not be there
export const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/;
