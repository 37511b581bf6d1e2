/** A forecast in one sentence: `Over the last 30 days this would have sent 14 messages, 2 at night, about: Camera (9), …` */
import { count, inert } from '../lib/text.ts';
import type { Forecast } from '../store/rehearsal.ts';

/** Of a longer list, so many devices are named. */
const NAMED = 5;

/** @param subject `this rule`, `the rules` */
export function rehearsalSentence(forecast: Forecast, days: number, subject = 'this'): string {
  const over = `Over the last ${count(days, 'day')} ${subject} would have sent`;
  if (forecast.messages === 0) return `${over} nothing${why(forecast)}.`;
  const night = forecast.atNight > 0 ? `, ${forecast.atNight.toLocaleString('en-US')} at night` : '';
  const shown = forecast.devices
    .slice(0, NAMED)
    .map(({ title, messages }) => `${inert(title, 60)}${messages > 1 ? ` (${messages})` : ''}`);
  const more = forecast.devices.length > NAMED ? `, and ${forecast.devices.length - NAMED} more` : '';
  return `${over} ${count(forecast.messages, 'message')}${night}, about: ${shown.join(', ')}${more}.`;
}

function why({ alerts, notSent }: Forecast): string {
  const [first] = notSent;
  if (alerts === 0 || first === undefined) return ': nothing happened that it is about';
  return `: ${count(alerts, 'alert')}, but ${inert(first.reason, 120)}`;
}
