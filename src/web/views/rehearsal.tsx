/** What a rule would have sent, before it is saved. */
import { inert } from '../../lib/text.ts';
import type { Forecast, Rehearsal } from '../../store/rehearsal.ts';
import { dayIn } from '../mute-until.ts';
import { amount } from '../times.ts';
import { text } from '../visit.ts';
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
      <h2 id="rehearsal-title">{text().rules.rehearsal.title(days)}</h2>
      <p class="verdict">{isSilence ? silenceWord(shown) : sentWord(shown)}</p>
      {!isSilence && shown.messages > 0 && <DayChart days={allDays(shown, days, now, timeZone)} />}
      <p class="note">
        {text().rules.rehearsal.together(all.messages, all.atNight)}{' '}
        {text().rules.rehearsal.today(today.messages, today.atNight)}
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
    <h2 id="rehearsal-title">{text().rules.rehearsal.notTried}</h2>
    <p class="verdict">{text().rules.rehearsal.tooLong}</p>
    <p class="note">
      {text().rules.rehearsal.stillHere} <code>netureon rule rehearse</code>{' '}
      {text().rules.rehearsal.takesItsTime}
    </p>
  </section>
);

function sentWord(forecast: Forecast): string {
  const words = text().rules.rehearsal;
  if (forecast.alerts === 0) return words.matchesNothing;
  if (forecast.messages === 0) return words.sendsNothing(forecast.alerts);
  return words.sends(forecast.messages, forecast.atNight);
}

function silenceWord(forecast: Forecast): string {
  const words = text().rules.rehearsal;
  return forecast.alerts === 0 ? words.keepsNothing : words.keeps(forecast.alerts);
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
    <h3>{text().rules.rehearsal.about}</h3>
    {forecast.devices.length === 0 ? (
      <p class="nothing">{text().rules.rehearsal.nobody}</p>
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
            <b>{amount(device.messages)}</b>
          </li>
        ))}
        <More n={forecast.devices.length - LISTED} words={text().rules.rehearsal.moreDevices} />
      </ul>
    )}
    {forecast.byChannel.length > 1 && (
      <p class="muted small-print">
        {forecast.byChannel
          .map(({ channel, messages }) => `${inert(channel, 60)}: ${amount(messages)}`)
          .join(' · ')}
      </p>
    )}
    {forecast.byDay.length > 0 && (
      <details class="small-print">
        <summary>{text().rules.rehearsal.dayByDay}</summary>
        <ul class="tallies">
          {forecast.byDay.map(({ day, messages }) => (
            <li>
              <span>{dayWord(day)}</span>
              <b>{amount(messages)}</b>
            </li>
          ))}
        </ul>
      </details>
    )}
  </div>
);

const NotSent = ({ forecast }: { forecast: Forecast }) => (
  <div>
    <h3>{text().rules.rehearsal.notSent}</h3>
    {forecast.notSent.length === 0 ? (
      <p class="nothing">{text().rules.rehearsal.allSent}</p>
    ) : (
      <ul class="tallies">
        {forecast.notSent.slice(0, LISTED).map(({ reason, alerts }) => (
          <li>
            <span>{inert(reason, 160)}</span>
            <b>{amount(alerts)}</b>
          </li>
        ))}
        <More n={forecast.notSent.length - LISTED} words={text().rules.rehearsal.moreReasons} />
      </ul>
    )}
  </div>
);

const More = ({ n, words }: { n: number; words: (n: number) => string }) =>
  n > 0 ? (
    <li class="muted">
      <span>{words(n)}</span>
    </li>
  ) : null;
