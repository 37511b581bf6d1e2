import { expect, it } from 'vitest';
import { parseIpv4 } from '../../src/lib/ipv4.ts';
import type { Ipv4 } from '../../src/lib/ipv4.ts';
import { synAckFilter } from '../../src/link/syn-filter.ts';
import { fixtureFrame } from '../wire/fixture.ts';

/** The program, run as the kernel runs it (filter.rst); a load beyond the packet refuses it. */
function accepts(packet: Uint8Array, ip = '10.66.0.9', port = 22): boolean {
  const program = synAckFilter(parseIpv4(ip) as Ipv4, port);
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  let [accumulator, index] = [0, 0];
  try {
    for (let at = 0; ; at++) {
      const [code, onTrue, onFalse, operand] = program[at]!;
      if (code === 0x20) accumulator = view.getUint32(operand);
      else if (code === 0x28) accumulator = view.getUint16(operand);
      else if (code === 0x30) accumulator = view.getUint8(operand);
      else if (code === 0x48) accumulator = view.getUint16(index + operand);
      else if (code === 0x50) accumulator = view.getUint8(index + operand);
      else if (code === 0xb1) index = (view.getUint8(operand) & 15) * 4;
      else if (code === 0x54) accumulator &= operand;
      else if (code === 0x15) at += accumulator === operand ? onTrue : onFalse;
      else if (code === 0x45) at += accumulator & operand ? onTrue : onFalse;
      else if (code === 0x06) return operand > 0;
      else throw new Error('an instruction the program should not have');
    }
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const packet = (name: string, index: number) => fixtureFrame(name, index).slice(14);
const synAck = packet('tcp-connect', 1);
const changed = (at: number, value: number) => {
  const copy = Uint8Array.from(synAck);
  copy[at] = value;
  return copy;
};

it('lets the SYN-ACK of the address and port pass, whatever else its flags say', () => {
  expect(accepts(synAck)).toBe(true);
  expect(accepts(packet('tcp-syn-bare', 1))).toBe(true);
  expect(accepts(changed(33, 0x52))).toBe(true);
});

it('lets it pass behind IP options', () => {
  const longer = Uint8Array.from([...synAck.slice(0, 20), 1, 1, 1, 1, ...synAck.slice(20)]);
  longer[0] = 0x46;
  expect(accepts(longer)).toBe(true);
});

it('lets nothing else pass', () => {
  expect(accepts(synAck, '10.66.0.8')).toBe(false);
  expect(accepts(synAck, '10.66.0.9', 23)).toBe(false);
  expect(accepts(packet('tcp-connect', 0), '10.66.0.254', 22)).toBe(false);
  expect(accepts(packet('tcp-connect', 2))).toBe(false);
  expect(accepts(packet('tcp-refused', 1), '10.66.0.9', 23)).toBe(false);
  expect(accepts(packet('icmp-echo', 1))).toBe(false);
  expect(accepts(changed(9, 17))).toBe(false);
  expect(accepts(changed(7, 1))).toBe(false);
  for (let length = 0; length < 34; length++) expect(accepts(synAck.slice(0, length))).toBe(false);
});
