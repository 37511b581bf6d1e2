/** How long something was held, to the next mark that matters: for what is told, not promised. */
import { durationText } from '../lib/duration.ts';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** `45 s`, `1 min 30 s`, `2 h 5 min`, `3 days 4 h`: rounded to the nearest, finer where it is short. */
export function lengthWords(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const step = seconds < 10 * MINUTE ? 1 : seconds < DAY ? MINUTE : HOUR;
  return durationText(Math.round(seconds / step) * step);
}
