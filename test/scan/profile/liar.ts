/** What dishonest, broken and slow devices answer to a question for their name. Bytes in, bytes out. */

/** Of `wire/dns.ts` nothing is used: a responder that shared its mistakes would prove little. */
export interface Reply {
  readonly bytes: Buffer;
  /** Sent from another address than the one that was asked. */
  readonly elsewhere?: boolean;
}

export type Behaviour = keyof typeof behaviours;

const uint16 = (...values: readonly number[]) =>
  Buffer.from(values.flatMap(value => [value >> 8, value & 255]));
const labels = (...parts: readonly (string | Buffer)[]) =>
  Buffer.concat([
    ...parts.flatMap(part => {
      const octets = typeof part === 'string' ? Buffer.from(part) : part;
      return [Buffer.from([octets.length]), octets];
    }),
    Buffer.from([0]),
  ]);

const isNetbios = (query: Buffer) => query.includes('CKAAAAAAAA');

/** The answer of an honest device to a question for a PTR record, or for its node status. */
function answer(query: Buffer, ...names: readonly Buffer[]): Buffer {
  if (isNetbios(query)) return nodeStatus(query, ...names);
  const records = names.map(name => Buffer.concat([uint16(0xc00c, 12, 1, 0, 10, name.length), name]));
  return Buffer.concat([
    query.subarray(0, 2),
    uint16(0x8400, 1, names.length, 0, 0),
    query.subarray(12),
    ...records,
  ]);
}

function nodeStatus(query: Buffer, ...names: readonly Buffer[]): Buffer {
  const entries = names.map(name =>
    // The label's octets alone, padded; suffix 0; unique and active.
    Buffer.concat([name.subarray(1, 1 + Math.min(15, name[0] ?? 0)), Buffer.alloc(15, ' ')])
      .subarray(0, 15)
      .toString('latin1'),
  );
  const data = Buffer.concat([
    Buffer.from([names.length]),
    ...entries.map(entry => Buffer.concat([Buffer.from(entry, 'latin1'), Buffer.from([0, 4, 0])])),
    Buffer.alloc(46),
  ]);
  return Buffer.concat([
    query.subarray(0, 2),
    uint16(0x8400, 0, 1, 0, 0),
    query.subarray(12, 46),
    uint16(0x21, 1, 0, 0, data.length),
    data,
  ]);
}

const NAME = labels('honest', 'local');

function changed(bytes: Buffer, change: (bytes: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

const seen = new Set<string>();

const behaviours = {
  honest: query => [{ bytes: answer(query, NAME) }],
  /** Answers only when asked again. */
  late: query => (seen.size < seen.add(query.toString('hex')).size ? [] : [{ bytes: answer(query, NAME) }]),
  silent: () => [],
  reflect: query => [{ bytes: query }],
  'wrong-id': query => [{ bytes: changed(answer(query, NAME), bytes => (bytes[0] = ~(bytes[0] ?? 0))) }],
  'wrong-question': query => [{ bytes: changed(answer(query, NAME), bytes => (bytes[13] = 0x58)) }],
  elsewhere: query => [{ bytes: answer(query, NAME), elsewhere: true }],
  loop: query => [{ bytes: changed(answer(query, NAME), bytes => bytes.set([0xc0, 12], 12)) }],
  short: query => [{ bytes: answer(query, NAME).subarray(0, -5) }],
  lying: query => [{ bytes: changed(answer(query, NAME), bytes => bytes.set([255, 255], 6)) }],
  flood: query =>
    Array.from({ length: 300 }, () => ({
      bytes: Buffer.concat([query.subarray(0, 2), uint16(0x8400, 0, 0, 0, 0)]),
    })),
  crowd: query => [
    { bytes: answer(query, ...Array.from({ length: 200 }, (_, i) => labels(`n${i}`, 'local'))) },
  ],
  terminal: query => [{ bytes: answer(query, labels('\u001b]0;owned\u0007\u202eevil', 'local')) }],
  invalid: query => [{ bytes: answer(query, labels(Buffer.from([0x66, 0xff, 0xfe, 0x66]), 'local')) }],
  nothing: query => [{ bytes: answer(query, labels('\u200b\u202e', 'local')) }],
} satisfies Record<string, (query: Buffer) => Reply[]>;

export const BEHAVIOURS: Readonly<Record<Behaviour, (query: Buffer) => Reply[]>> = behaviours;
