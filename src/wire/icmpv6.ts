/**
 * ICMPv6 (RFC 4443) over Ethernet: echo here, neighbour and multicast listener discovery in files of their own. What a
 * parser returns has passed the checks that the RFCs ask of a receiver.
 */
import type { Mac } from '../lib/mac.ts';
import { WireError } from './error.ts';
import type { EthernetHeader } from './ethernet.ts';
import { emitEthernet, ETHERNET_HEADER_LENGTH, parseEthernet, readUint16, writeUint16 } from './ethernet.ts';
import type { Ipv6Emission, Ipv6Header } from './ipv6.ts';
import { checksum, emitIpv6Header, ETHERTYPE_IPV6, ipv6HeaderLength, parseIpv6Header } from './ipv6.ts';
import type { ListenerQuery, ListenerReport } from './listener-discovery.ts';
import {
  emitListener,
  LISTENER_QUERY,
  LISTENER_REPORT_1,
  LISTENER_REPORT_2,
  listenerLength,
  parseListenerQuery,
  parseListenerReport1,
  parseListenerReport2,
} from './listener-discovery.ts';
import type { NeighbourAdvertisement, NeighbourSolicitation } from './neighbour-discovery.ts';
import {
  emitNeighbour,
  NEIGHBOUR_ADVERTISEMENT,
  NEIGHBOUR_SOLICITATION,
  neighbourLength,
  parseAdvertisement,
  parseSolicitation,
} from './neighbour-discovery.ts';

const TYPE = 0;
const CODE = 1;
const CHECKSUM = 2;
/** Type, code and checksum. */
const COMMON_LENGTH = 4;
// Echo.
const IDENTIFIER = 4;
const SEQUENCE = 6;
const ECHO_LENGTH = 8;

const ECHO_REQUEST = 128;
const ECHO_REPLY = 129;

export interface Echo {
  readonly kind: 'echo-request' | 'echo-reply';
  readonly identifier: number;
  readonly sequence: number;
}

export type Icmpv6Message =
  Echo | NeighbourSolicitation | NeighbourAdvertisement | ListenerQuery | ListenerReport;

export interface Icmpv6Frame {
  readonly ethernet: EthernetHeader;
  readonly ip: Ipv6Header;
  readonly message: Icmpv6Message;
}

/** @throws WireError */
function parseIcmpv6(bytes: Uint8Array, ip: Ipv6Header): Icmpv6Message {
  const at = ip.payloadOffset;
  const body = bytes.subarray(at, at + ip.payloadLength);
  if (body.length < COMMON_LENGTH) throw new WireError('icmpv6', at, 'length');
  if (checksum(ip, body) !== 0) throw new WireError('icmpv6', at + CHECKSUM, 'checksum');
  const parse = PARSERS.get(body[TYPE] ?? 0);
  if (parse === undefined) throw new WireError('icmpv6', at + TYPE, 'type');
  if (body[CODE] !== 0) throw new WireError('icmpv6', at + CODE, 'code');
  return parse(body, ip);
}

function parseEcho(body: Uint8Array, ip: Ipv6Header): Echo {
  if (body.length < ECHO_LENGTH) throw new WireError('icmpv6', ip.payloadOffset, 'length');
  return {
    kind: body[TYPE] === ECHO_REQUEST ? 'echo-request' : 'echo-reply',
    identifier: readUint16(body, IDENTIFIER),
    sequence: readUint16(body, SEQUENCE),
  };
}

const PARSERS = new Map<number, (body: Uint8Array, ip: Ipv6Header) => Icmpv6Message>([
  [ECHO_REQUEST, parseEcho],
  [ECHO_REPLY, parseEcho],
  [NEIGHBOUR_SOLICITATION, parseSolicitation],
  [NEIGHBOUR_ADVERTISEMENT, parseAdvertisement],
  [LISTENER_QUERY, parseListenerQuery],
  [LISTENER_REPORT_1, parseListenerReport1],
  [LISTENER_REPORT_2, parseListenerReport2],
]);

/** A whole frame. @throws WireError */
export function parseIcmpv6Frame(bytes: Uint8Array): Icmpv6Frame {
  const ethernet = parseEthernet(bytes);
  if (ethernet.etherType !== ETHERTYPE_IPV6)
    throw new WireError('ethernet', ethernet.payloadOffset - 2, 'not-ipv6');
  const ip = parseIpv6Header(bytes, ethernet.payloadOffset);
  return { ethernet, ip, message: parseIcmpv6(bytes, ip) };
}

function icmpv6Length(message: Icmpv6Message): number {
  if (isEcho(message)) return ECHO_LENGTH;
  return isListener(message) ? listenerLength(message) : neighbourLength(message);
}

/** Listener discovery: hop limit 1 and a router alert (RFC 3810 §5); neighbour discovery and our echo: 255. */
function isListener(message: Icmpv6Message): message is ListenerQuery | ListenerReport {
  return message.kind === 'listener-query' || message.kind === 'listener-report';
}

function isEcho(message: Icmpv6Message): message is Echo {
  return message.kind === 'echo-request' || message.kind === 'echo-reply';
}

function typeOf(message: Icmpv6Message): number {
  if (message.kind === 'listener-report')
    return message.version === 1 ? LISTENER_REPORT_1 : LISTENER_REPORT_2;
  return TYPES[message.kind];
}

const TYPES = {
  'echo-request': ECHO_REQUEST,
  'echo-reply': ECHO_REPLY,
  'neighbour-solicitation': NEIGHBOUR_SOLICITATION,
  'neighbour-advertisement': NEIGHBOUR_ADVERTISEMENT,
  'listener-query': LISTENER_QUERY,
} as const;

export interface Icmpv6Emission extends Pick<Ipv6Emission, 'source' | 'destination'> {
  readonly sourceMac: Mac;
  readonly destinationMac: Mac;
}

/** An untagged, unpadded frame. */
export function icmpv6FrameLength(message: Icmpv6Message): number {
  return (
    ETHERNET_HEADER_LENGTH + ipv6HeaderLength({ routerAlert: isListener(message) }) + icmpv6Length(message)
  );
}

/** Writes a whole frame and returns its length. */
export function emitIcmpv6Frame(
  addresses: Icmpv6Emission,
  message: Icmpv6Message,
  out: Uint8Array,
  offset = 0,
): number {
  const { source, destination } = addresses;
  const header = {
    destination: addresses.destinationMac,
    source: addresses.sourceMac,
    etherType: ETHERTYPE_IPV6,
  };
  const routerAlert = isListener(message);
  const payloadLength = icmpv6Length(message);
  const ip = { source, destination, hopLimit: routerAlert ? 1 : 255, routerAlert, payloadLength };
  let at = offset + emitEthernet(header, out, offset);
  at += emitIpv6Header(ip, out, at);
  const body = out.subarray(at, at + payloadLength);
  body.fill(0);
  body[TYPE] = typeOf(message);
  if (isEcho(message)) {
    writeUint16(body, IDENTIFIER, message.identifier);
    writeUint16(body, SEQUENCE, message.sequence);
  } else if (isListener(message)) emitListener(message, body);
  else emitNeighbour(message, body);
  writeUint16(body, CHECKSUM, checksum(ip, body));
  return at + payloadLength - offset;
}
