/** The one network that a person means. */
import { NetureonError } from '../../lib/errors.ts';
import { inert } from '../../lib/text.ts';
import type { ManagedNetwork } from '../../store/site-networks.ts';

/** @param wanted a CIDR, a name, or CIDR%LINK @throws NetureonError('usage') unless exactly one is meant */
export function chooseNetwork(networks: readonly ManagedNetwork[], wanted: string): ManagedNetwork {
  const found = networks.filter(
    ({ cidr, link, name }) => wanted === cidr || wanted === name || wanted === `${cidr}%${link}`,
  );
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  if (first === undefined)
    throw new NetureonError('usage', `there is no network ${inert(wanted)}`, {
      remedy: `choose one of: ${networks.map(spelled).join(', ') || 'none was ever scanned'}`,
    });
  throw new NetureonError('usage', `${inert(wanted)} means ${found.length} networks`, {
    remedy: `choose one of: ${found.map(spelled).join(', ')}`,
  });
}

function spelled({ cidr, link }: ManagedNetwork): string {
  return link === '' ? cidr : `${cidr}%${link}`;
}
