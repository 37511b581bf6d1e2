/**
 * lab: a simulated LAN, a mail server and a Telegram server for the demo, the tests and the benches. Imports link, wire
 * and lib. Everything here is real where it meets netureon (frames between network namespaces, SMTP, HTTP) and nothing of
 * it leaves the machine. No time, randomness or environment of its own: they are parameters.
 *
 * This file: the LAN. The scanner's namespace has one interface, a veth pair whose other end is in the hosts' namespace;
 * there each host is a macvlan interface with its own MAC, so that the kernel answers ARP and IP for it.
 */
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { NetureonError } from '../lib/errors.ts';
import { formatCidr, formatIpv4, hostRange, parseCidr } from '../lib/ipv4.ts';
import type { Cidr } from '../lib/ipv4.ts';
import { checkIp, checkIp6, checkMac, NO_IPV4 } from './lan-addresses.ts';
import {
  batch,
  CLAIM_SYSCTLS,
  HOST_SYSCTLS,
  IPV6_SYSCTLS,
  NO_IPV6_SYSCTLS,
  setSysctls,
} from './lan-kernel.ts';
import { createNamespace } from './namespace.ts';
import type { ExecOptions, ExecResult, Namespace } from './namespace.ts';

export interface Host {
  readonly ip: string;
  readonly mac: string;
  /** Another address beside the link-local one, which follows from the MAC; only in a LAN with IPv6. */
  readonly ip6?: string;
  /** What its owner would call it. The LAN does nothing with it. */
  readonly name?: string;
}

export interface LanOptions {
  /** `10.66.0.0/24` */
  readonly cidr: string;
  /** The scanner's own address; the network's last one by default. */
  readonly address?: string;
  /** The scanner's own MAC; one of `02:4e:…` by default. */
  readonly mac?: string;
  /** The scanner's interface: `lan0` by default. */
  readonly interface?: string;
  /** Where the scanner's default route points; none by default. */
  readonly gateway?: string;
  readonly hosts?: readonly Host[];
  /**
   * The scanner's IPv6 address, beside a link-local one that follows from its MAC; with a prefix length of 64. Without it
   * nobody in the LAN speaks IPv6, whose discovery would be the only traffic that nobody asked for.
   */
  readonly address6?: string;
  /** Of the scanner's link, in octets of payload: 1500 by default. */
  readonly mtu?: number;
  /** Use a user namespace; false needs root. By default, whatever this process is entitled to. */
  readonly userNamespace?: boolean;
}

/** The interface in the hosts' namespace that sees every frame to and from the scanner. */
export const UPLINK = 'uplink';

/** macvlan hands broadcasts on through a queue of 1,000 by default, which a fast sweep overruns. */
const BROADCAST_QUEUE = 100_000;

/** @throws NetureonError `usage` for a malformed address, `permission` or `io` when the machine cannot do it */
export async function createLan(options: LanOptions): Promise<Lan> {
  const cidr = parseCidr(options.cidr);
  if (cidr === undefined || cidr.prefix > 30)
    throw new NetureonError('usage', `not a network: ${options.cidr}`);
  const address = checkIp(options.address ?? formatIpv4(hostRange(cidr).last), cidr);
  const mac = checkMac(options.mac ?? '02:4e:45:54:00:01');
  const name = options.interface ?? 'lan0';
  const mtu = options.mtu ?? 1500;
  const user = options.userNamespace ?? process.getuid?.() !== 0;
  const address6 = options.address6 === undefined ? undefined : checkIp6(options.address6);
  const family = address6 === undefined ? NO_IPV6_SYSCTLS : IPV6_SYSCTLS;

  const scanner = await createNamespace({ kind: user ? 'user' : 'root' });
  let hosts: Namespace | undefined;
  try {
    hosts = await createNamespace({ kind: 'peer', of: scanner });
    await Promise.all([setSysctls(scanner, family), setSysctls(hosts, { ...family, ...HOST_SYSCTLS })]);
    await batch(scanner, [
      'link set lo up',
      `link add ${name} address ${mac} mtu ${mtu} type veth peer name ${UPLINK} mtu ${mtu} netns ${hosts.pid}`,
      `address add ${address}/${cidr.prefix} broadcast + dev ${name}`,
      ...(address6 === undefined ? [] : [`address add ${address6}/64 dev ${name} nodad`]),
      `link set ${name} up`,
    ]);
    // It carries the hosts' frames, and is none of them.
    await setSysctls(hosts, { [`ipv6.conf.${UPLINK}.disable_ipv6`]: 1 });
    await batch(hosts, ['link set lo up', `link set ${UPLINK} up`]);
    if (options.gateway !== undefined)
      await batch(scanner, [`route add default via ${checkIp(options.gateway, cidr)}`]);
    const lan = new Lan(cidr, { interface: name, address, mac }, scanner, hosts);
    await lan.addHosts(options.hosts ?? []);
    return lan;
  } catch (error) {
    await hosts?.close();
    await scanner.close();
    throw error;
  }
}

