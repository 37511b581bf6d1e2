import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIpv6 } from '../../src/lib/ipv6.ts';
import { formatMac } from '../../src/lib/mac.ts';
import type { Ipv4 } from '../../src/lib/ipv4.ts';
import {
  ipv4NeighbourRequest,
  neighbourRequest,
  parseIpv4Answer,
  parseNeighbourChunk,
} from '../../src/link/neighbour-message.ts';

/** Answers to requests with sequence number 7. */
const fixture = (name: string) =>
  Uint8Array.from(
    Buffer.from(readFileSync(new URL(`../fixtures/link/${name}.hex`, import.meta.url), 'utf8').trim(), 'hex'),
  );

const ANSWER = fixture('neighbours-ipv6');
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

describe('one IPv4 neighbour', () => {
  const REACHABLE = fixture('neighbour-ipv4-reachable');
  const of = (name: string) => parseIpv4Answer(fixture(`neighbour-ipv4-${name}`), 7);

  it('has the MAC the kernel was last told of, and the time since', () => {
    expect(of('reachable')).toEqual({ neighbour: { mac: 0x020000000005, ageMs: 1660 }, errno: 0 });
    expect(of('stale')).toEqual({ neighbour: { mac: 0x020000000002, ageMs: 1660 }, errno: 0 });
  });

  it('was confirmed or updated, whichever is later', () => {
    const [confirmed, updated] = [60, 68];
    const aged = Uint8Array.from(fixture('neighbour-ipv4-stale'));
    aged.set([0x00, 0x00, 0x01, 0x00], updated);
    expect(parseIpv4Answer(aged, 7)?.neighbour?.ageMs).toBe(61_660);
    aged.set([0x10, 0x27, 0x00, 0x00], confirmed);
    expect(parseIpv4Answer(aged, 7)?.neighbour?.ageMs).toBe(100_000);
  });

  it('is none where a person has fixed the entry, where nobody is known, and while the kernel asks', () => {
    expect(of('permanent')).toEqual({ neighbour: null, errno: 0 });
    expect(of('none')).toEqual({ neighbour: null, errno: 2 });
    const incomplete = Uint8Array.from(REACHABLE);
    incomplete[24] = 0x01;
    expect(parseIpv4Answer(incomplete, 7)).toEqual({ neighbour: null, errno: 0 });
  });

  it('is not taken from the answer to another request, nor from one of another family', () => {
    expect(parseIpv4Answer(REACHABLE, 8)).toBeNull();
    expect(parseIpv4Answer(ANSWER, 7)).toEqual({ neighbour: null, errno: 0 });
  });

  it('is asked for as rtnetlink(7) has it', () => {
    expect(Buffer.from(ipv4NeighbourRequest(7, 0x0a420001 as Ipv4, 3)).toString('hex')).toBe(
      '240000001e0001000700000000000000020000000300000000000000080001000a420001',
    );
  });

  it('takes any bytes', () => {
    for (let length = 0; length < REACHABLE.length; length++)
      expect(parseIpv4Answer(REACHABLE.slice(0, length), 7)).toBeNull();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(REACHABLE.length - 1), fc.nat(255)), { maxLength: 20 }),
        changes => {
          const bytes = Uint8Array.from(REACHABLE);
          for (const [at, octet] of changes) bytes[at] = octet;
          const neighbour = parseIpv4Answer(bytes, 7)?.neighbour;
          expect(neighbour?.ageMs ?? 0).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
