/** Times: relative or short, with the exact one on hover. site.js counts on and puts them into the reader's time zone. */
import { ago, formatAt, sameDay } from '../times.ts';

export { sameDay } from '../times.ts';

const DAY = 24 * 60 * 60 * 1000;

interface At {
  at: Date;
  now: Date;
}

/** `12 s ago` */
export const Ago = ({ at, now }: At) => (
  <time datetime={at.toISOString()} title={formatAt(at, 'exact')} data-time="ago">
    {ago(now.getTime() - at.getTime())}
  </time>
);

/** `09:12` today, `12 Nov, 09:12` before; with seconds where two would look alike */
export const Moment = ({ at, now, seconds = false }: At & { seconds?: boolean }) => (
  <time datetime={at.toISOString()} title={formatAt(at, 'exact')} data-time={seconds ? 'second' : 'moment'}>
    {`${sameDay(at, now) ? '' : `${day(at, now)}, `}${formatAt(at, seconds ? 'second' : 'clock')}`}
  </time>
);

/** `09:12` */
export const Clock = ({ at }: { at: Date }) => (
  <time datetime={at.toISOString()} title={formatAt(at, 'exact')} data-time="clock">
    {formatAt(at, 'clock')}
  </time>
);

function day(at: Date, now: Date): string {
  return formatAt(at, now.getTime() - at.getTime() < 300 * DAY ? 'date' : 'dateYear');
}
