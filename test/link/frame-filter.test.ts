import { expect, it } from 'vitest';
import type { FrameFilter } from '../../src/link/frame-filter.ts';
import { arpFilter, icmpv6Filter } from '../../src/link/frame-filter.ts';
import { fixtureFrame } from '../wire/fixture.ts';

/** The instructions of the programs, run as the kernel runs them (filter.rst); a load beyond the frame refuses it. */
function accepts(frame: Uint8Array, { code, length }: FrameFilter = arpFilter()): boolean {
  const view = new DataView(code.buffer);
  let accumulator = 0;
  for (let at = 0; at < length; at++) {
    const operand = view.getUint32(at * 8 + 4, true);
    switch (view.getUint16(at * 8, true)) {
      case 0x28:
        if (operand + 2 > frame.length) return false;
        accumulator = ((frame[operand] ?? 0) << 8) | (frame[operand + 1] ?? 0);
        break;
      case 0x30:
        if (operand >= frame.length) return false;
        accumulator = frame[operand] ?? 0;
        break;
      case 0x15:
        at += view.getUint8(at * 8 + (accumulator === operand ? 2 : 3));
        break;
      case 0x06:
        return operand > 0;
      default:
        throw new Error('an instruction the program should not have');
    }
  }
  throw new Error('the program runs past its end');
}

const arp = fixtureFrame('arp-scan');
const ofType = (type: number, rest: readonly number[] = []) =>
  Uint8Array.from([...arp.slice(0, 12), type >> 8, type & 255, ...rest, ...arp.slice(14)]);
const ARP = [0x08, 0x06];

it('lets ARP pass, untagged and with one or two tags', () => {
  expect(accepts(arp)).toBe(true);
  expect(accepts(fixtureFrame('arp-scan-vlan'))).toBe(true);
  for (const tag of [0x8100, 0x88a8, 0x9100]) {
    expect(accepts(ofType(tag, [0, 7, ...ARP]))).toBe(true);
    expect(accepts(ofType(tag, [0, 7, 0x81, 0x00, 0, 8, ...ARP]))).toBe(true);
  }
});

it('lets nothing else pass', () => {
  for (const type of [0x0800, 0x86dd, 0x8035, 0x0805, 0x0600, 36]) {
    expect(accepts(ofType(type))).toBe(false);
    expect(accepts(ofType(0x8100, [0, 7, type >> 8, type & 255]))).toBe(false);
  }
  expect(accepts(ofType(0x8100, [0, 7, 0x81, 0x00, 0, 8, 0x81, 0x00, 0, 9, ...ARP]))).toBe(false);
  for (let length = 0; length < 14; length++) expect(accepts(arp.slice(0, length))).toBe(false);
});

it('lets ICMPv6 pass, with hop-by-hop options or without, and nothing else', () => {
  const passes = (frame: Uint8Array) => accepts(frame, icmpv6Filter());
  for (const name of ['nd-solicitation', 'nd-dad', 'nd-echo', 'mld1', 'mld2']) {
    const frame = fixtureFrame(name);
    expect(passes(frame)).toBe(true);
    expect(passes(Uint8Array.from([...frame.slice(0, 12), 0x81, 0, 0, 7, ...frame.slice(12)]))).toBe(false);
    for (let length = 0; length < 21; length++) expect(passes(frame.slice(0, length))).toBe(false);
    const udp = Uint8Array.from(frame);
    udp[frame[20] === 0 ? 54 : 20] = 17;
    expect(passes(udp)).toBe(false);
  }
  expect(passes(fixtureFrame('mld2').slice(0, 54))).toBe(false);
  expect(passes(arp)).toBe(false);
});
