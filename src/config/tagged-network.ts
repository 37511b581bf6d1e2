/** How a network behind an 802.1Q tag is written: `lan0.20 10.20.0.0/24`. */
import { cidrContains, formatCidr, parseCidr, parseIpv4, type Cidr, type Ipv4 } from '../lib/ipv4.ts';
import { integer, show, type Parsed, type Parser } from './parsers.ts';

/** A network asked by frames with an 802.1Q tag. */
export interface TaggedNetwork {
  /** The interface the tagged frames leave by. */
  readonly interface: string;
  /** 1..4094 */
  readonly id: number;
  readonly network: Cidr;
  /** The address they are sent from; null for none. */
  readonly source: Ipv4 | null;
}

/** `lan0.20 10.20.0.0/24`, and the address to send from if there is one: `lan0.20 10.20.0.0/24 10.20.0.2`. */
export function taggedNetwork(input: unknown): Parsed<TaggedNetwork> {
  const expected = 'must be INTERFACE.VLAN NETWORK, such as "lan0.20 10.20.0.0/24"';
  const match =
    typeof input === 'string' ? /^([^\s/:]{1,15})\.(\d+)\s+(\S+)(?:\s+(\S+))?$/.exec(input.trim()) : null;
  if (match === null) return { problem: `${expected}, not ${show(input)}` };
  const [, name = '', idText, networkText = '', sourceText] = match;
  const id = vlanId(idText);
  if ('problem' in id) return id;
  const network = parseCidr(networkText);
  if (network === undefined) return { problem: `${expected}, and ${show(networkText)} is no network` };
  const source = sourceText === undefined ? null : parseIpv4(sourceText);
  if (source === undefined || (source !== null && !cidrContains(network, source)))
    return { problem: `must send from an address of ${formatCidr(network)}, not ${show(sourceText)}` };
  return { value: { interface: name, id: id.value, network, source } };
}

/** IEEE 802.1Q-2018 table 9-2: 0 is no VLAN, 4095 is reserved. */
export const vlanId: Parser<number> = input => {
  const parsed = integer(1, 4094)(input);
  return 'value' in parsed
    ? parsed
    : { problem: `must be a VLAN's number from 1 to 4094, not ${show(input)}` };
};
