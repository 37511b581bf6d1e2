import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WireError } from '../../src/wire/error.ts';
import {
  emitNodeStatusRequest,
  formatNetbiosName,
  NODE_STATUS_REQUEST_LENGTH,
  parseNodeStatus,
} from '../../src/wire/nbns.ts';
import { fixtureDatagram } from './fixture.ts';
import { mutate, random } from './mutate.ts';

/** Nine octets of header and name, the record's fixed part, the count, eight names, the statistics. */
const answer = fixtureDatagram('nmbd', 1);
const COUNT = 56;

function refusal(bytes: Uint8Array): string {
  try {
    parseNodeStatus(bytes);
  } catch (error) {
    if (error instanceof WireError) return `${error.layer}/${error.reason}@${error.offset}`;
    throw error;
  }
  return 'accepted';
}

function changed(change: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = Uint8Array.from(answer);
  change(bytes);
  return bytes;
}

describe('messages of other programs', () => {
  it('reads the node status of nmbd', () => {
    const { id, names, unitId } = parseNodeStatus(answer);
    expect(id).toBe(0x6643);
    expect(names.map(formatNetbiosName)).toEqual([
      'B.RO-PC<00> active',
      'B.RO-PC<03> active',
      'B.RO-PC<20> active',
      'FILES<00> active',
      'FILES<03> active',
      'FILES<20> active',
      'WERKGR.UP<00> group active',
      'WERKGR.UP<1e> group active',
    ]);
    expect(names[0]?.name).toBe('B\u009aRO-PC');
    expect(unitId).toBeNull();
  });

  it('emits the request of nmblookup byte for byte', () => {
    const out = new Uint8Array(NODE_STATUS_REQUEST_LENGTH + 2).fill(0xa5);
    expect(emitNodeStatusRequest(0x6643, out, 1)).toBe(NODE_STATUS_REQUEST_LENGTH);
    expect(out.subarray(1, -1)).toEqual(fixtureDatagram('nmbd', 0));
    expect([out[0], out.at(-1)]).toEqual([0xa5, 0xa5]);
  });

  it('reads the adapter’s MAC as Windows sends it, and knows a name in conflict', () => {
    const windows = changed(bytes => {
      bytes.set([0x3c, 0x37, 0x12, 0, 0, 0x77], COUNT + 1 + 8 * 18);
      bytes.set([0x0c], COUNT + 1 + 16);
    });
    const { names, unitId } = parseNodeStatus(windows);
    expect(unitId).toBe(0x3c3712000077);
    expect(names[0]).toMatchObject({ active: false, group: false });
  });
});

describe('hostile messages', () => {
  it('refuses the answer at every length it is cut to', () => {
    for (let length = 0; length < answer.length; length++)
      expect(refusal(answer.slice(0, length))).toBe(
        `${length < 12 || length >= 46 ? 'nbns' : 'dns'}/truncated@${length}`,
      );
  });

  it.each([
    ['its own request', fixtureDatagram('nmbd', 0), 'nbns/not-node-status@2'],
    ['an error', changed(bytes => (bytes[3] = 3)), 'nbns/not-node-status@2'],
    ['another operation', changed(bytes => (bytes[2] = 0xa8)), 'nbns/not-node-status@2'],
    ['a question', changed(bytes => (bytes[5] = 1)), 'nbns/not-node-status@4'],
    ['two answers', changed(bytes => (bytes[7] = 2)), 'nbns/not-node-status@6'],
    ['65,535 answers', changed(bytes => bytes.fill(255, 6, 8)), 'nbns/not-node-status@6'],
    ['another name', changed(bytes => (bytes[13] = 0x44)), 'nbns/not-node-status@12'],
    ['another type', changed(bytes => (bytes[47] = 0x20)), 'nbns/not-node-status@46'],
    ['another class', changed(bytes => (bytes[49] = 3)), 'nbns/not-node-status@46'],
    ['a name that points at itself', changed(bytes => bytes.set([0xc0, 12], 12)), 'dns/pointer@12'],
    ['a label of 64 octets', changed(bytes => (bytes[12] = 64)), 'dns/label@12'],
    ['a length beyond the end', changed(bytes => (bytes[55] = 192)), 'nbns/truncated@247'],
    ['more names than its length holds', changed(bytes => (bytes[COUNT] = 11)), 'nbns/length@56'],
    ['255 names', changed(bytes => (bytes[COUNT] = 255)), 'nbns/length@56'],
    ['a record without data', changed(bytes => bytes.set([0, 0], 54)), 'nbns/length@56'],
    ['a message longer than any', new Uint8Array(9001), 'nbns/oversize@9000'],
  ])('refuses %s', (_, bytes, reason) => {
    expect(refusal(bytes)).toBe(reason);
  });

  it('takes no names, fewer names than there are, and no statistics', () => {
    expect(parseNodeStatus(changed(bytes => (bytes[COUNT] = 0))).names).toEqual([]);
    expect(parseNodeStatus(changed(bytes => (bytes[COUNT] = 2))).names).toHaveLength(2);
    const short = changed(bytes => (bytes[55] = 1 + 8 * 18));
    expect(parseNodeStatus(short)).toMatchObject({ unitId: null });
    expect(parseNodeStatus(short).names).toHaveLength(8);
  });

  it('throws nothing but WireError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
        expect(refusal(bytes)).toMatch(/^(?:accepted|(?:dns|nbns)\/[a-z-]+@\d+)$/);
      }),
    );
  });

  it('throws nothing but WireError for mutated answers', () => {
    const dice = random(3);
    const outcomes = new Set<string>();
    for (let i = 0; i < 20_000; i++) outcomes.add(refusal(mutate(answer, dice)).replace(/@.*/, ''));
    expect([...outcomes].toSorted()).toEqual([
      'accepted',
      'dns/label',
      'dns/pointer',
      'dns/truncated',
      'nbns/length',
      'nbns/not-node-status',
      'nbns/truncated',
    ]);
  });
});
