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
  /** The address requests are sent from. */
  readonly source: Ipv4;
}

export interface TargetRequest {
  /** Only these interfaces; empty for any. */
  readonly interfaces: readonly string[];
  /** Only these networks, in CIDR notation; empty for those of the interfaces. */
  readonly networks: readonly string[];
  /** Let the choice by itself include public networks. */
  readonly allowPublic: boolean;
}

export interface Problem {
  readonly problem: string;
  readonly remedy: string;
}

export interface TargetChoice {
  readonly targets: readonly Target[];
  /** Networks left out of a choice that found others; worth a line in the log. */
  readonly skipped: readonly Problem[];
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
  const problems: Problem[] = [];
  const usable = selectInterfaces(request.interfaces, interfaces, problems);
  const networks = request.networks.flatMap(text => {
    const network = parseCidr(text);
    if (network === undefined)
      problems.push({
        problem: `not a network: ${text}`,
        remedy: 'Write it as address/prefix, for example 192.168.1.0/24.',
      });
    return network === undefined ? [] : [network];
  });
  if (problems.length > 0) return { targets: [], skipped: [], problems };
  if (networks.length > 0) return nameTargets(networks, usable, request.interfaces.length > 0);
  return findTargets(usable, request);
}

function selectInterfaces(
  names: readonly string[],
  interfaces: readonly LinkInterface[],
  problems: Problem[],
): LinkInterface[] {
  if (names.length === 0) return interfaces.filter(one => one.up && one.arp && !one.loopback);
  return [...new Set(names)].flatMap(name => {
    const found = interfaces.find(one => one.name === name);
    const problem = whyUnusable(name, found, interfaces);
    if (problem !== null) problems.push(problem);
    return found === undefined || problem !== null ? [] : [found];
  });
}

function whyUnusable(
  name: string,
  found: LinkInterface | undefined,
  interfaces: readonly LinkInterface[],
): Problem | null {
  if (found === undefined) {
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
  named: boolean,
): TargetChoice {
  const problems: Problem[] = [];
  const targets: Target[] = [];
  for (const network of networks) {
    if (targets.some(target => cidrEquals(target.network, network))) continue;
    if (cidrSize(network) > MAX_SIZE) {
      problems.push({
        problem: `${formatCidr(network)} spans ${count(cidrSize(network), 'address', 'addresses')}`,
        remedy: 'Name parts of it, each /12 or smaller.',
      });
      continue;
    }
    const target = linkOf(network, usable) ?? (named ? anyLink(network, usable) : undefined);
    if (target === undefined) problems.push(offLink(network, usable));
    else targets.push(target);
  }
  return problems.length > 0 ? { targets: [], skipped: [], problems } : { targets, skipped: [], problems };
}

function linkOf(network: Cidr, usable: readonly LinkInterface[]): Target | undefined {
  for (const one of usable) {
    const address = one.addresses.find(({ network: own }) => cidrWithin(network, own));
    if (address !== undefined) return { network, interface: one, source: address.ip };
  }
  return undefined;
}

/** An address inside the network if there is one (the link is wider than its prefix says), else the first. */
function anyLink(network: Cidr, usable: readonly LinkInterface[]): Target | undefined {
  for (const one of usable) {
    const address = one.addresses.find(({ ip }) => cidrContains(network, ip));
    if (address !== undefined) return { network, interface: one, source: address.ip };
  }
  const [first] = usable;
  const [address] = first?.addresses ?? [];
  return first === undefined || address === undefined
    ? undefined
    : { network, interface: first, source: address.ip };
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
function findTargets(usable: readonly LinkInterface[], request: TargetRequest): TargetChoice {
  const targets: Target[] = [];
  const skipped: Problem[] = [];
  for (const one of usable) {
    for (const { ip, network } of one.addresses) {
      // Two interfaces on one LAN: the first hears everybody.
      if (targets.some(target => cidrEquals(target.network, network))) continue;
      const reason = whySkipped(network, one, request);
      if (reason === null) targets.push({ network, interface: one, source: ip });
      else skipped.push(reason);
    }
  }
  if (targets.length > 0) return { targets, skipped, problems: [] };
  if (skipped.length > 0) return { targets, skipped: [], problems: skipped };
  return {
    targets,
    skipped,
    problems: [
      {
        problem: 'this machine has no private IPv4 network to scan',
        remedy: 'Connect it to one, or look at its addresses: ip -brief address',
      },
    ],
  };
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
