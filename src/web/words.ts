/** How the site says things: names of devices, lengths of time. Everything that a device chose is inert here. */
import { inert } from '../lib/text.ts';
import { text } from './visit.ts';

export { duration, took } from './times.ts';

export interface Named {
  /** A person's word for it. */
  readonly name: string | null;
  /** What it calls itself; shown in quotes, because anybody may call himself anything. */
  readonly called: string | null;
  readonly vendor: string | null;
  readonly isRandomMac: boolean;
}

/** A kind of device in the visitor's language, as far as it is one that the scanner gives; else as a person wrote it. */
export function kindWord(kind: string): string {
  const words = Object.entries(text().words.deviceKinds);
  return words.find(([one]) => one === kind)?.[1] ?? inert(kind, 60);
}

/** What a person called it; else what it calls itself, in quotes; else its vendor; never empty. */
export function labelOf(device: Named): string {
  const name = device.name === null ? '' : inert(device.name, 80);
  if (name !== '') return name;
  const called = device.called === null ? '' : inert(device.called, 60);
  if (called !== '') return `“${called}”`;
  if (device.vendor !== null) return text().words.deviceBy(shortVendor(device.vendor));
  return device.isRandomMac ? text().words.randomMac : text().words.unknown;
}

/** The same where nothing else is said of it: two devices that nobody named are told apart by where they are. */
export function fullLabelOf(
  device: Named & { readonly ip: string | null; readonly mac: string | null },
): string {
  const label = labelOf(device);
  const where = device.ip ?? device.mac;
  return where === null || label === inert(device.name ?? '', 80) ? label : `${label} ${where}`;
}

const COMPANY_FORM =
  /[\s,]+(?:co|inc|incorporated|ltd|limited|gmbh|corporation|corp|company|llc|ag|kg|oy|ab|bv|b\.v|sa|s\.a|srl|spa|international|technologies|technology|electronics|foundation|corporate)\.?$/i;

/** `Espressif Inc.` as people say it: `Espressif`. */
export function shortVendor(vendor: string): string {
  let short = inert(vendor, 200).split(/[,(]/, 1)[0]?.trim() ?? '';
  for (
    let shorter = short.replace(COMPANY_FORM, '');
    shorter !== short;
    shorter = short.replace(COMPANY_FORM, '')
  )
    short = shorter;
  const words = short.split(' ');
  while (words.length > 1 && words.join(' ').length > 24) words.pop();
  return inert(words.join(' '), 24);
}
