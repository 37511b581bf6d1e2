/**
 * The array of struct mmsghdr that sendmmsg(2) and recvmmsg(2) work on: many frames per system call. For receiving, every
 * message has a slot of its own for the frame and one for control messages; for sending, it points into the caller's.
 */
import type { Libc } from './libc.ts';

// struct mmsghdr on 64-bit Linux: msg_iov at 16, msg_iovlen 24, msg_control 32, msg_controllen 40, msg_len 56.
const IOV = 16;
const IOV_COUNT = 24;
const CONTROL = 32;
const CONTROL_LENGTH = 40;
const MESSAGE_LENGTH = 56;
const HEADER_SIZE = 64;
/** struct iovec: base and length. */
const IOVEC_SIZE = 16;

export class MessageVector {
  readonly headers: Uint8Array;
  /** Slot `i` begins at `i * slotSize`. */
  readonly slots: Uint8Array;
  readonly control: Uint8Array;
  readonly #headerView: DataView;
  readonly #iovecs: Uint8Array;
  readonly #iovecView: DataView;
  readonly #libc: Libc;
  readonly #slotSize: number;
  readonly #controlSize: number;
  /** Keeps what the messages point at alive. */
  #frames: Uint8Array | undefined;
  #frameLength = 0;

  constructor(libc: Libc, count: number, slotSize = 0, controlSize = 0) {
    this.#libc = libc;
    this.#slotSize = slotSize;
    this.#controlSize = controlSize;
    this.headers = new Uint8Array(count * HEADER_SIZE);
    this.slots = new Uint8Array(Math.max(1, count * slotSize));
    this.control = new Uint8Array(Math.max(1, count * controlSize));
    this.#iovecs = new Uint8Array(count * IOVEC_SIZE);
    this.#headerView = new DataView(this.headers.buffer);
    this.#iovecView = new DataView(this.#iovecs.buffer);
    const slots = libc.address(this.slots);
    const control = libc.address(this.control);
    const iovecs = libc.address(this.#iovecs);
    for (let i = 0; i < count; i++) {
      this.#setIovec(i, slots + BigInt(i * slotSize), slotSize);
      const header = i * HEADER_SIZE;
      this.#headerView.setBigUint64(header + IOV, iovecs + BigInt(i * IOVEC_SIZE), true);
      this.#headerView.setUint32(header + IOV_COUNT, 1, true);
      if (controlSize === 0) continue;
      this.#headerView.setBigUint64(header + CONTROL, control + BigInt(i * controlSize), true);
      this.#headerView.setUint32(header + CONTROL_LENGTH, controlSize, true);
    }
  }

  /** Lets message `i` stand for the `length` octets of `frames` from `i * length` on, for every `i`. */
  pointAt(frames: Uint8Array, length: number): void {
    if (this.#frames === frames && this.#frameLength === length) return;
    this.#frames = frames;
    this.#frameLength = length;
    const address = this.#libc.address(frames);
    const count = Math.min(this.headers.length / HEADER_SIZE, Math.floor(frames.length / length));
    for (let i = 0; i < count; i++) this.#setIovec(i, address + BigInt(i * length), length);
  }

  /** The messages from number `first` on. */
  headersFrom(first: number): Uint8Array {
    return first === 0 ? this.headers : this.headers.subarray(first * HEADER_SIZE);
  }

  #setIovec(i: number, address: bigint, length: number): void {
    this.#iovecView.setBigUint64(i * IOVEC_SIZE, address, true);
    this.#iovecView.setUint32(i * IOVEC_SIZE + 8, length, true);
  }

  /** How much of slot `i` was received. */
  receivedLength(i: number): number {
    return Math.min(this.#slotSize, this.#headerView.getUint32(i * HEADER_SIZE + MESSAGE_LENGTH, true));
  }

  /** How much of control slot `i` was filled; makes the slot whole again for the next call. */
  takeControlLength(i: number): number {
    const at = i * HEADER_SIZE + CONTROL_LENGTH;
    const length = this.#headerView.getUint32(at, true);
    this.#headerView.setUint32(at, this.#controlSize, true);
    return length;
  }
}
