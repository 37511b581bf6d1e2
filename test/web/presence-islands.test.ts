import { describe, expect, it } from 'vitest';
import { byAddress, islandsOf, shareOf, without } from '../../src/web/presence-islands.ts';
import { readRange } from '../../src/web/schema/device-range.ts';
import { weekHours } from '../../src/web/week-hours.ts';

const stretch = (from: number, to: number) => ({ from, to });
const HOUR = 60 * 60 * 1000;

describe('islands', () => {
  it('join what overlaps or touches, and what is close enough', () => {
    const visits = [stretch(50, 60), stretch(0, 10), stretch(5, 8), stretch(10, 20)];
    expect(islandsOf(visits)).toEqual([
      { from: 0, to: 20, visits: 3 },
      { from: 50, to: 60, visits: 1 },
    ]);
    expect(islandsOf(visits, 30)).toEqual([{ from: 0, to: 60, visits: 4 }]);
  });

  it.each([
    [[stretch(0, 10)], [stretch(2, 3), stretch(5, 20)], [stretch(0, 2), stretch(3, 5)]],
    [[stretch(0, 10), stretch(20, 30)], [stretch(5, 25)], [stretch(0, 5), stretch(25, 30)]],
    [[stretch(0, 10)], [], [stretch(0, 10)]],
    [[stretch(0, 10)], [stretch(0, 10)], []],
  ])('without %#', (stretches, holes, left) => {
    expect(without(stretches, holes)).toEqual(left);
  });

  it('count only the time that somebody looked', () => {
    const islands = islandsOf([stretch(0, 50)]);
    expect(shareOf(islands, [], stretch(0, 100))).toBe(0.5);
    expect(shareOf(islands, [stretch(25, 75)], stretch(0, 100))).toBe(0.5);
    expect(shareOf(islands, [stretch(50, 100)], stretch(0, 100))).toBe(1);
    expect(shareOf(islands, [stretch(0, 100)], stretch(0, 100))).toBeNull();
  });

  it('have a lane for each address, the one seen last first', () => {
    const visits = [
      { from: 0, to: 10, ip: 'a' },
      { from: 20, to: 30, ip: 'b' },
      { from: 12, to: 15, ip: 'a' },
    ];
    expect([...byAddress(visits).keys()]).toEqual(['b', 'a']);
  });
});

describe('the usual week', () => {
  it('is by the clock of the zone, through a change of the clock', () => {
    // Berlin went back from 03:00 to 02:00 on Sunday, 25 October 2026 at 01:00 UTC.
    const from = Date.UTC(2026, 9, 24, 22);
    const to = from + 25 * HOUR;
    const here = islandsOf([stretch(Date.UTC(2026, 9, 25, 0), Date.UTC(2026, 9, 25, 1))]);
    const week = weekHours(here, [], { from, to }, 'Europe/Berlin');
    expect(week[6]?.[2]).toBe(0.5);
    expect(week[6]?.[3]).toBe(0);
    expect(week[6]?.every(share => share !== null)).toBe(true);
    expect(week[0]?.every(share => share === null)).toBe(true);
  });

  it('knows zones that differ by quarters of an hour, and where nobody looked', () => {
    const from = Date.UTC(2026, 10, 16);
    const whole = { from, to: from + HOUR };
    const week = weekHours(islandsOf([whole]), [{ from, to: from + HOUR / 2 }], whole, 'Asia/Kathmandu');
    // 05:45 to 06:45, looked at from 06:15 on.
    expect(week[0]?.slice(4, 8)).toEqual([null, null, 1, null]);
  });
});

describe('the range of a page', () => {
  const now = new Date('2026-11-20T12:00:00Z');
  const read = (asked: Record<string, string>) => readRange(name => asked[name], now, 'Europe/Berlin');

  it('is the last day unless asked for', () => {
    expect(read({})).toMatchObject({ name: 'day', from: new Date('2026-11-19T12:00:00Z'), to: now });
    expect(read({ range: 'year' })).toMatchObject({ name: 'year', from: new Date('2025-11-20T12:00:00Z') });
  });

  it('is any other in the zone of the reader, and never the future', () => {
    expect(read({ from: '2026-11-18T09:00', to: '2026-11-18T10:00' })).toMatchObject({
      name: 'chosen',
      from: new Date('2026-11-18T08:00:00Z'),
      to: new Date('2026-11-18T09:00:00Z'),
    });
    expect(read({ from: '2026-11-18', to: '2027-01-01' })).toMatchObject({ name: 'chosen', to: now });
    expect(read({ from: '2026-11-18' })).toMatchObject({ name: 'chosen', to: now });
  });

  it.each([
    { range: 'century' },
    { from: 'yesterday' },
    { to: '2026-11-18T10:00' },
    { from: '2026-11-18T10:00', to: '2026-11-18T10:00' },
    { from: '2026-11-18T11:00', to: '2026-11-18T10:00' },
    { from: '2020-01-01', to: '2026-01-01' },
    { from: '2026-02-30' },
    { from: '2027-01-01' },
    { from: "2026-11-18'; drop table devices" },
  ])('%j is explained, and the last day is shown', asked => {
    expect(read(asked)).toMatchObject({ name: 'day', error: expect.any(String) as string });
  });
});
