import { describe, expect, it } from 'vitest';
import { checkMuteChoice, dayIn, muteUntil, muteWord } from '../../src/web/mute-until.ts';

const at = (text: string) => new Date(text);
const until = (choice: 'hour' | 'morning' | 'week', now: string, zone: string) =>
  muteUntil(choice, at(now), zone).toISOString();

describe('a mute lasts', () => {
  it.each([
    ['hour', '2026-11-20T15:00:00Z', 'Europe/Berlin', '2026-11-20T16:00:00.000Z'],
    ['week', '2026-11-20T15:00:00Z', 'Europe/Berlin', '2026-11-27T15:00:00.000Z'],
    ['morning', '2026-11-20T15:00:00Z', 'Europe/Berlin', '2026-11-21T06:00:00.000Z'],
    ['morning', '2026-11-20T15:00:00Z', 'UTC', '2026-11-21T07:00:00.000Z'],
    // There it is the 21st already.
    ['morning', '2026-11-20T20:00:00Z', 'Asia/Tokyo', '2026-11-21T22:00:00.000Z'],
    // Clocks go back in the night: an hour more.
    ['morning', '2026-10-24T20:00:00Z', 'Europe/Berlin', '2026-10-25T06:00:00.000Z'],
    ['morning', '2026-03-28T20:00:00Z', 'Europe/Berlin', '2026-03-29T05:00:00.000Z'],
    // Who is up at two means the morning that comes.
    ['morning', '2026-11-20T01:30:00Z', 'Europe/Berlin', '2026-11-20T06:00:00.000Z'],
  ] as const)('%s from %s in %s: until %s', (choice, now, zone, end) => {
    expect(until(choice, now, zone)).toBe(end);
  });

  it('says what it means', () => {
    expect(muteWord('morning', at('2026-11-20T15:00:00Z'), 'UTC')).toBe('Until tomorrow 07:00');
    expect(muteWord('morning', at('2026-11-20T01:00:00Z'), 'UTC')).toBe('Until 07:00');
    expect(muteWord('hour', at('2026-11-20T01:00:00Z'), 'UTC')).toBe('1 h');
  });

  it('and nothing else is a choice', () => {
    for (const text of [null, '', 'ever', 'hour ', '3600']) expect(checkMuteChoice(text)).toBeUndefined();
    expect(checkMuteChoice('week')).toBe('week');
  });
});

it('a day is that of the zone', () => {
  expect(dayIn('Pacific/Auckland', at('2026-11-20T15:00:00Z'))).toBe('2026-11-21');
  expect(dayIn('America/New_York', at('2026-11-20T03:00:00Z'))).toBe('2026-11-19');
});
