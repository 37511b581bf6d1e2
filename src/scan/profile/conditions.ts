/** What a rule may ask about a device, and whether a device meets it. */
import type { Mac } from '../../lib/mac.ts';
import { isLocalMac } from '../../lib/mac.ts';
import { inert } from '../../lib/text.ts';
import type { Echo, NameFinding, NameSource, PortFinding, SynTraits } from './types.ts';

/** Everything that a profile learnt; a step that was left out leaves its part empty. */
export interface VerdictInput {
  readonly mac: Mac;
  readonly vendor: string | null;
  readonly names: readonly NameFinding[];
  readonly ports: readonly PortFinding[];
  readonly echo: Echo | null;
  readonly syn: SynTraits | null;
  /** Of mDNS. */
  readonly model: string | null;
  /** Of mDNS, as `_ipp._tcp`. */
  readonly services: readonly string[];
}

export type Condition =
  | { readonly vendor: RegExp }
  | { readonly randomMac: true }
  | { readonly name: RegExp; readonly from?: NameSource }
  | { readonly model: RegExp }
  /** A service type that mDNS lists. */
  | { readonly mdns: RegExp }
  | { readonly open: number }
  /** Was asked, and did not accept. */
  | { readonly shut: number }
  /** Of an open port: a fact by that name, of one of these services or of any. */
  | { readonly fact: string; readonly of?: readonly string[]; readonly says: RegExp }
  /** The title or the realm of a web page. */
  | { readonly page: RegExp }
  | { readonly service: string }
  /** As it arrived, both ends included: of the echo, or else of the SYN-ACK. */
  | { readonly ttl: readonly [from: number, to: number] }
  /** Of the SYN-ACK: its options in order. */
  | { readonly syn: RegExp };

/** Where evidence comes from, as it is shown. */
export function sourceOf(condition: Condition): string {
  if ('vendor' in condition || 'randomMac' in condition) return 'vendor';
  if ('name' in condition) return 'name';
  if ('model' in condition || 'mdns' in condition) return 'mdns';
  if ('open' in condition || 'shut' in condition) return 'port';
  if ('ttl' in condition) return 'ttl';
  return 'syn' in condition ? 'syn' : 'banner';
}

/** Names, banners and announcements are whatever the device says; the others take more than words to forge. */
export const SAID: ReadonlySet<string> = new Set(['name', 'mdns', 'banner']);

/** What met the condition, as text for the sentence; null when nothing did. */
export function meets(input: VerdictInput, condition: Condition): string | null {
  if ('vendor' in condition) return among([input.vendor], condition.vendor);
  if ('randomMac' in condition) return isRandomMac(input.mac) ? 'a random MAC' : null;
  if ('model' in condition) return among([input.model], condition.model);
  if ('mdns' in condition) return among(input.services, condition.mdns);
  if ('syn' in condition) return among([input.syn?.options ?? null], condition.syn);
  if ('name' in condition) {
    const names = input.names.filter(({ source }) => source === (condition.from ?? source));
    return among(
      names.map(({ name }) => name),
      condition.name,
    );
  }
  if ('ttl' in condition) {
    const ttl = input.echo?.ttl ?? input.syn?.ttl;
    const [from, to] = condition.ttl;
    return ttl !== undefined && ttl >= from && ttl <= to ? String(ttl) : null;
  }
  return meetsPort(input.ports, condition);
}

type PortCondition = Extract<
  Condition,
  { open: number } | { shut: number } | { fact: string } | { page: RegExp } | { service: string }
>;

function meetsPort(ports: readonly PortFinding[], condition: PortCondition): string | null {
  if ('shut' in condition) {
    const isShut = ports.some(({ port, state }) => port === condition.shut && state !== 'open');
    return isShut ? String(condition.shut) : null;
  }
  const open = ports.filter(({ state }) => state === 'open');
  if ('open' in condition) {
    return open.some(({ port }) => port === condition.open) ? String(condition.open) : null;
  }
  if ('service' in condition) {
    return open.some(({ service }) => service === condition.service) ? condition.service : null;
  }
  if ('page' in condition) {
    const web = open.filter(({ service }) => service === 'http' || service === 'https');
    return among(
      web.flatMap(({ facts }) => [facts['title'] ?? null, facts['realm'] ?? null]),
      condition.page,
    );
  }
  const telling = open.filter(({ service }) => condition.of?.includes(service ?? '') ?? true);
  return among(
    telling.map(({ facts }) => facts[condition.fact] ?? null),
    condition.says,
  );
}

function among(texts: readonly (string | null)[], pattern: RegExp): string | null {
  const found = texts.find(text => text !== null && pattern.test(text));
  return found === undefined || found === null ? null : inert(found, 80);
}

/** Chosen by itself, and not one of those that virtual machines and containers are given. */
function isRandomMac(mac: Mac): boolean {
  const prefix = Math.floor(mac / 2 ** 24);
  return isLocalMac(mac) && !VIRTUAL_PREFIXES.has(prefix) && Math.floor(mac / 2 ** 32) !== DOCKER;
}

/** QEMU and KVM, and Hyper-V's and Parallels' habits. */
const VIRTUAL_PREFIXES: ReadonlySet<number> = new Set([0x525400, 0x021c42, 0x0a0027]);
/** 02:42, followed by the container's address. */
const DOCKER = 0x0242;
