import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRegistry } from '../../../src/cli/oui/csv.ts';

const HEADER = 'Registry,Assignment,Organization Name,Organization Address';
const parse = (...lines: readonly string[]) =>
  parseRegistry([{ name: 'oui.csv', text: `${[HEADER, ...lines].join('\r\n')}\r\n` }]);
/** Enough good lines that a bad one is an exception. */
const GOOD = Array.from(
  { length: 300 },
  (_, i) => `MA-L,${(0x100000 + i).toString(16)},Maker ${i},Street ${i} Town US 1`,
);
const faultsOf = (...bad: readonly string[]) => {
  const registry = parse(...bad, ...GOOD);
  return 'problem' in registry
    ? registry.problem
    : registry.faults.map(({ line, problem }) => `${line} ${problem}`);
};

test('reads assignments of all three lengths, quotes, UTF-8 and line ends inside of quotes', () => {
  const registry = parse(
    'MA-L,002272,American Micro-Fuel Device Corp.,2181 Buchanan Loop Ferndale WA US 98248 ',
    'MA-M,8C1F640,"Kostüme, ""Söhne"" & Co.","Straße 1\r\n12345 Köln"',
    'MA-S,70B3D5ABC,  SPACED   out ,',
    '',
  );
  expect(registry).toEqual({
    entries: {
      '002272': 'American Micro-Fuel Device Corp.',
      '8C1F640': 'Kostüme, "Söhne" & Co.',
      '70B3D5ABC': 'SPACED out',
    },
    registries: ['MA-L', 'MA-M', 'MA-S'],
    faults: [],
  });
});

test('a byte order mark and plain line feeds are no trouble', () => {
  expect(parseRegistry([{ name: 'a', text: `\ufeff${HEADER}\nMA-L,AABBCC,Maker,x` }])).toMatchObject({
    entries: { AABBCC: 'Maker' },
  });
});

test.each([
  ['MA-L,00227,Short,x', 'not 6 hex digits: 00227'],
  ['MA-M,002272,Length of another,x', 'not 7 hex digits: 002272'],
  ['MA-L,00227G,No hex,x', 'not 6 hex digits: 00227G'],
  ['CID,002272,Other registry,x', 'not MA-L, MA-M or MA-S: CID'],
  ['toString,002272,Not ours,x', 'not MA-L, MA-M or MA-S: toString'],
  ['MA-L,002272,,x', 'no name'],
  ['MA-L,002272,\u202e\u200b,x', 'no name'],
  ['MA-L,002272,caf\ufffd,x', 'the name is not UTF-8'],
  ['MA-L,002272,One, two,x', '5 columns instead of 4'],
  ['MA-L;002272;Semicolons;x', '1 column instead of 4'],
  ['MA-L,100000,Assigned twice,x', null],
])('passes over %s', (line, problem) => {
  expect(faultsOf(line)).toEqual(
    problem === null ? ['3 100000 again; Assigned twice was first'] : [`2 ${problem}`],
  );
});

test('tells the line a record begins in', () => {
  expect(faultsOf('MA-L,002272,"Two\nlines",x', 'MA-L,nothing,x,y')).toEqual(['4 not 6 hex digits: nothing']);
});

test('refuses another file, an empty one, and one that is mostly wrong', () => {
  const of = (text: string) => parseRegistry([{ name: 'x.csv', text }]);
  expect(of('a,b,c\n')).toEqual({ problem: `x.csv does not begin with ${HEADER}` });
  expect(of('')).toEqual({ problem: `x.csv does not begin with ${HEADER}` });
  expect(of(`${HEADER}\n`)).toEqual({ problem: 'x.csv holds no assignment' });
  expect(of(`${HEADER}\nMA-L,1,a,b\nMA-L,AABBCC,ok,b\n`)).toEqual({
    problem: 'x.csv has 1 bad line of 2; the first is line 2: not 6 hex digits: 1',
  });
  // A quote that is never closed.
  expect(of(`${HEADER}\nMA-L,AABBCC,"open,b\nMA-L,AABBCD,x,y\n`)).toMatchObject({
    problem: expect.any(String),
  });
});

test('takes any text without harm', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'A', '0', ' ', 'MA-L') }), text => {
      const registry = parseRegistry([{ name: 'x', text: `${HEADER}\n${text}` }]);
      if (!('problem' in registry))
        for (const digits of Object.keys(registry.entries)) expect(digits).toMatch(/^[0-9A-F]{6}$/);
    }),
  );
});
