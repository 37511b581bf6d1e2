/**
 * wire: bytes to values and back, one protocol per file, in the order field ranges, parse, emit, printer. Pure: no
 * clock, no I/O, nothing from Node. A parser reads only what it was given and throws nothing but `WireError`;
 * whatever a frame holds, it can be counted by `layer` and `reason`.
 *
 * Not supported, and said so by the reason: 802.2 LLC/SNAP encapsulation, more than two VLAN tags, hardware other
 * than Ethernet, link types of captures other than Ethernet; of DNS everything but the records that name a device
 * (their data is kept as it came).
 */
export type WireLayer =
  'ethernet' | 'arp' | 'pcap' | 'ipv4' | 'icmp' | 'tcp' | 'ipv6' | 'icmpv6' | 'dns' | 'nbns';

export type WireReason =
  /** The bytes end before the field does. */
  | 'truncated'
  /** Longer than the medium or the format allows. */
  | 'oversize'
  | 'too-many-tags'
  | 'not-arp'
  | 'hardware-type'
  | 'protocol-type'
  | 'hardware-length'
  | 'protocol-length'
  | 'operation'
  | 'not-ipv6'
  /** ipv6: an extension header that no neighbour discovery carries, a fragment (RFC 6980), or another protocol. */
  | 'next-header'
  /** ipv6, icmpv6: an option whose length contradicts its header's. */
  | 'option'
  | 'hop-limit'
  /** icmpv6: multicast listener discovery without the option that routers look for (RFC 3810 §5). */
  | 'router-alert'
  /** icmpv6: a message of no interest here; well-formed for all that is known of it. */
  | 'type'
  | 'code'
  /** icmpv6: a source, destination or target that this message must not have. */
  | 'address'
  /** pcap: not a capture file at all. */
  | 'magic'
  | 'version'
  | 'link-type'
  /** A length that contradicts another one, or the least that the format allows. */
  | 'length'
  /** The Internet checksum (RFC 1071) is not zero. */
  | 'checksum'
  /** icmp: something else than what is looked for. */
  | 'not-echo-reply'
  /** dns: neither a label of at most 63 octets nor a pointer (RFC 1035 §4.1.4), or none at all where one must be. */
  | 'label'
  /** dns: a name of more than 255 octets once its pointers are followed. */
  | 'name-length'
  /** dns: a compression pointer that does not lead back to an earlier place. */
  | 'pointer'
  /** nbns: not the answer to a node status request. */
  | 'not-node-status';

export class WireError extends Error {
  readonly layer: WireLayer;
  /** Where in the bytes given to the parser the trouble was found. */
  readonly offset: number;
  readonly reason: WireReason;

  constructor(layer: WireLayer, offset: number, reason: WireReason) {
    super(`${layer}: ${reason} at byte ${offset}`);
    this.name = 'WireError';
    this.layer = layer;
    this.offset = offset;
    this.reason = reason;
  }
}