interface Placed {
  readonly host: Host;
  /** Names its interface (`h7`) and its routing table. */
  readonly index: number;
  readonly up: boolean;
}

interface OwnInterface {
  readonly interface: string;
  readonly address: string;
  readonly mac: string;
}

export class Lan {
  /** `10.66.0.0/24` */
  readonly network: string;
  /** The scanner's own interface, its address and its MAC. */
  readonly interface: string;
  readonly address: string;
  readonly mac: string;
  readonly scanner: Namespace;
  /** Where the hosts live: `hostSide.spawn` runs a server or a responder among them. */
  readonly hostSide: Namespace;
  readonly #cidr: Cidr;
  readonly #placed = new Map<string, Placed>();
  #claimSide: Namespace | undefined;
  #nextIndex = 1;
  #loss = 0;

  constructor(cidr: Cidr, self: OwnInterface, scanner: Namespace, hostSide: Namespace) {
    this.#cidr = cidr;
    this.network = formatCidr(cidr);
    this.interface = self.interface;
    this.address = self.address;
    this.mac = self.mac;
    this.scanner = scanner;
    this.hostSide = hostSide;
  }

  /** The hosts that stand now, in the order they came; without those that have no IPv4 address. */
  get hosts(): readonly Host[] {
    return [...this.#placed.values()].map(placed => placed.host).filter(({ ip }) => ip !== NO_IPV4);
  }

  /** Starts a command where the scanner runs. */
  spawn(command: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess {
    return this.scanner.spawn(command, args, options);
  }

  /** Runs a command where the scanner runs, to its end. */
  exec(command: string, args: readonly string[] = [], options: ExecOptions = {}): Promise<ExecResult> {
    return this.scanner.exec(command, args, options);
  }

  /** Two hosts may share an address (both answer), never a MAC. */
  async addHosts(hosts: readonly Host[]): Promise<void> {
    await this.#place(hosts.map(host => ({ ...this.#checkStation(host), ip: checkIp(host.ip, this.#cidr) })));
  }

  async #place(hosts: readonly Host[]): Promise<void> {
    const placed = hosts.map(host => ({ host, index: this.#nextIndex++, up: true }));
    if (new Set(placed.map(({ host }) => host.mac)).size < placed.length)
      throw new NetureonError('usage', 'two of these hosts have the same MAC');
    await batch(
      this.hostSide,
      placed.flatMap(({ host, index }) => [
        `link add link ${UPLINK} name h${index} address ${host.mac} type macvlan mode bridge bcqueuelen ${BROADCAST_QUEUE}`,
        ...(host.ip === NO_IPV4 ? [] : this.#addressLines('add', host.ip, index)),
        ...(host.ip6 === undefined ? [] : [`address add ${host.ip6}/64 dev h${index} nodad`]),
        ...this.#upLines(host, index),
      ]),
    );
    for (const one of placed) this.#placed.set(one.host.mac, one);
  }

  /** Hosts that speak IPv6 only, in a LAN with IPv6. */
  async addIpv6Hosts(hosts: readonly Omit<Host, 'ip'>[]): Promise<void> {
    await this.#place(hosts.map(host => this.#checkStation({ ...host, ip: NO_IPV4 })));
  }

  /** @param which a host's address or MAC, here and below */
  async removeHost(which: string): Promise<void> {
    const { host, index } = this.#find(which);
    const rules = host.ip === NO_IPV4 ? [] : [`rule del lookup ${tableOf(index)}`];
    await batch(this.hostSide, [...rules, `link del h${index}`]);
    this.#placed.delete(host.mac);
  }

  /** The host leaves its address for another, as after a new DHCP lease. */
  async moveHost(which: string, newIp: string): Promise<void> {
    const { host, index, up } = this.#find(which);
    const ip = checkIp(newIp, this.#cidr);
    await batch(this.hostSide, [
      ...this.#addressLines('del', host.ip, index),
      ...this.#addressLines('add', ip, index),
      ...(up ? this.#upLines(host, index) : []),
    ]);
    this.#placed.set(host.mac, { host: { ...host, ip }, index, up });
  }

  async setHostUp(which: string): Promise<void> {
    const placed = this.#find(which);
    await batch(this.hostSide, this.#upLines(placed.host, placed.index));
    this.#placed.set(placed.host.mac, { ...placed, up: true });
  }

  /** Off, as if its plug were pulled: it neither answers nor hears. */
  async setHostDown(which: string): Promise<void> {
    const placed = this.#find(which);
    await batch(this.hostSide, [`link set h${placed.index} down`]);
    this.#placed.set(placed.host.mac, { ...placed, up: false });
  }

  /** Every host loses this share of the ARP packets sent to it, each by its own dice. 0 ends it. */
  async loss(percent: number): Promise<void> {
    if (!Number.isInteger(percent) || percent < 0 || percent > 100)
      throw new NetureonError('usage', `not a percentage: ${percent}`);
    const rules = [
      ...(this.#loss > 0 ? [`delete table ${LOSS}`] : []),
      ...(percent > 0 ? lossRules(percent) : []),
    ];
    if (rules.length > 0) await this.hostSide.tool('nft', ['-f', '-'], `${rules.join('\n')}\n`);
    this.#loss = percent;
  }

  /**
   * One more station answers for every address of `cidr`, beside the hosts: 65,534 answers for the price of one. The
   * kernel copies each broadcast to every host, so a sweep of a /16 at full rate wants no hosts beside it: with none, all
   * 65,536 were answered, with 20 about two in three. Scripted stations (responder.ts) cost no copies.
   */
  async claimWhole(cidr: string, mac = '02:4e:45:54:00:02'): Promise<void> {
    const whole = parseCidr(cidr);
    if (whole === undefined) throw new NetureonError('usage', `not a network: ${cidr}`);
    const address = checkMac(mac);
    this.#claimSide ??= await createNamespace({ kind: 'peer', of: this.scanner });
    await setSysctls(this.#claimSide, CLAIM_SYSCTLS);
    const name = `c${this.#nextIndex++}`;
    await batch(this.hostSide, [
      `link add link ${UPLINK} name ${name} address ${address} type macvlan mode bridge bcqueuelen ${BROADCAST_QUEUE}`,
      `link set ${name} netns ${this.#claimSide.pid}`,
    ]);
    await batch(this.#claimSide, [
      'link set lo up',
      `link set ${name} up`,
      `route add local ${formatCidr(whole)} dev lo`,
      `route replace ${this.network} dev ${name}`,
    ]);
  }

  /** Kills what runs inside by our hand; the namespaces and their interfaces vanish. */
  async close(): Promise<void> {
    await this.#claimSide?.close();
    await this.hostSide.close();
    await this.scanner.close();
  }

  #find(which: string): Placed {
    const found =
      this.#placed.get(which.toLowerCase()) ??
      [...this.#placed.values()].find(({ host }) => host.ip === which);
    if (found === undefined) throw new NetureonError('usage', `no such host in the lab: ${which}`);
    return found;
  }

  #checkStation(host: Host): Host {
    const mac = checkMac(host.mac);
    if (this.#placed.has(mac))
      throw new NetureonError('usage', `a host with this MAC stands already: ${mac}`);
    return { ...host, mac, ...(host.ip6 === undefined ? {} : { ip6: checkIp6(host.ip6) }) };
  }

  /** A table per host, so that what it sends leaves through its own interface, with its own MAC. */
  #addressLines(verb: 'add' | 'del', ip: string, index: number): string[] {
    return [
      `address ${verb} ${ip}/${this.#cidr.prefix} dev h${index}${verb === 'add' ? ' noprefixroute' : ''}`,
      `rule ${verb} from ${ip} lookup ${tableOf(index)}`,
    ];
  }

  /** The kernel forgets an interface's routes whenever it goes down or loses its last address. */
  #upLines(host: Host, index: number): string[] {
    const route = `route replace ${this.network} dev h${index} table ${tableOf(index)}`;
    return [`link set h${index} up`, ...(host.ip === NO_IPV4 ? [] : [route])];
  }
}

const LOSS = 'arp netureon_lab';

function lossRules(percent: number): string[] {
  // nft refuses a comparison that always holds.
  const match = percent === 100 ? '' : `numgen random mod 100 < ${percent} `;
  return [
    `add table ${LOSS}`,
    `add chain ${LOSS} input { type filter hook input priority 0; }`,
    `add rule ${LOSS} input ${match}drop`,
  ];
}

/** Tables 253 to 255 are the kernel's. */
function tableOf(index: number): number {
  return 1000 + index;
}
