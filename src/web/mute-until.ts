/** How long a mute or a snooze may last: an hour, until the morning, a week. Pure. */
import { momentIn } from '../lib/time-zone.ts';
import { text } from './visit.ts';

export const MUTE_CHOICES = ['hour', 'morning', 'week'] as const;
export type MuteChoice = (typeof MUTE_CHOICES)[number];

const HOUR = 60 * 60 * 1000;
/** Who is still up then means the morning that comes, not the one after. */
const SMALL_HOURS = 4;

export function checkMuteChoice(typed: string | null): MuteChoice | undefined {
  return MUTE_CHOICES.find(known => known === typed);
}

/** @param timeZone IANA name in which "tomorrow" is meant */
export function muteUntil(choice: MuteChoice, now: Date, timeZone: string): Date {
  if (choice === 'morning') {
    const day = dayIn(timeZone, isSmallHours(now, timeZone) ? now : new Date(now.getTime() + 24 * HOUR));
    const morning = momentIn(timeZone, `${day} 07:00`);
    if (morning !== undefined && morning > now) return morning;
  }
  return new Date(now.getTime() + (choice === 'hour' ? HOUR : choice === 'week' ? 7 * 24 * HOUR : 12 * HOUR));
}

export function muteWord(choice: MuteChoice, now: Date, timeZone: string): string {
  const words = text().told.mutes;
  if (choice !== 'morning') return words[choice];
  return isSmallHours(now, timeZone) ? words.morning : words.tomorrow;
}

/** `2026-11-20` as calendars there show it. */
export function dayIn(timeZone: string, at: Date): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    timeZone,
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${part['year']}-${part['month']}-${part['day']}`;
}

function isSmallHours(at: Date, timeZone: string): boolean {
  const hour = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', hourCycle: 'h23', timeZone }).format(at);
  return Number(hour) < SMALL_HOURS;
}
