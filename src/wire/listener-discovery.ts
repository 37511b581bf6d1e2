/** Multicast listener discovery, versions 1 (RFC 2710) and 2 (RFC 3810): who listens to which groups. */
import type { Ipv6 } from '../lib/ipv6.ts';
import { isLinkLocal, isMulticast, readIpv6, UNSPECIFIED_IPV6, writeIpv6 } from '../lib/ipv6.ts';
import { WireError } from './error.ts';
import { readUint16, writeUint16 } from './ethernet.ts';
import type { Ipv6Header } from './ipv6.ts';

// Query, and the report of version 1, whose end is the address.
const MAXIMUM_RESPONSE = 4;
const GROUP = 8;
const VERSION_1_LENGTH = 24;
// Query of version 2: more behind it.
const FLAGS = 24;
const INTERVAL = 25;
const SOURCES = 26;
const VERSION_2_LENGTH = 28;
// Report of version 2: records of type, auxiliary length, number of sources, group.
const RECORDS = 6;
const REPORT_LENGTH = 8;
const RECORD_AUXILIARY = 1;
const RECORD_SOURCES = 2;
const RECORD_GROUP = 4;
const RECORD_LENGTH = 20;
/** IS_EXCLUDE (RFC 3810 §5.2.12): listens to everybody who sends to the group. */
const IS_EXCLUDE = 2;
/** RFC 3810 §9.1 and §9.2: the robustness and the interval in seconds that routers use by default. */
const ROBUSTNESS = 2;
const INTERVAL_SECONDS = 125;

export const LISTENER_QUERY = 130;
export const LISTENER_REPORT_1 = 131;
export const LISTENER_REPORT_2 = 143;

export interface ListenerQuery {
  readonly kind: 'listener-query';
  readonly version: 1 | 2;
  /** :: asks for all groups. */
  readonly group: Ipv6;
  /** Answers are spread over this long. */
  readonly maxResponseMs: number;
}

export interface ListenerReport {
  readonly kind: 'listener-report';
  readonly version: 1 | 2;
  readonly groups: readonly Ipv6[];
}

/** RFC 3810 §5.1, §5.2 and §6.2: on link, with router alert, from a link-local address (a report also from ::). */
function checkHeader(header: Ipv6Header, report: boolean): void {
  const refuse = (reason: WireError['reason']) => new WireError('icmpv6', header.payloadOffset, reason);
  if (header.hopLimit !== 1) throw refuse('hop-limit');
  if (!header.routerAlert) throw refuse('router-alert');
  if (!isLinkLocal(header.source) && !(report && header.source === UNSPECIFIED_IPV6)) throw refuse('address');
}

/** @param body the ICMPv6 message @throws WireError */
export function parseListenerQuery(body: Uint8Array, header: Ipv6Header): ListenerQuery {
  checkHeader(header, false);
  const at = header.payloadOffset;
  // Between the two versions' lengths there is none (RFC 3810 §8.1).
  if (body.length < VERSION_1_LENGTH || (body.length > VERSION_1_LENGTH && body.length < VERSION_2_LENGTH))
    throw new WireError('icmpv6', at, 'length');
  const group = readIpv6(body, GROUP);
  if (group !== UNSPECIFIED_IPV6 && !isMulticast(group)) throw new WireError('icmpv6', at + GROUP, 'address');
  const code = readUint16(body, MAXIMUM_RESPONSE);
  if (body.length === VERSION_1_LENGTH)
    return { kind: 'listener-query', version: 1, group, maxResponseMs: code };
  if (VERSION_2_LENGTH + 16 * readUint16(body, SOURCES) > body.length)
    throw new WireError('icmpv6', at + SOURCES, 'length');
  return { kind: 'listener-query', version: 2, group, maxResponseMs: decodeResponse(code) };
}

/** RFC 3810 §5.1.3: above 32,767 a floating-point number, three bits of exponent and twelve of mantissa. */
function decodeResponse(code: number): number {
  return code < 0x8000 ? code : ((code & 0x0fff) | 0x1000) << (((code >> 12) & 7) + 3);
}

/** @throws WireError */
export function parseListenerReport1(body: Uint8Array, header: Ipv6Header): ListenerReport {
  checkHeader(header, true);
  if (body.length < VERSION_1_LENGTH) throw new WireError('icmpv6', header.payloadOffset, 'length');
  const group = readIpv6(body, GROUP);
  if (!isMulticast(group)) throw new WireError('icmpv6', header.payloadOffset + GROUP, 'address');
  return { kind: 'listener-report', version: 1, groups: [group] };
}

/** @throws WireError */
export function parseListenerReport2(body: Uint8Array, header: Ipv6Header): ListenerReport {
  checkHeader(header, true);
  const refuse = (at: number, reason: WireError['reason']) =>
    new WireError('icmpv6', header.payloadOffset + at, reason);
  if (body.length < REPORT_LENGTH) throw refuse(0, 'length');
  const groups: Ipv6[] = [];
  let at = REPORT_LENGTH;
  for (let records = readUint16(body, RECORDS); records > 0; records--) {
    if (at + RECORD_LENGTH > body.length) throw refuse(at, 'length');
    const group = readIpv6(body, at + RECORD_GROUP);
    if (!isMulticast(group)) throw refuse(at + RECORD_GROUP, 'address');
    groups.push(group);
    at += RECORD_LENGTH + 16 * readUint16(body, at + RECORD_SOURCES) + 4 * (body[at + RECORD_AUXILIARY] ?? 0);
    if (at > body.length) throw refuse(body.length, 'length');
  }
  return { kind: 'listener-report', version: 2, groups };
}

export function listenerLength(message: ListenerQuery | ListenerReport): number {
  if (message.version === 1) return VERSION_1_LENGTH;
  if (message.kind === 'listener-query') return VERSION_2_LENGTH;
  return REPORT_LENGTH + RECORD_LENGTH * message.groups.length;
}

/** Writes what follows the checksum into a body of zeros. */
export function emitListener(message: ListenerQuery | ListenerReport, body: Uint8Array): void {
  if (message.kind === 'listener-query') {
    writeUint16(body, MAXIMUM_RESPONSE, Math.min(0x7fff, message.maxResponseMs));
    writeIpv6(body, GROUP, message.group);
    if (message.version === 1) return;
    body[FLAGS] = ROBUSTNESS;
    body[INTERVAL] = INTERVAL_SECONDS;
    return;
  }
  if (message.version === 1) return writeIpv6(body, GROUP, message.groups[0] ?? UNSPECIFIED_IPV6);
  writeUint16(body, RECORDS, message.groups.length);
  message.groups.forEach((group, i) => {
    const at = REPORT_LENGTH + RECORD_LENGTH * i;
    body[at] = IS_EXCLUDE;
    writeIpv6(body, at + RECORD_GROUP, group);
  });
}
