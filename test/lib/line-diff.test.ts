import { describe, expect, it } from 'vitest';
import { lineDiff } from '../../src/lib/line-diff.ts';

const MARKS = { same: ' ', removed: '-', added: '+' } as const;
const diff = (before: string, after: string) =>
  lineDiff(before, after).map(({ what, line }) => `${MARKS[what]}${line}`);

describe('lineDiff', () => {
  it.each([
    ['', '', []],
    ['a', 'a', [' a']],
    ['', 'a\nb', ['+a', '+b']],
    ['a\nb', '', ['-a', '-b']],
    ['a\nb\nc', 'a\nx\nc', [' a', '-b', '+x', ' c']],
    ['a\nb\nc', 'b\nc\nd', ['-a', ' b', ' c', '+d']],
    ['a\na\na', 'a\na', [' a', ' a', '-a']],
    ['x\ny', 'y\nx', ['-x', ' y', '+x']],
  ])('%j to %j', (before, after, expected) => {
    expect(diff(before, after)).toEqual(expected);
  });

  it('gives back both texts, whatever they are', () => {
    let seed = 7;
    const random = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    for (let round = 0; round < 300; round++) {
      const text = () => Array.from({ length: random(12) }, () => 'abc'[random(3)]).join('\n');
      const [before, after] = [text(), text()];
      const lines = lineDiff(before, after);
      const side = (not: string) =>
        lines
          .filter(({ what }) => what !== not)
          .map(({ line }) => line)
          .join('\n');
      expect(side('added')).toBe(before);
      expect(side('removed')).toBe(after);
    }
  });

  it('tells two long strangers as one block', () => {
    const long = (word: string) => Array.from({ length: 10_000 }, (_, n) => word + n).join('\n');
    const lines = lineDiff(long('a'), long('b'));
    expect(lines).toHaveLength(20_000);
    expect(lines.slice(0, 10_000).every(({ what }) => what === 'removed')).toBe(true);
  });
});
