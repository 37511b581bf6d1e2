/** What a rule would have sent, before it is saved. */
import { count, inert } from '../../lib/text.ts';
import type { Forecast, Rehearsal } from '../../store/rehearsal.ts';
import { dayIn } from '../mute-until.ts';
import { DayChart, dayWord } from './day-chart.tsx';

interface RehearsalProps {
  rehearsal: Rehearsal;
  now: Date;
  /** Of the rule: in which its days begin. */
  timeZone: string;
  /** It keeps silent. */
  isSilence: boolean;
}

/** Of many devices or reasons, so many are named. */
const LISTED = 8;
const DAY = 24 * 60 * 60 * 1000;

export const RehearsalPanel = ({ rehearsal, now, timeZone, isSilence }: RehearsalProps) => {
  const { rule, all, now: today, days } = rehearsal;
  const shown = rule ?? all;
  return (
    <section class="panel wide rehearsal" id="rehearsal" aria-labelledby="rehearsal-title" tabindex={-1}>
      <h2 id="rehearsal-title">On the last {days} days</h2>
      <p class="verdict">{isSilence ? silenceWord(shown) : sentWord(shown)}</p>
      {!isSilence && shown.messages > 0 && <DayChart days={allDays(shown, days, now, timeZone)} />}
      <p class="note">
        All rules together: {count(all.messages, 'message')} with this one, {all.atNight} at night. With
        today’s rules: <b>{today.messages.toLocaleString('en-US')}</b>, {today.atNight} at night.
      </p>
      <div class="columns">
        <Messages forecast={shown} />
        <NotSent forecast={shown} />
      </div>
    </section>
  );
};

/** There was too much to go through. The rule is as good as it was. */
export const TooLong = () => (
  <section class="panel wide rehearsal" id="rehearsal" aria-labelledby="rehearsal-title" tabindex={-1}>
    <h2 id="rehearsal-title">Not tried</h2>
    <p class="verdict">Trying it took too long: there is too much to go through.</p>
    <p class="note">
      What you entered is still here, and you can save it without having tried it.{' '}
      <code>netureon rule rehearse</code> takes its time.
    </p>
  </section>
);

function sentWord(forecast: Forecast): string {
  if (forecast.alerts === 0) return 'It would have matched nothing: no alert of that time is like that.';
  if (forecast.messages === 0)
    return `It would have sent nothing, for ${count(forecast.alerts, 'alert')} that it matches.`;
  const night =
    forecast.atNight === 0 ? 'none at night' : `${forecast.atNight.toLocaleString('en-US')} at night`;
  return `This would have sent ${count(forecast.messages, 'message')}, ${night}.`;
}

function silenceWord(forecast: Forecast): string {
  return forecast.alerts === 0
    ? 'It would have kept nothing back: no alert of that time is like that.'
    : `It would have kept ${count(forecast.alerts, 'alert')} back.`;
}

/** The whole stretch, so that a quiet week is seen as one. */
function allDays(forecast: Forecast, days: number, now: Date, timeZone: string) {
  const messages = new Map(forecast.byDay.map(one => [one.day, one.messages]));
  const stretch = Array.from({ length: days }, (_, index) =>
    dayIn(timeZone, new Date(now.getTime() - (days - 1 - index) * DAY)),
  );
  return [...new Set([...messages.keys(), ...stretch])]
    .toSorted()
    .map(day => ({ day, messages: messages.get(day) ?? 0 }));
}

const Messages = ({ forecast }: { forecast: Forecast }) => (
  <div>
    <h3>Messages about</h3>
    {forecast.devices.length === 0 ? (
      <p class="nothing">Nobody.</p>
    ) : (
      <ul class="tallies">
        {forecast.devices.slice(0, LISTED).map(device => (
          <li>
            {device.id === null ? (
              <span>{inert(device.title, 80)}</span>
            ) : (
              <a href={`/devices/${device.id}`}>
                <bdi>{inert(device.title, 80)}</bdi>
              </a>
            )}
            <b>{device.messages.toLocaleString('en-US')}</b>
          </li>
        ))}
        <More n={forecast.devices.length - LISTED} word="more device" />
      </ul>
    )}
    {forecast.byChannel.length > 1 && (
      <p class="muted small-print">
        {forecast.byChannel
          .map(({ channel, messages }) => `${inert(channel, 60)}: ${messages.toLocaleString('en-US')}`)
          .join(' · ')}
      </p>
    )}
    {forecast.byDay.length > 0 && (
      <details class="small-print">
        <summary>Day by day</summary>
        <ul class="tallies">
          {forecast.byDay.map(({ day, messages }) => (
            <li>
              <span>{dayWord(day)}</span>
              <b>{messages.toLocaleString('en-US')}</b>
            </li>
          ))}
        </ul>
      </details>
    )}
  </div>
);

const NotSent = ({ forecast }: { forecast: Forecast }) => (
  <div>
    <h3>Not sent, and why</h3>
    {forecast.notSent.length === 0 ? (
      <p class="nothing">Everything it matches would have been sent.</p>
    ) : (
      <ul class="tallies">
        {forecast.notSent.slice(0, LISTED).map(({ reason, alerts }) => (
          <li>
            <span>{inert(reason, 160)}</span>
            <b>{alerts.toLocaleString('en-US')}</b>
          </li>
        ))}
        <More n={forecast.notSent.length - LISTED} word="more reason" />
      </ul>
    )}
  </div>
);

const More = ({ n, word }: { n: number; word: string }) =>
  n > 0 ? (
    <li class="muted">
      <span>and {count(n, word)}</span>
    </li>
  ) : null;
