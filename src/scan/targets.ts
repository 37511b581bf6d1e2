/**
 * Which network is swept through which interface. By itself the choice is narrow (private, at most 4,096 addresses, an
 * Ethernet-like link, no bridge of a container engine); what the operator names is widened to that, and to no more.
 */
import type { Cidr, Ipv4 } from '../lib/ipv4.ts';
import {
  cidrContains,
  cidrEquals,
  cidrOf,
  cidrSize,
  cidrWithin,
  formatCidr,
  isPrivate,
  parseCidr,
} from '../lib/ipv4.ts';
import { count } from '../lib/text.ts';
import type { LinkInterface } from '../link/interfaces.ts';

export interface Target {
  readonly network: Cidr;
  readonly interface: LinkInterface;
  /** The address requests are sent from; 0 in a VLAN that the machine has no address in. */
  readonly source: Ipv4;
  /** Of the tag that its frames carry, 1..4094; null for none. */
  readonly vlan: number | null;
}

/** A network behind an 802.1Q tag, asked through a link that the system itself uses untagged. */
export interface VlanRequest {
  /** The link's interface; null for the only one there is. */
  readonly interface: string | null;
  /** 1..4094 */
  readonly id: number;
  readonly network: Cidr;
  /** The sender's address; null for none: an ARP probe (RFC 5227), which is answered all the same. */
  readonly source: Ipv4 | null;
}

export interface TargetRequest {
  /** Only these interfaces; empty for any. */
  readonly interfaces: readonly string[];
  /** Only these networks, in CIDR notation; empty for those of the interfaces. */
  readonly networks: readonly string[];
  readonly vlans: readonly VlanRequest[];
  /** Only the VLANs: the interfaces' own networks are not asked for. */
  readonly onlyVlans: boolean;
  /** Let the choice by itself include public networks. */
  readonly allowPublic: boolean;
  /** Somebody is waiting for just this: whatever is not there is a mistake. Else the others are scanned without it. */
  readonly strict: boolean;
}

export interface Problem {
  readonly problem: string;
  readonly remedy: string;
}

/** What is configured, was or will be there, and is not there now. */
export interface Absence extends Problem {
  /** `lan0`, `lan0.20`; '' where only networks are configured. */
  readonly interface: string;
  /** '' for untagged networks, as in Coverage. */
  readonly link: string;
  /** null: those that were seen on that interface. */
  readonly network: Cidr | null;
}

export interface TargetChoice {
  readonly targets: readonly Target[];
  /** Networks left out of a choice that found others; worth a line in the log. */
  readonly skipped: readonly Problem[];
  /** What is scanned without. A failed scan each, for nobody looked there. */
  readonly absent: readonly Absence[];
  /** Everything that is wrong with the request, at once. With any of these there are no targets. */
  readonly problems: readonly Problem[];
}

/** More must be named: at the default rate it takes over four seconds, and few LANs mean it. */
const MAX_UNNAMED_SIZE = 4096;
/** Even when named: the tables of a sweep take some 100 MB there. */
const MAX_SIZE = 2 ** 20;

/** Bridges that container engines and hypervisors make; their machines are this machine's own. */
const CONTAINER_BRIDGE = /^(?:docker\d+|br-[0-9a-f]{12}|virbr\d+|podman\d+|cni\d+|lxcbr\d+|lxdbr\d+)$/;

export function chooseTargets(request: TargetRequest, interfaces: readonly LinkInterface[]): TargetChoice {
  const choice: Choice = { targets: [], skipped: [], absent: [], problems: [] };
  const networks = request.networks.flatMap(text => parseCidr(text) ?? malformed(text, choice));
  if (!request.onlyVlans) {
    const usable = selectInterfaces(request.interfaces, interfaces, choice);
    if (networks.length > 0) nameTargets(networks, usable, request, choice);
    else if (request.interfaces.length === 0 || usable.length > 0) findTargets(usable, request, choice);
  }
  for (const vlan of request.vlans) addVlan(vlan, interfaces, choice);
  return settle(choice, request);
}

