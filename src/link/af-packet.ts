/**
 * Frames through a packet socket (packet(7)), bound to one interface, filtered by the kernel: only ARP arrives, or what
 * another filter lets pass.
 * Needs CAP_NET_RAW in the network's user namespace and nothing else.
 */
import { NetureonError } from '../lib/errors.ts';
import type { Mac } from '../lib/mac.ts';
import { writeMac } from '../lib/mac.ts';
import { arpFilter } from './frame-filter.ts';
import type { FrameFilter } from './frame-filter.ts';
import { IFF_RUNNING, interfaceFlags } from './interface-request.ts';
import type { FrameDevice, FrameHandler } from './device.ts';
import { loadLibc } from './libc.ts';
import type { Libc } from './libc.ts';
import { MessageVector } from './message-vector.ts';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const ETH_P_ALL = 0x0003;
const CLOCK_REALTIME = 0;

const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_ATTACH_FILTER = 26;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SO_TIMESTAMPNS = 35;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_MR_MULTICAST = 0;
const PACKET_MR_PROMISC = 1;
const PACKET_STATISTICS = 6;
const PACKET_AUXDATA = 8;
const PACKET_IGNORE_OUTGOING = 23;
const TP_STATUS_VLAN_VALID = 0x10;

/** Room for a burst of some ten thousand ARP frames. Beyond net.core.rmem_max only with CAP_NET_ADMIN. */
const RECEIVE_BUFFER = 8 * 1024 * 1024;
/** Room for four whole batches: each frame counts about 0.8 KiB there. */
const SEND_BUFFER = 2 * 1024 * 1024;
const SEND_BATCH = 512;
const RECEIVE_BATCH = 128;
/** Above the longest frame that wire accepts, so that an oversize one is seen as such. */
const RECEIVE_SLOT = 2048;
/** struct cmsghdr (16) with a timespec (16), and another with a struct tpacket_auxdata (20), each padded to eight. */
const CONTROL_SLOT = 128;
/** A flood must not keep the process from hearing a signal. */
const MAX_FRAMES_PER_RECEIVE = 4096;

/** The system's buffers are full: expected under load, gone in a moment. */
const BUSY = new Set(['EAGAIN', 'EWOULDBLOCK', 'ENOBUFS', 'EINTR']);

export interface PacketDeviceOptions {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  /** The program that lacks the capability when it is missing: named in the remedy. */
  readonly nodePath: string;
  /** ARP by default. */
  readonly filter?: FrameFilter;
  /** Groups that the interface is to listen to as well, as long as the device is open. */
  readonly groups?: readonly Mac[];
  /**
   * Hear the frames of VLANs that the system takes no part in as well. Many network cards throw these away unless they
   * are told to let everything pass, which lasts as long as the socket does.
   */
  readonly tagged?: boolean;
}

