import { describe, expect, it } from 'vitest';
import { parseIpv4 } from '../../src/lib/ipv4.ts';
import { parseMac } from '../../src/lib/mac.ts';
import { replyFrame } from '../../src/lab/responder-frames.ts';
import type { FrameShape } from '../../src/lab/responder-frames.ts';
import { ARP_REPLY, parseArpFrame } from '../../src/wire/arp.ts';

const sender = { mac: parseMac('02:00:00:00:00:07')!, ip: parseIpv4('10.66.0.7')! };
const target = { mac: parseMac('02:4e:45:54:00:01')!, ip: parseIpv4('10.66.0.254')! };
const reply = (shape: FrameShape) => replyFrame(sender, target, shape, () => 0.5);

describe('a scripted reply', () => {
  it.each<[string, FrameShape, { vlans: number[]; padding: number }]>([
    ['plain', {}, { vlans: [], padding: 0 }],
    ['tagged', { vlans: [7] }, { vlans: [7], padding: 0 }],
    ['tagged twice and padded', { vlans: [100, 7], padding: 18 }, { vlans: [100, 7], padding: 18 }],
  ])('is a valid frame when %s', (_name, shape, { vlans, padding }) => {
    const parsed = parseArpFrame(reply(shape));
    expect(parsed.arp).toEqual({
      operation: ARP_REPLY,
      senderMac: sender.mac,
      senderIp: sender.ip,
      targetMac: target.mac,
      targetIp: target.ip,
    });
    expect(parsed.ethernet).toMatchObject({ vlans, source: sender.mac, destination: target.mac });
    expect(parsed.padding).toBe(padding);
  });

  it.each([
    ['truncated', 'truncated'],
    ['oversize', 'oversize'],
    ['hardware-type', 'hardware-type'],
    ['hardware-length', 'hardware-length'],
    ['protocol-type', 'protocol-type'],
    ['protocol-length', 'protocol-length'],
    ['operation', 'operation'],
    ['noise', 'hardware-type'],
  ] as const)('is refused for its %s', (malformed, reason) => {
    expect(() => parseArpFrame(reply({ malformed }))).toThrow(expect.objectContaining({ reason }));
  });
});