type Choice = { [K in keyof TargetChoice]: TargetChoice[K][number][] };

/** With nothing left to scan, or nobody to be content with less, what is absent is a problem like the others. */
function settle({ targets, skipped, absent, problems }: Choice, { strict }: TargetRequest): TargetChoice {
  const blocking = strict || targets.length === 0 ? [...absent, ...problems] : problems;
  if (blocking.length > 0) return { targets: [], skipped: [], absent, problems: blocking };
  if (targets.length > 0) return { targets, skipped, absent, problems };
  const nothing = {
    problem: 'this machine has no private IPv4 network to scan',
    remedy: 'Connect it to one, or look at its addresses: ip -brief address',
  };
  return { targets, skipped: [], absent, problems: skipped.length > 0 ? skipped : [nothing] };
}

function malformed(text: string, choice: Choice): [] {
  choice.problems.push({
    problem: `not a network: ${text}`,
    remedy: 'Write it as address/prefix, for example 192.168.1.0/24.',
  });
  return [];
}

function selectInterfaces(
  names: readonly string[],
  interfaces: readonly LinkInterface[],
  choice: Choice,
): LinkInterface[] {
  if (names.length === 0) return interfaces.filter(one => one.up && one.arp && !one.loopback);
  return [...new Set(names)].flatMap(name => {
    const found = interfaces.find(one => one.name === name);
    const problem = whyUnusable(name, found, interfaces);
    if (problem !== null) choice.absent.push({ ...problem, interface: name, link: '', network: null });
    return found === undefined || problem !== null ? [] : [found];
  });
}

function whyUnusable(
  name: string,
  found: LinkInterface | undefined,
  interfaces: readonly LinkInterface[],
): Problem | null {
  if (found === undefined || (found.up && found.arp && found.addresses.length === 0)) {
    const names = interfaces.map(one => one.name).join(', ') || 'none';
    return {
      problem: `no interface ${name} that is up and has an IPv4 address`,
      remedy: `Interfaces here: ${names}. See also: ip -brief address`,
    };
  }
  if (!found.up)
    return { problem: `interface ${name} is down`, remedy: `Bring it up: ip link set ${name} up` };
  if (found.loopback || !found.arp)
    return {
      problem: `interface ${name} does not speak ARP (${found.loopback ? 'loopback' : 'tunnel or point-to-point'})`,
      remedy: 'Name an Ethernet or Wi-Fi interface.',
    };
  return null;
}

/** Named networks: on the link that holds them, or on the one interface that was named with them. */
function nameTargets(
  networks: readonly Cidr[],
  usable: readonly LinkInterface[],
  { interfaces }: TargetRequest,
  choice: Choice,
): void {
  // While a named interface is away, a network that no other link holds may be its own: not to be sought elsewhere.
  const complete = interfaces.length > 0 && choice.absent.length === 0;
  for (const network of networks) {
    if (choice.targets.some(target => cidrEquals(target.network, network))) continue;
    if (isTooLarge(network, choice)) continue;
    const target = onLink(network, usable) ?? (complete ? anyLink(network, usable) : undefined);
    if (target !== undefined) choice.targets.push(target);
    else choice.absent.push({ ...offLink(network, usable), interface: '', link: '', network });
  }
}

function isTooLarge(network: Cidr, choice: Choice): boolean {
  if (cidrSize(network) <= MAX_SIZE) return false;
  choice.problems.push({
    problem: `${formatCidr(network)} spans ${count(cidrSize(network), 'address', 'addresses')}`,
    remedy: 'Name parts of it, each /12 or smaller.',
  });
  return true;
}

