/** Capture files that no tool at hand writes, built around recorded frames. */

/** A little-endian classic pcap in the other byte order. */
export function bigEndian(file: Uint8Array): Uint8Array {
  const out = Uint8Array.from(file);
  const swap = (at: number, size: number) => out.subarray(at, at + size).reverse();
  for (const at of [0, 8, 12, 16, 20]) swap(at, 4);
  for (const at of [4, 6]) swap(at, 2);
  for (let at = 24; at < out.length;) {
    const length = new DataView(out.buffer).getUint32(at + 8, true);
    for (const field of [0, 4, 8, 12]) swap(at + field, 4);
    at += 16 + length;
  }
  return out;
}

interface PcapngOptions {
  readonly littleEndian: boolean;
  /** if_tsresol: a power of ten, or of two with the top bit set. */
  readonly resolution: number;
  /** One millisecond apart, from 14 November 2023, 22:13:20 UTC. */
  readonly frames: readonly Uint8Array[];
  readonly simple?: readonly Uint8Array[];
  readonly linkType?: number;
}

export function pcapng(options: PcapngOptions): Uint8Array {
  const { littleEndian, resolution, frames, simple = [], linkType = 1 } = options;
  const perMs = (resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution) / 1e3;
  const u16 = (value: number) => number(value, 2);
  const u32 = (value: number) => number(value, 4);
  const number = (value: number, size: 2 | 4): number[] => {
    const view = new DataView(new ArrayBuffer(size));
    if (size === 2) view.setUint16(0, value, littleEndian);
    else view.setUint32(0, value, littleEndian);
    return [...new Uint8Array(view.buffer)];
  };
  const padded = (bytes: readonly number[]) => [
    ...bytes,
    ...Array<number>((4 - (bytes.length % 4)) % 4).fill(0),
  ];
  const block = (type: number, body: readonly number[]) => {
    const length = u32(12 + padded(body).length);
    return [...u32(type), ...length, ...padded(body), ...length];
  };
  const timestamp = (ms: number) => {
    const units = Math.round(ms * perMs);
    return [...u32(Math.floor(units / 2 ** 32)), ...u32(units % 2 ** 32)];
  };
  return Uint8Array.from([
    ...block(0x0a0d0d0a, [...u32(0x1a2b3c4d), ...u16(1), ...u16(0), ...Array<number>(8).fill(0xff)]),
    ...block(1, [
      ...u16(linkType),
      ...u16(0),
      ...u32(0),
      ...u16(9),
      ...u16(1),
      resolution,
      0,
      0,
      0,
      ...u32(0),
    ]),
    ...block(5, u32(0)), // interface statistics: stepped over
    ...frames.flatMap((frame, i) =>
      block(6, [
        ...u32(0),
        ...timestamp(1_700_000_000_000 + i),
        ...u32(frame.length),
        ...u32(frame.length),
        ...frame,
      ]),
    ),
    ...simple.flatMap(frame => block(3, [...u32(frame.length), ...frame])),
  ]);
}
