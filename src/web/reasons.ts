/** Why two devices may be one, in plain words. Names are a stranger's: inert here. */
import { count, inert } from '../lib/text.ts';
import type { MergeReason, MergeSuggestion, SuggestedDevice } from '../store/suggestions.ts';
import { duration, fullLabelOf, shortVendor } from './words.ts';

const PROTOCOLS: Readonly<Record<string, string>> = {
  dhcp: 'DHCP',
  mdns: 'mDNS',
  netbios: 'NetBIOS',
  llmnr: 'LLMNR',
};

/** `mDNS and NetBIOS` */
export function protocols(sources: readonly string[]): string {
  return sources.map(source => PROTOCOLS[source] ?? inert(source, 20)).join(' and ');
}

export function sentenceOf(reason: MergeReason, { into, from }: MergeSuggestion): string {
  if (reason.reason === 'same_name') {
    const more = reason.devices - 2;
    const others = more > 0 ? `, as ${count(more, 'other device does', 'other devices do')}` : '';
    return `Both say by ${protocols(reason.sources)} that they are “${inert(reason.name, 60)}”${others}.`;
  }
  if (reason.reason === 'never_together')
    return `They were never here at the same time, in ${count(reason.visits, 'visit')}.`;
  if (reason.reason === 'follows') {
    const later = labelOfSuggested(reason.device === into.id ? into : from);
    const random = reason.random_mac ? ', with a random MAC' : '';
    return `${later} came ${duration(reason.gap_seconds * 1000)} after the other had gone${random}.`;
  }
  if (reason.reason === 'adjacent_macs')
    return 'Both are here, and their MAC addresses are neighbours, as those of two network cards of one machine are.';
  return `Both are here, and their network cards are by one vendor, ${shortVendor(reason.vendor)}.`;
}

export function labelOfSuggested(device: SuggestedDevice): string {
  return fullLabelOf(device);
}
