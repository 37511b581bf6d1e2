import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatIpv6 } from '../../src/lib/ipv6.ts';
import { formatMac } from '../../src/lib/mac.ts';
import { neighbourRequest, parseNeighbourChunk } from '../../src/link/neighbour-message.ts';

/** Of the request with sequence number 7. */
const ANSWER = Uint8Array.from(
  Buffer.from(
    readFileSync(new URL('../fixtures/link/neighbours-ipv6.hex', import.meta.url), 'utf8').trim(),
    'hex',
  ),
);
/** The kernel may end a datagram, or begin another, with the message that says that this was all. */
const TABLE = ANSWER.subarray(0, -20);
const DONE = ANSWER.subarray(-20);

const entries = (bytes: Uint8Array, sequence = 7) =>
  parseNeighbourChunk(bytes, sequence).neighbours.map(
    ({ ip, mac, interfaceIndex, reachable }) =>
      `${formatIpv6(ip)} ${formatMac(mac)} ${interfaceIndex} ${reachable ? 'reachable' : 'stale'}`,
  );

it('reads what a kernel answers: the resolved, and neither the failed, the permanent nor the multicast', () => {
  expect(entries(TABLE).toSorted()).toEqual([
    'fd66::2 02:00:00:00:00:02 2 stale',
    'fd66::3 02:00:00:00:00:03 2 reachable',
    'fd66::7 02:00:00:00:00:07 2 reachable',
  ]);
  expect(parseNeighbourChunk(TABLE, 7)).toMatchObject({ done: false, interrupted: false, errno: 0 });
  expect(parseNeighbourChunk(ANSWER, 7).neighbours.length).toBe(3);
  expect(parseNeighbourChunk(DONE, 7)).toEqual({ neighbours: [], done: true, interrupted: false, errno: 0 });
});

it('passes over the answers to others', () => {
  expect(parseNeighbourChunk(TABLE, 8).neighbours).toEqual([]);
  expect(parseNeighbourChunk(DONE, 8).done).toBe(false);
});

it('says when the table changed meanwhile, and when the kernel refuses', () => {
  const changed = Uint8Array.from(DONE);
  changed[6] = (changed[6] ?? 0) | 0x10;
  expect(parseNeighbourChunk(changed, 7)).toMatchObject({ done: true, interrupted: true });
  const refused = Uint8Array.from(DONE);
  refused[4] = 2;
  refused.set([0xff, 0xff, 0xff, 0xff], 16);
  expect(parseNeighbourChunk(refused, 7)).toMatchObject({ done: true, errno: 1 });
});

it('asks as rtnetlink(7) has it', () => {
  expect(Buffer.from(neighbourRequest(7)).toString('hex')).toBe(
    '1c0000001e00010307000000000000000a0000000000000000000000',
  );
});

it('takes any bytes', () => {
  for (let length = 0; length < TABLE.length; length++)
    expect(entries(TABLE.slice(0, length)).length).toBeLessThanOrEqual(3);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(TABLE.length - 1), fc.nat(255)), { maxLength: 20 }), changes => {
      const bytes = Uint8Array.from(TABLE);
      for (const [at, octet] of changes) bytes[at] = octet;
      expect(parseNeighbourChunk(bytes, 7).neighbours.length).toBeLessThanOrEqual(TABLE.length / 28);
    }),
  );
});
