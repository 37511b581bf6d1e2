/** Why two devices may be one, in plain words. Names are a stranger's: inert here. */
import { inert } from '../lib/text.ts';
import type { MergeReason, MergeSuggestion, SuggestedDevice } from '../store/suggestions.ts';
import { listed } from './times.ts';
import { text } from './visit.ts';
import { duration, fullLabelOf, shortVendor } from './words.ts';

const PROTOCOLS: Readonly<Record<string, string>> = {
  dhcp: 'DHCP',
  mdns: 'mDNS',
  netbios: 'NetBIOS',
  llmnr: 'LLMNR',
};

/** `mDNS and NetBIOS` */
export function protocols(sources: readonly string[]): string {
  return listed(sources.map(source => PROTOCOLS[source] ?? inert(source, 20)));
}

export function sentenceOf(reason: MergeReason, { into, from }: MergeSuggestion): string {
  const words = text().evidence.same;
  if (reason.reason === 'same_name') {
    return words.sameName(protocols(reason.sources), inert(reason.name, 60), reason.devices - 2);
  }
  if (reason.reason === 'never_together') return words.neverTogether(reason.visits);
  if (reason.reason === 'follows') {
    const later = labelOfSuggested(reason.device === into.id ? into : from);
    return words.follows(later, duration(reason.gap_seconds * 1000), reason.random_mac);
  }
  if (reason.reason === 'adjacent_macs') return words.neighbours;
  return words.sameVendor(shortVendor(reason.vendor));
}

export function labelOfSuggested(device: SuggestedDevice): string {
  return fullLabelOf(device);
}
