/** The frames that a scripted station answers with: right ones, unusual ones and wrong ones. */
import type { Ipv4 } from '../lib/ipv4.ts';
import { ZERO_MAC } from '../lib/mac.ts';
import type { Mac } from '../lib/mac.ts';
import { ARP_FRAME_LENGTH, ARP_REPLY, ARP_REQUEST, emitArpFrame } from '../wire/arp.ts';
import { ETHERNET_HEADER_LENGTH, MAX_FRAME_LENGTH, writeUint16 } from '../wire/ethernet.ts';

/** What is wrong with a frame: the checks of RFC 826 "Packet Reception", and the medium's limits. */
export type Malformation =
  | 'truncated'
  | 'hardware-type'
  | 'hardware-length'
  | 'protocol-type'
  | 'protocol-length'
  | 'operation'
  | 'oversize'
  /** A valid header, then noise. */
  | 'noise';

export interface FrameShape {
  /** 802.1Q identifiers, outermost first; they travel inside the frame, as over veth without offload. */
  readonly vlans?: readonly number[];
  /** Octets of 0xa5 after the packet. */
  readonly padding?: number;
  readonly malformed?: Malformation;
}

const TAG_TYPE = 0x8100;
const ADDRESSES_LENGTH = 12;
const TAG_LENGTH = 4;

export function replyFrame(
  sender: { readonly mac: Mac; readonly ip: Ipv4 },
  target: { readonly mac: Mac; readonly ip: Ipv4 },
  shape: FrameShape,
  random: () => number,
): Uint8Array {
  const frame = new Uint8Array(ARP_FRAME_LENGTH);
  emitArpFrame(
    target.mac,
    {
      operation: ARP_REPLY,
      senderMac: sender.mac,
      senderIp: sender.ip,
      targetMac: target.mac,
      targetIp: target.ip,
    },
    frame,
  );
  const spoilt = shape.malformed === undefined ? frame : spoil(frame, shape.malformed, random);
  return pad(tag(spoilt, shape.vlans ?? []), shape.padding ?? 0);
}

/** An announcement (RFC 5227 §1.1): a broadcast request whose sender and target address are the same. */
export function announcementFrame(mac: Mac, ip: Ipv4, broadcast: Mac): Uint8Array {
  const frame = new Uint8Array(ARP_FRAME_LENGTH);
  const packet = {
    operation: ARP_REQUEST,
    senderMac: mac,
    senderIp: ip,
    targetMac: ZERO_MAC,
    targetIp: ip,
  } as const;
  emitArpFrame(broadcast, packet, frame);
  return frame;
}

function tag(frame: Uint8Array, vlans: readonly number[]): Uint8Array {
  if (vlans.length === 0) return frame;
  const tagged = new Uint8Array(frame.length + vlans.length * TAG_LENGTH);
  tagged.set(frame.subarray(0, ADDRESSES_LENGTH));
  vlans.forEach((vlan, i) => {
    writeUint16(tagged, ADDRESSES_LENGTH + i * TAG_LENGTH, TAG_TYPE);
    writeUint16(tagged, ADDRESSES_LENGTH + i * TAG_LENGTH + 2, vlan);
  });
  tagged.set(frame.subarray(ADDRESSES_LENGTH), ADDRESSES_LENGTH + vlans.length * TAG_LENGTH);
  return tagged;
}

function pad(frame: Uint8Array, octets: number): Uint8Array {
  if (octets === 0) return frame;
  const padded = new Uint8Array(frame.length + octets).fill(0xa5);
  padded.set(frame);
  return padded;
}

/** Where a field of the packet lies in an untagged frame. */
function at(offset: number): number {
  return ETHERNET_HEADER_LENGTH + offset;
}

function spoil(frame: Uint8Array, malformation: Malformation, random: () => number): Uint8Array {
  if (malformation === 'truncated') return frame.subarray(0, at(20));
  if (malformation === 'oversize') return pad(frame, MAX_FRAME_LENGTH - frame.length + 1);
  if (malformation === 'hardware-type') writeUint16(frame, at(0), 7);
  else if (malformation === 'protocol-type') writeUint16(frame, at(2), 0x86dd);
  else if (malformation === 'hardware-length') frame[at(4)] = 8;
  else if (malformation === 'protocol-length') frame[at(5)] = 16;
  else if (malformation === 'operation') writeUint16(frame, at(6), 25);
  else for (let i = ETHERNET_HEADER_LENGTH; i < frame.length; i++) frame[i] = Math.floor(random() * 256);
  return frame;
}