/** The interface needs no address: on a trunk it often has none. */
function addVlan(request: VlanRequest, interfaces: readonly LinkInterface[], choice: Choice): void {
  const { id, network, source } = request;
  if (isTooLarge(network, choice)) return;
  const usable = interfaces.filter(one => one.up && one.arp && !one.loopback);
  if (request.interface === null && usable.length !== 1) {
    const names = usable.map(one => one.name).join(', ') || 'none';
    choice.problems.push({
      problem: `the interface that VLAN ${id} is asked through must be named`,
      remedy: `Interfaces here: ${names}. Name one: --interface NAME.`,
    });
    return;
  }
  const name = request.interface ?? usable[0]?.name ?? '';
  const found = usable.find(one => one.name === name);
  if (found === undefined) {
    const problem = whyNoTrunk(name, interfaces);
    choice.absent.push({ ...problem, interface: `${name}.${id}`, link: `${name}.${id}`, network });
    return;
  }
  const isSame = (target: Target) =>
    target.vlan === id && target.interface === found && cidrEquals(target.network, network);
  if (!choice.targets.some(isSame))
    choice.targets.push({ network, interface: found, source: source ?? (0 as Ipv4), vlan: id });
}

function whyNoTrunk(name: string, interfaces: readonly LinkInterface[]): Problem {
  const found = interfaces.find(one => one.name === name);
  const problem = found === undefined ? null : whyUnusable(name, found, interfaces);
  return problem ?? { problem: `no interface ${name}`, remedy: 'See which there are: ip -brief link' };
}

function onLink(network: Cidr, usable: readonly LinkInterface[]): Target | undefined {
  for (const one of usable) {
    const address = one.addresses.find(({ network: own }) => cidrWithin(network, own));
    if (address !== undefined) return { network, interface: one, source: address.ip, vlan: null };
  }
  return undefined;
}

/** An address inside the network if there is one (the link is wider than its prefix says), else the first. */
function anyLink(network: Cidr, usable: readonly LinkInterface[]): Target | undefined {
  for (const one of usable) {
    const address = one.addresses.find(({ ip }) => cidrContains(network, ip));
    if (address !== undefined) return { network, interface: one, source: address.ip, vlan: null };
  }
  const [first] = usable;
  const [address] = first?.addresses ?? [];
  return first === undefined || address === undefined
    ? undefined
    : { network, interface: first, source: address.ip, vlan: null };
}

function offLink(network: Cidr, usable: readonly LinkInterface[]): Problem {
  const reachable = usable.flatMap(one => one.addresses.map(a => `${formatCidr(a.network)} on ${one.name}`));
  return {
    problem: `${formatCidr(network)} is not on a link of this machine, and ARP does not cross a router`,
    remedy:
      `On its links: ${reachable.join(', ') || 'none'}. ` +
      'If the network shares a cable with one of them, name that interface too: --interface NAME.',
  };
}

/** The networks of the interfaces, each once, as far as nobody has to name them. */
function findTargets(usable: readonly LinkInterface[], request: TargetRequest, choice: Choice): void {
  const { targets, skipped } = choice;
  for (const one of usable) {
    for (const { ip, network } of one.addresses) {
      // Two interfaces on one LAN: the first hears everybody.
      if (targets.some(target => cidrEquals(target.network, network))) continue;
      const reason = whySkipped(network, one, request);
      if (reason === null) targets.push({ network, interface: one, source: ip, vlan: null });
      else skipped.push(reason);
    }
  }
}

function whySkipped(network: Cidr, one: LinkInterface, request: TargetRequest): Problem | null {
  const text = formatCidr(network);
  const remedy = `Name it to scan it: --network ${text}`;
  if (!isPrivate(network) && !request.allowPublic)
    return { problem: `${text} on ${one.name} is a public network`, remedy };
  if (cidrSize(network) > MAX_UNNAMED_SIZE)
    return {
      problem: `${text} on ${one.name} spans more than ${count(MAX_UNNAMED_SIZE, 'address', 'addresses')}`,
      remedy:
        cidrSize(network) <= MAX_SIZE
          ? remedy
          : `Name the part of it that you use: --network ${formatCidr(cidrOf(network.base, 24))}`,
    };
  if (CONTAINER_BRIDGE.test(one.name) && !request.interfaces.includes(one.name))
    return {
      problem: `${one.name} looks like a bridge for containers`,
      remedy: `Name it to scan it: --interface ${one.name}`,
    };
  if (network.prefix === 32) return { problem: `${text} on ${one.name} has no other address`, remedy };
  return null;
}
