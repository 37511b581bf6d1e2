/** Times: relative or short, with the exact one on hover. site.js counts on and puts them into the reader's time zone. */
import { duration } from '../words.ts';

const EXACT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' });
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const SECONDS = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const DATE_YEAR = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const DAY = 24 * 60 * 60 * 1000;

interface At {
  at: Date;
  now: Date;
}

/** `12 s ago` */
export const Ago = ({ at, now }: At) => (
  <time datetime={at.toISOString()} title={EXACT.format(at)} data-time="ago">
    {`${duration(now.getTime() - at.getTime())} ago`}
  </time>
);

/** `09:12` today, `12 Nov, 09:12` before; with seconds where two would look alike */
export const Moment = ({ at, now, seconds = false }: At & { seconds?: boolean }) => (
  <time datetime={at.toISOString()} title={EXACT.format(at)} data-time={seconds ? 'second' : 'moment'}>
    {`${sameDay(at, now) ? '' : `${day(at, now)}, `}${(seconds ? SECONDS : CLOCK).format(at)}`}
  </time>
);

/** `09:12` */
export const Clock = ({ at }: { at: Date }) => (
  <time datetime={at.toISOString()} title={EXACT.format(at)} data-time="clock">
    {CLOCK.format(at)}
  </time>
);

export function sameDay(a: Date, b: Date): boolean {
  return a.toDateString() === b.toDateString();
}

function day(at: Date, now: Date): string {
  return now.getTime() - at.getTime() < 300 * DAY ? DATE.format(at) : DATE_YEAR.format(at);
}
