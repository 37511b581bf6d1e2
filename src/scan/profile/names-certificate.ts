/** Names that a device's certificates are made out to: claims like the others, and the last to be believed. */
import { nameOfLabels } from '../../lib/name.ts';
import type { NameFinding, PortFinding } from './types.ts';

/** A host name with a domain: certificates of devices are made out to `router`, `Synology` and such a thousand times. */
const HOST_NAME =
  /^(?=.{4,253}$)(?=.*[a-z])(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const MAX_NAMES = 4;

export function certificateNames(ports: readonly PortFinding[]): NameFinding[] {
  const claimed = ports.flatMap(({ facts }) => [
    facts['subject'] ?? '',
    ...Array.from((facts['san'] ?? '').matchAll(/DNS:([^,\s]+)/g), match => match[1] ?? ''),
  ]);
  const names = claimed
    .filter(text => HOST_NAME.test(text))
    .flatMap(text => nameOfLabels(text.split('.')) ?? []);
  return [...new Set(names)].slice(0, MAX_NAMES).map(name => ({ source: 'tls', name }));
}
