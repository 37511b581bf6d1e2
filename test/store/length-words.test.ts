// How long something was held.
import { expect, it } from 'vitest';
import { lengthWords } from '../../src/store/length-words.ts';

it.each([
  [400, '0 s'],
  [60_004, '1 min'],
  [59_996, '1 min'],
  [180_030, '3 min'],
  [90_000, '1 min 30 s'],
  [3_600_020, '1 h'],
  [8 * 3_600_000 - 20_000, '8 h'],
  [86_400_000 * 3 + 3_600_000 * 4 + 60_000, '3 days 4 h'],
])('%i ms is %s', (ms, words) => {
  expect(lengthWords(ms)).toBe(words);
});
