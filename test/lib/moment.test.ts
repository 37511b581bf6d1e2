import { describe, expect, test } from 'vitest';
import { parseMoment } from '../../src/lib/moment.ts';

// Built from parts, so that it holds in every zone this runs in.
const now = new Date(2026, 10, 20, 12, 0, 30);
const local = (...parts: [number, number, number, number?, number?, number?]) =>
  new Date(parts[0], parts[1] - 1, parts[2], parts[3] ?? 0, parts[4] ?? 0, parts[5] ?? 0);

describe('a moment', () => {
  test.each([
    ['now', now],
    ['2026-11-20T03:12:05Z', new Date('2026-11-20T03:12:05Z')],
    ['2026-11-20T03:12:05.250Z', new Date('2026-11-20T03:12:05.250Z')],
    ['2026-11-20T03:12+01:00', new Date('2026-11-20T02:12:00Z')],
    ['2026-11-20 03:12:05-0530', new Date('2026-11-20T08:42:05Z')],
    ['2026-11-20T03:12+02', new Date('2026-11-20T01:12:00Z')],
    ['2026-11-20T03:12', local(2026, 11, 20, 3, 12)],
    ['2026-11-20 03:12:05', local(2026, 11, 20, 3, 12, 5)],
    ['2026-11-20', local(2026, 11, 20)],
    ['03:12', local(2026, 11, 20, 3, 12)],
    ['12:00:30', now],
    ['23:59', local(2026, 11, 19, 23, 59)],
    ['12:00:31', local(2026, 11, 19, 12, 0, 31)],
    ['today 03:12', local(2026, 11, 20, 3, 12)],
    ['yesterday 03:12', local(2026, 11, 19, 3, 12)],
    ['  Yesterday   23:59 ', local(2026, 11, 19, 23, 59)],
    ['-2h', new Date(now.getTime() - 7_200_000)],
    ['-1h30m', new Date(now.getTime() - 5_400_000)],
    ['-1w2d', new Date(now.getTime() - 9 * 86_400_000)],
    ['-90s', new Date(now.getTime() - 90_000)],
  ])('%s', (text, at) => {
    expect(parseMoment(text, now)).toEqual(at);
  });

  test('yesterday of the first of a month is in the month before', () => {
    expect(parseMoment('yesterday 23:00', local(2026, 3, 1, 8))).toEqual(local(2026, 2, 28, 23));
    expect(parseMoment('23:00', local(2026, 1, 1, 8))).toEqual(local(2025, 12, 31, 23));
  });

  test.each([
    '',
    'noon',
    '24:00',
    '3:60',
    '03:12:60',
    '2026-02-30',
    '2026-13-01',
    '2026-00-10',
    '2026-11-00',
    '2026-02-30T00:00Z',
    '2026-11-20T24:00Z',
    '2026-11-20T03:12+99',
    '2026-11-20T03:12+0160',
    '20.11.2026',
    '-2y',
    '-h',
    '+2h',
    '2h',
    'tomorrow 03:12',
    '1763600000',
    `-${'9'.repeat(30)}w`,
  ])('not: %s', text => {
    expect(parseMoment(text, now)).toBeUndefined();
  });
});