/** @throws NetureonError permission without CAP_NET_RAW, io when the interface is gone or down */
export async function openPacketDevice(options: PacketDeviceOptions): Promise<FrameDevice> {
  const libc = await loadLibc();
  // Protocol 0 hears nothing: the filter is in place before the first frame can arrive.
  const fd = libc.socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw failure(libc.errno(), 'open a packet socket', options);
  try {
    configure(libc, fd, options);
    return new PacketDevice(libc, fd, options);
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

function configure(libc: Libc, fd: number, options: PacketDeviceOptions): void {
  const set = (level: number, name: number, value: Uint8Array) =>
    libc.setsockopt(fd, level, name, value, value.length) === 0;
  const must = (done: boolean, what: string) => {
    if (!done) throw failure(libc.errno(), what, options);
  };
  const { passes, code, length } = options.filter ?? arpFilter();
  const program = new DataView(new ArrayBuffer(16)); // struct sock_fprog
  program.setUint16(0, length, true);
  program.setBigUint64(8, libc.address(code), true);
  must(set(SOL_SOCKET, SO_ATTACH_FILTER, new Uint8Array(program.buffer)), `attach the ${passes} filter`);
  if (!set(SOL_SOCKET, SO_RCVBUFFORCE, int(RECEIVE_BUFFER)))
    must(set(SOL_SOCKET, SO_RCVBUF, int(RECEIVE_BUFFER)), 'size the receive buffer');
  if (!set(SOL_SOCKET, SO_SNDBUFFORCE, int(SEND_BUFFER)))
    must(set(SOL_SOCKET, SO_SNDBUF, int(SEND_BUFFER)), 'size the send buffer');
  must(set(SOL_SOCKET, SO_TIMESTAMPNS, int(1)), 'ask for arrival times');
  must(set(SOL_PACKET, PACKET_AUXDATA, int(1)), 'ask for VLAN tags');
  // Before Linux 4.20 it fails: our own requests then come back to us, and a sweep disregards its own MAC.
  set(SOL_PACKET, PACKET_IGNORE_OUTGOING, int(1));

  const address = new DataView(new ArrayBuffer(20)); // struct sockaddr_ll
  address.setUint16(0, AF_PACKET, true);
  address.setUint16(2, ETH_P_ALL, false);
  address.setInt32(4, options.interfaceIndex, true);
  must(libc.bind(fd, new Uint8Array(address.buffer), 20) === 0, `bind to ${options.interfaceName}`);
  for (const group of options.groups ?? [])
    must(set(SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership(options.interfaceIndex, group)), 'join a group');
  if (options.tagged === true)
    must(set(SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership(options.interfaceIndex, null)), 'hear all VLANs');
}

/** struct packet_mreq: ends with the interface. @param group null for every frame there is */
function membership(interfaceIndex: number, group: Mac | null): Uint8Array {
  const request = new DataView(new ArrayBuffer(16));
  request.setInt32(0, interfaceIndex, true);
  request.setUint16(4, group === null ? PACKET_MR_PROMISC : PACKET_MR_MULTICAST, true);
  request.setUint16(6, 6, true);
  const bytes = new Uint8Array(request.buffer);
  if (group !== null) writeMac(bytes, 8, group);
  return bytes;
}

function int(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

function failure(errno: string, what: string, options: PacketDeviceOptions): NetureonError {
  if (errno === 'EPERM' || errno === 'EACCES')
    return new NetureonError(
      'permission',
      `sending ${(options.filter ?? arpFilter()).passes} needs the capability CAP_NET_RAW`,
      {
        remedy: `Grant it once: sudo setcap cap_net_raw+ep ${options.nodePath}`,
      },
    );
  if (errno === 'ENETDOWN' || errno === 'ENODEV' || errno === 'ENXIO')
    return new NetureonError('io', `interface ${options.interfaceName} is down or gone`, {
      remedy: `See whether it is up and plugged in: ip link show ${options.interfaceName}`,
    });
  return new NetureonError('io', `cannot ${what} on ${options.interfaceName}: ${errno}`);
}

class PacketDevice implements FrameDevice {
  readonly kind = 'packet';
  readonly maxBatch = SEND_BATCH;
  readonly #libc: Libc;
  readonly #options: PacketDeviceOptions;
  /** One for each buffer that frames are sent from: two batches may be under way at once. */
  readonly #outgoing = new Map<Uint8Array, MessageVector>();
  readonly #incoming: MessageVector;
  readonly #control: DataView;
  readonly #now = new BigInt64Array(2);
  /** The frame in each slot: nearly all are as long as the one before. */
  readonly #frames: Uint8Array[] = [];
  /** What the control messages of the message at hand say. */
  #vlan: number | null = null;
  #arrivedMs = 0;
  #dropped = 0;
  #fd: number;

  constructor(libc: Libc, fd: number, options: PacketDeviceOptions) {
    this.#libc = libc;
    this.#fd = fd;
    this.#options = options;
    this.#incoming = new MessageVector(libc, RECEIVE_BATCH, RECEIVE_SLOT, CONTROL_SLOT);
    this.#control = new DataView(this.#incoming.control.buffer);
  }

  send(frames: Uint8Array, frameLength: number, count: number, first = 0): number {
    const messages = this.#messagesOf(frames, frameLength).headersFrom(first);
    const sent = this.#libc.sendmmsg(this.#fd, messages, count, 0);
    return sent >= 0 ? sent : this.#tolerate('send');
  }

  async sendInBackground(frames: Uint8Array, frameLength: number, count: number, first = 0): Promise<number> {
    const messages = this.#messagesOf(frames, frameLength).headersFrom(first);
    const sent = await this.#libc.sendmmsgInBackground(this.#fd, messages, count, 0);
    // The reason stayed with the other thread; asking once more tells it.
    return sent >= 0 ? sent : this.send(frames, frameLength, count, first);
  }

  #messagesOf(frames: Uint8Array, frameLength: number): MessageVector {
    const known = this.#outgoing.get(frames);
    const messages = known ?? new MessageVector(this.#libc, SEND_BATCH);
    if (known === undefined) this.#outgoing.set(frames, messages);
    messages.pointAt(frames, frameLength);
    return messages;
  }

  receive(onFrame: FrameHandler): number {
    this.#requireLink();
    let total = 0;
    let count;
    do {
      count = this.#libc.recvmmsg(this.#fd, this.#incoming.headers, RECEIVE_BATCH, 0, null);
      if (count < 0) return total + this.#tolerate('receive');
      if (count > 0) this.#handOver(count, onFrame);
      total += count;
    } while (count === RECEIVE_BATCH && total < MAX_FRAMES_PER_RECEIVE);
    return total;
  }

  /** Without a carrier the system goes on taking frames and drops them: silence would look like absence. */
  #requireLink(): void {
    const { interfaceName } = this.#options;
    const flags = interfaceFlags(this.#libc, this.#fd, interfaceName);
    if ((flags & IFF_RUNNING) === 0) throw failure('ENETDOWN', 'receive', this.#options);
  }

  /** Nothing done, for a reason that passes; throws for any other. */
  #tolerate(what: string): 0 {
    const errno = this.#libc.errno();
    if (BUSY.has(errno)) return 0;
    throw failure(errno, what, this.#options);
  }

  #handOver(count: number, onFrame: FrameHandler): void {
    const { slots } = this.#incoming;
    this.#libc.clockGettime(CLOCK_REALTIME, this.#now);
    const nowMs = Number(this.#now[0]) * 1e3 + Number(this.#now[1]) / 1e6;
    for (let i = 0; i < count; i++) {
      this.#readControl(i, nowMs);
      const length = this.#incoming.receivedLength(i);
      let frame = this.#frames[i];
      if (frame?.length !== length) {
        frame = slots.subarray(i * RECEIVE_SLOT, i * RECEIVE_SLOT + length);
        this.#frames[i] = frame;
      }
      // The wall clock may have been set between arrival and now.
      onFrame(frame, this.#vlan, Math.max(0, nowMs - this.#arrivedMs));
    }
  }

  /** The control messages (cmsg(3)) of message `i`: the VLAN, or null, and when it arrived, or else now. */
  #readControl(i: number, nowMs: number): void {
    const view = this.#control;
    this.#vlan = null;
    this.#arrivedMs = nowMs;
    const end = i * CONTROL_SLOT + this.#incoming.takeControlLength(i);
    for (let at = i * CONTROL_SLOT; at + 16 <= end;) {
      const length = view.getUint32(at, true);
      if (length < 16) break;
      const level = view.getInt32(at + 8, true);
      const type = view.getInt32(at + 12, true);
      const data = at + 16;
      if (level === SOL_SOCKET && type === SO_TIMESTAMPNS)
        this.#arrivedMs = readUint53(view, data) * 1e3 + readUint53(view, data + 8) / 1e6;
      // struct tpacket_auxdata: tp_status at 0, tp_vlan_tci at 16.
      if (
        level === SOL_PACKET &&
        type === PACKET_AUXDATA &&
        view.getUint32(data, true) & TP_STATUS_VLAN_VALID
      )
        this.#vlan = view.getUint16(data + 16, true) & 0x0fff;
      at += (length + 7) & ~7;
    }
  }

  dropped(): number {
    if (this.#fd < 0) return this.#dropped;
    const statistics = new Uint32Array(2); // struct tpacket_stats: packets, drops; reading sets it to zero
    const value = new Uint8Array(statistics.buffer);
    if (this.#libc.getsockopt(this.#fd, SOL_PACKET, PACKET_STATISTICS, value, Uint32Array.of(8)) === 0)
      this.#dropped += statistics[1] ?? 0;
    return this.#dropped;
  }

  close(): void {
    if (this.#fd < 0) return;
    this.dropped();
    this.#libc.close(this.#fd);
    this.#fd = -1;
  }
}

function readUint53(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * 2 ** 32 + view.getUint32(offset, true);
}
