/** Frames out of a capture file instead of the wire. */
import { readFile, stat } from 'node:fs/promises';
import { messageOf, NetureonError } from '../lib/errors.ts';
import { readCapture } from '../wire/capture.ts';
import { WireError } from '../wire/error.ts';
import type { FrameDevice, FrameHandler } from './device.ts';

/** The file is held in memory whole. */
const MAX_FILE_SIZE = 512 * 1024 * 1024;

export interface PcapDevice extends FrameDevice {
  /** What was wrong with the file, once it has been read; the frames before it were handed over. */
  readonly damage: WireError | null;
}

/** @throws NetureonError usage when the file cannot be read or is too large */
export async function openPcapDevice(path: string): Promise<PcapDevice> {
  return new PcapFile(await readBounded(path));
}

async function readBounded(path: string): Promise<Uint8Array> {
  try {
    const stats = await stat(path);
    // A pipe or a device has no end that could be waited for.
    if (!stats.isFile()) throw new NetureonError('usage', `${path} is not a file`);
    if (stats.size <= MAX_FILE_SIZE) return await readFile(path);
  } catch (cause) {
    if (cause instanceof NetureonError) throw cause;
    throw new NetureonError('usage', `cannot read the capture ${path}: ${messageOf(cause)}`, { cause });
  }
  throw new NetureonError('usage', `the capture ${path} is larger than 512 MiB`, {
    remedy: `Keep its ARP frames only: tcpdump -r ${path} -w arp.pcap arp`,
  });
}

class PcapFile implements PcapDevice {
  readonly kind = 'file';
  readonly maxBatch = 0;
  readonly #file: Uint8Array;
  #read = false;
  #damage: WireError | null = null;

  constructor(file: Uint8Array) {
    this.#file = file;
  }

  get damage(): WireError | null {
    return this.#damage;
  }

  /** A file takes no frames. */
  send(): 0 {
    return 0;
  }

  receive(onFrame: FrameHandler): number {
    if (this.#read) return 0;
    this.#read = true;
    let count = 0;
    try {
      for (const frame of readCapture(this.#file)) {
        onFrame(frame.bytes, null, 0);
        count++;
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#damage = error;
    }
    return count;
  }

  dropped(): number {
    return 0;
  }

  close(): void {
    this.#read = true;
  }
}
