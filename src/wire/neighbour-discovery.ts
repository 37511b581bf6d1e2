/** Neighbour solicitation and advertisement (RFC 4861 §4.3, §4.4) with the link-layer address options (§4.6.1). */
import type { Ipv6 } from '../lib/ipv6.ts';
import { isMulticast, readIpv6, UNSPECIFIED_IPV6, solicitedNodeOf, writeIpv6 } from '../lib/ipv6.ts';
import type { Mac } from '../lib/mac.ts';
import { readMac, writeMac } from '../lib/mac.ts';
import { WireError } from './error.ts';
import type { Ipv6Header } from './ipv6.ts';

const FLAGS = 4;
const TARGET = 8;
const OPTIONS = 24;
const FLAG_ROUTER = 0x80;
const FLAG_SOLICITED = 0x40;
const FLAG_OVERRIDE = 0x20;

/** Options: type, length in units of eight octets, value. */
const OPTION_LENGTH = 1;
const OPTION_VALUE = 2;
const LINK_LAYER_LENGTH = 8;
const OPTION_SOURCE = 1;
const OPTION_TARGET = 2;

export const NEIGHBOUR_SOLICITATION = 135;
export const NEIGHBOUR_ADVERTISEMENT = 136;

export interface NeighbourSolicitation {
  readonly kind: 'neighbour-solicitation';
  readonly target: Ipv6;
  /** Of the sender, as it says itself; null where it does not. */
  readonly linkLayer: Mac | null;
}

export interface NeighbourAdvertisement {
  readonly kind: 'neighbour-advertisement';
  readonly target: Ipv6;
  readonly router: boolean;
  readonly solicited: boolean;
  readonly override: boolean;
  /** Of the target, as it is told; null where it is not. */
  readonly linkLayer: Mac | null;
}

/** The checks of RFC 4861 §7.1.1 that remain. @param body the ICMPv6 message @throws WireError */
export function parseSolicitation(body: Uint8Array, header: Ipv6Header): NeighbourSolicitation {
  const { target, linkLayer } = parseCommon(body, header, OPTION_SOURCE);
  const refuse = () => new WireError('icmpv6', header.payloadOffset, 'address');
  // Of an address that is not the sender's yet (duplicate address detection).
  if (
    header.source === UNSPECIFIED_IPV6 &&
    (linkLayer !== null || header.destination !== solicitedNodeOf(target))
  )
    throw refuse();
  return { kind: 'neighbour-solicitation', target, linkLayer };
}

/** The checks of RFC 4861 §7.1.2 that remain. @throws WireError */
export function parseAdvertisement(body: Uint8Array, header: Ipv6Header): NeighbourAdvertisement {
  const { target, linkLayer } = parseCommon(body, header, OPTION_TARGET);
  const flags = body[FLAGS] ?? 0;
  const solicited = (flags & FLAG_SOLICITED) !== 0;
  if (solicited && isMulticast(header.destination))
    throw new WireError('icmpv6', header.payloadOffset + FLAGS, 'address');
  return {
    kind: 'neighbour-advertisement',
    target,
    router: (flags & FLAG_ROUTER) !== 0,
    solicited,
    override: (flags & FLAG_OVERRIDE) !== 0,
    linkLayer,
  };
}

function parseCommon(body: Uint8Array, header: Ipv6Header, option: number) {
  const refuse = (at: number, reason: WireError['reason']) =>
    new WireError('icmpv6', header.payloadOffset + at, reason);
  // 255 cannot have passed a router: it comes from this link, whatever else it says.
  if (header.hopLimit !== 255) throw refuse(0, 'hop-limit');
  if (body.length < OPTIONS) throw refuse(0, 'length');
  const target = readIpv6(body, TARGET);
  if (isMulticast(target) || target === UNSPECIFIED_IPV6) throw refuse(TARGET, 'address');
  let linkLayer: Mac | null = null;
  for (let at = OPTIONS; at < body.length;) {
    const length = 8 * (at + OPTION_LENGTH < body.length ? (body[at + OPTION_LENGTH] ?? 0) : 0);
    if (length === 0 || at + length > body.length) throw refuse(at, 'option');
    // Longer ones are of other media.
    if (body[at] === option && length === LINK_LAYER_LENGTH) linkLayer ??= readMac(body, at + OPTION_VALUE);
    at += length;
  }
  return { target, linkLayer };
}

export function neighbourLength({ linkLayer }: NeighbourSolicitation | NeighbourAdvertisement): number {
  return OPTIONS + (linkLayer === null ? 0 : LINK_LAYER_LENGTH);
}

/** Writes what follows the checksum into a body of zeros. */
export function emitNeighbour(
  message: NeighbourSolicitation | NeighbourAdvertisement,
  body: Uint8Array,
): void {
  const advertisement = message.kind === 'neighbour-advertisement';
  if (advertisement)
    body[FLAGS] =
      (message.router ? FLAG_ROUTER : 0) |
      (message.solicited ? FLAG_SOLICITED : 0) |
      (message.override ? FLAG_OVERRIDE : 0);
  writeIpv6(body, TARGET, message.target);
  if (message.linkLayer === null) return;
  body[OPTIONS] = advertisement ? OPTION_TARGET : OPTION_SOURCE;
  body[OPTIONS + OPTION_LENGTH] = LINK_LAYER_LENGTH / 8;
  writeMac(body, OPTIONS + OPTION_VALUE, message.linkLayer);
}
