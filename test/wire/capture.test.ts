import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCapture } from '../../src/wire/capture.ts';
import { WireError } from '../../src/wire/error.ts';
import { bigEndian, pcapng } from './captures.ts';
import { fixtureFile, fixtureFrame } from './fixture.ts';
import { mutate, random } from './mutate.ts';

/** How many frames a file yields, and what it ends with. */
function read(file: Uint8Array): string {
  let count = 0;
  try {
    for (const frame of readCapture(file)) {
      count++;
      if (frame.bytes.length > file.length) throw new Error('more than the file holds');
    }
  } catch (error) {
    if (error instanceof WireError) return `${count} then ${error.layer}/${error.reason}@${error.offset}`;
    throw error;
  }
  return `${count}`;
}

describe('classic pcap', () => {
  it('reads what tcpdump wrote, in microseconds', () => {
    const frames = [...readCapture(fixtureFile('arp-scan'))];
    expect(frames.map(({ bytes, originalLength }) => [bytes.length, originalLength])).toEqual([
      [42, 42],
      [42, 42],
    ]);
    expect(new Date(frames[0]?.timeMs ?? 0).toISOString()).toBe('2026-11-20T09:19:30.609Z');
    expect((frames[1]?.timeMs ?? 0) - (frames[0]?.timeMs ?? 0)).toBeCloseTo(0.145, 3);
  });

  it('reads nanoseconds', () => {
    const [request, reply] = [...readCapture(fixtureFile('arping-nanoseconds'))];
    expect(new Date(request?.timeMs ?? 0).toISOString()).toBe('2026-11-20T09:19:37.859Z');
    expect((reply?.timeMs ?? 0) - (request?.timeMs ?? 0)).toBeCloseTo(0.107, 2);
  });

  it('reads the other byte order alike', () => {
    const file = fixtureFile('kernel');
    expect([...readCapture(bigEndian(file))]).toEqual([...readCapture(file)]);
  });

  it('yields the whole packets of a file cut anywhere', () => {
    const file = fixtureFile('kernel');
    for (let length = 0; length < file.length; length++) {
      const whole = length < 24 ? 0 : Math.floor((length - 24) / 58);
      const atBoundary = length >= 24 && (length - 24) % 58 === 0;
      expect(read(file.slice(0, length))).toBe(
        atBoundary ? `${whole}` : `${whole} then pcap/truncated@${length}`,
      );
    }
  });

  it.each([
    ['no capture at all', [0, 0x50], '0 then pcap/magic@0'],
    ['a version to come', [4, 3], '0 then pcap/version@4'],
    ['another link type', [20, 113], '0 then pcap/link-type@20'],
    ['a damaged length', [35, 0x7f], '0 then pcap/oversize@32'],
  ])('refuses %s', (_, [at = 0, value = 0], outcome) => {
    const file = Uint8Array.from(fixtureFile('kernel'));
    file[at] = value;
    expect(read(file)).toBe(outcome);
  });
});

describe('pcapng', () => {
  const request = fixtureFrame('kernel', 0);
  const reply = fixtureFrame('kernel', 1);

  it.each([true, false])('reads enhanced and simple packets, little endian %s', littleEndian => {
    const file = pcapng({ littleEndian, resolution: 9, frames: [request, reply], simple: [request] });
    const frames = [...readCapture(file)];
    expect(frames.map(({ bytes }) => Uint8Array.from(bytes))).toEqual([request, reply, request]);
    expect(frames.map(({ timeMs }) => timeMs)).toEqual([1_700_000_000_000, 1_700_000_000_001, 0]);
  });

  it('reads resolutions in powers of two', () => {
    const [frame] = [
      ...readCapture(pcapng({ littleEndian: true, resolution: 0x80 | 10, frames: [request] })),
    ];
    expect(frame?.timeMs).toBeCloseTo(1_700_000_000_000, 0);
  });

  it('refuses what is not Ethernet, cut short or contradictory', () => {
    const file = pcapng({ littleEndian: true, resolution: 6, frames: [request] });
    expect(read(pcapng({ littleEndian: true, resolution: 6, frames: [request], linkType: 113 }))).toMatch(
      /^0 then pcap\/link-type/,
    );
    for (let length = 4; length < file.length; length++)
      expect(read(file.slice(0, length))).toMatch(/^0(?: then pcap\/truncated@\d+)?$/);
    const odd = Uint8Array.from(file);
    odd[4] = 29;
    expect(read(odd)).toBe('0 then pcap/length@4');
  });
});

it('throws nothing but WireError for any file', () => {
  const seeds = [
    fixtureFile('kernel'),
    fixtureFile('arping-nanoseconds'),
    pcapng({ littleEndian: true, resolution: 9, frames: [fixtureFrame('kernel')] }),
  ];
  const dice = random(2);
  for (let i = 0; i < 5000; i++) {
    const file = Uint8Array.from(mutate(seeds[i % seeds.length] as Uint8Array, dice));
    expect(read(file)).toMatch(/^\d+(?: then pcap\/[a-z-]+@\d+)?$/);
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => void read(bytes)));
});
