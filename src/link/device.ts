/**
 * link: this machine's network: its interfaces, the kernel's neighbour table, and devices that send and receive
 * frames, one file per kind. Imports wire and lib. Native calls are loaded by whoever opens a device, never by import.
 *
 * This file: what every kind of frame device offers, so that a sweep knows no operating system.
 */
export interface FrameDevice {
  readonly kind: 'packet' | 'file';
  /** Most frames one `send` takes; 0 where nothing can be sent. */
  readonly maxBatch: number;
  /**
   * Sends frames `first` to `first + count - 1` (from 0) of those that lie in `frames` one after the other,
   * `frameLength` octets each.
   * @returns how many the system took; fewer means its buffers are full: wait and send the rest again
   * @throws NetureonError io when the interface is down or gone
   */
  send(frames: Uint8Array, frameLength: number, count: number, first?: number): number;
  /**
   * As `send`, beside whatever the process does meanwhile; some devices cannot. The frames belong to it until it
   * resolves.
   */
  sendInBackground?(frames: Uint8Array, frameLength: number, count: number, first?: number): Promise<number>;
  /**
   * Hands over the frames that have arrived, without waiting, a bounded number at a time.
   * @returns how many; 0 when there are none
   * @throws NetureonError io when the interface is down or gone
   */
  receive(onFrame: FrameHandler): number;
  /** Frames lost so far because nobody fetched them in time. */
  dropped(): number;
  /** Idempotent. */
  close(): void;
}

/**
 * @param bytes the frame, valid only during the call
 * @param vlan the VLAN identifier of a tag that the system took off the frame, null when there was none
 * @param ageMs how long ago the frame arrived
 */
export type FrameHandler = (bytes: Uint8Array, vlan: number | null, ageMs: number) => void;
