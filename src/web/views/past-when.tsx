/**
 * How to get to a minute: a field, steps, and two sliders. Each is a form or a link of its own, so that all of them work
 * without a script; past.js makes the sliders answer while they are moved.
 */
import { pastHref } from '../past-address.ts';
import type { Axis, PastData } from '../past-page.ts';
import { atText, localDay, localMinute } from '../past-time.ts';
import { formatAt } from '../times.ts';
import { text } from '../visit.ts';
import { Strip } from './chart/strip.tsx';
import { errorOf } from './field.tsx';
import { CompareForm } from './past-diff.tsx';
import { Kept } from './past-kept.tsx';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const PastWhen = ({ data }: { data: PastData }) => (
  <section class="panel wide past-when" aria-label={text().past.when}>
    <Field data={data} />
    <Steps data={data} />
    <DaySlider data={data} />
    {data.history !== null && <HistorySlider data={data} history={data.history} />}
    {data.history !== null && <CompareForm data={data} />}
  </section>
);

const Field = ({ data }: { data: PastData }) => {
  const { past } = text();
  const error = data.asked.errors.at;
  return (
    <form class="past-field" action="/past" id="past-form">
      <Kept data={data} without={['at']} />
      <input type="hidden" name="was" value={data.at.toISOString()} />
      <label for="at">
        {past.at} <span class="muted">{past.atHint(data.zone)}</span>
      </label>
      <input
        id="at"
        name="at"
        // A browser would empty its own kind of field if it were given what it cannot read.
        type={data.asked.typed.at === null ? 'datetime-local' : 'text'}
        value={data.asked.typed.at ?? localMinute(data.at, data.zone)}
        max={localMinute(data.now, data.zone)}
        autocomplete="off"
        {...errorOf('at', error)}
      />
      <button>{past.show}</button>
      {error !== undefined && (
        <p class="field-error" id="at-error">
          {error}
        </p>
      )}
    </form>
  );
};

const Steps = ({ data }: { data: PastData }) => {
  const { past } = text();
  const { before, after } = data.steps;
  const to = (ms: number) => {
    const at = new Date(data.at.getTime() + ms);
    return at > data.now ? null : pastHref(data, { at: atText(at) });
  };
  return (
    <nav class="past-steps" aria-label={past.steps}>
      <Step
        href={before === null ? null : pastHref(data, { at: atText(before) })}
        word={past.previousChange}
        why={past.nothingBefore}
        id="previous-change"
      />
      <Step href={to(-DAY)} word={past.back.day} id="back-day" />
      <Step href={to(-HOUR)} word={past.back.hour} id="back-hour" />
      <Step href={to(-MINUTE)} word={past.back.minute} id="back-minute" />
      <Step href={to(MINUTE)} word={past.on.minute} id="on-minute" />
      <Step href={to(HOUR)} word={past.on.hour} id="on-hour" />
      <Step href={to(DAY)} word={past.on.day} id="on-day" />
      <Step
        href={after === null ? null : pastHref(data, { at: atText(after) })}
        word={past.nextChange}
        why={past.nothingAfter}
        id="next-change"
      />
      <Step href={pastHref(data, { at: null })} word={past.now} id="now" />
    </nav>
  );
};

/** Where there is nothing to go to, the word stays, so that the others do not move. */
const Step = ({ href, word, why, id }: { href: string | null; word: string; why?: string; id: string }) =>
  href === null ? (
    <span class="button off" id={id} title={why}>
      {word}
    </span>
  ) : (
    <a class="button" id={id} href={href}>
      {word}
    </a>
  );

const DaySlider = ({ data }: { data: PastData }) => {
  const { past } = text();
  const { from, to } = data.day;
  const minutes = Math.round((to.getTime() - from.getTime()) / MINUTE);
  const shown = Math.min(minutes - 1, Math.floor((data.at.getTime() - from.getTime()) / MINUTE));
  return (
    <Slider
      data={data}
      axis={data.day}
      name="minute"
      label={past.ofDay(formatAt(data.at, 'weekday'))}
      said={formatAt(data.at, 'clock')}
      most={minutes - 1}
      value={shown}
      unitMs={MINUTE}
      hidden={['day', localDay(data.at, data.zone)]}
    />
  );
};

const HistorySlider = ({ data, history }: { data: PastData; history: Axis }) => {
  const { past } = text();
  const hours = Math.max(1, Math.ceil((history.to.getTime() - history.from.getTime()) / HOUR));
  const shown = Math.min(hours, Math.max(0, Math.floor((data.at.getTime() - history.from.getTime()) / HOUR)));
  return (
    <Slider
      data={data}
      axis={history}
      name="hour"
      label={past.ofHistory}
      said={formatAt(data.at, 'dateYear')}
      most={hours}
      value={shown}
      unitMs={HOUR}
    />
  );
};

interface SliderProps {
  data: PastData;
  axis: Axis;
  name: 'minute' | 'hour';
  label: string;
  /** The value in words. */
  said: string;
  most: number;
  value: number;
  unitMs: number;
  hidden?: readonly [string, string];
}

const Slider = ({ data, axis, name, label, said, most, value, unitMs, hidden }: SliderProps) => {
  const { past } = text();
  const whole = Math.max(1, Math.min(axis.to.getTime(), data.now.getTime()) - axis.from.getTime());
  const missed = axis.blind.reduce((sum, { from, to }) => sum + to.getTime() - from.getTime(), 0);
  return (
    <form class="past-slider" action="/past">
      <Kept data={data} without={['at']} />
      {hidden !== undefined && <input type="hidden" name={hidden[0]} value={hidden[1]} />}
      <label for={`slider-${name}`}>
        {label}: <output for={`slider-${name}`}>{said}</output>
      </label>
      <input
        id={`slider-${name}`}
        type="range"
        name={name}
        min="0"
        max={most}
        value={value}
        aria-valuetext={said}
        data-from={axis.from.getTime()}
        data-unit={unitMs}
        data-most={data.now.getTime()}
        data-zone={data.zone}
        data-shape={name === 'minute' ? 'clock' : 'date'}
        autocomplete="off"
      />
      <Strip
        from={axis.from}
        to={axis.to}
        height={8}
        rows={[
          {
            label: null,
            words: past.strip(Math.floor(100 * (1 - missed / whole))),
            spans: [
              { from: axis.from, to: axis.to < data.now ? axis.to : data.now, kind: 'seen' },
              ...axis.blind.map(span => ({ ...span, kind: 'unseen' as const, title: past.notLookedWords })),
            ],
          },
        ]}
      />
      <button class="slider-go">{past.go}</button>
    </form>
  );
};
