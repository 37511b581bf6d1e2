import { describe, expect, it } from 'vitest';
import { durationText, parseDuration } from '../../src/lib/duration.ts';
import { isTimeZone } from '../../src/lib/time-zone.ts';

describe('parseDuration', () => {
  it.each([
    ['10m', 600],
    ['1h 30m', 5400],
    ['1h30', undefined],
    ['2d', 172_800],
    ['2 days 1 h', 176_400],
    [' 45 Seconds ', 45],
    ['1 minute', 60],
    ['0m', undefined],
    ['', undefined],
    ['5', undefined],
    ['-5m', undefined],
    ['5m later', undefined],
    ['1.5h', undefined],
    ['10 months', undefined],
  ])('%j', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each([1, 59, 60, 61, 3600, 5400, 86_400, 90_061, 31_622_400])(
    'reads what was written for %i',
    seconds => {
      expect(parseDuration(durationText(seconds))).toBe(seconds);
    },
  );
});

it('durationText', () => {
  expect([60, 5400, 86_400, 172_801].map(durationText)).toEqual([
    '1 min',
    '1 h 30 min',
    '1 day',
    '2 days 1 s',
  ]);
});

it.each([
  ['Europe/Berlin', true],
  ['America/Argentina/Buenos_Aires', true],
  ['UTC', true],
  ['Mars/Olympus', false],
  ['CET-1CEST', false],
  ['+02:00', false],
  ["x'; drop", false],
  ['', false],
])('%j is a time zone: %s', (name, expected) => {
  expect(isTimeZone(name)).toBe(expected);
});
