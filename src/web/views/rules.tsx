/** Who is told of what, in sentences, in the order in which they are asked. */
import { inert } from '../../lib/text.ts';
import type { Rule } from '../../store/rules.ts';
import { MUTE_CHOICES, muteWord } from '../mute-until.ts';
import { may, mayGet } from '../access.ts';
import { text } from '../visit.ts';
import { ActionForm } from './forms.tsx';
import { Page, type Frame } from './layout.tsx';
import { SectionTabs } from './section-tabs.tsx';
import { Moment } from './time.tsx';

export interface RuleLine {
  readonly rule: Rule;
  readonly sentence: string;
}

export interface RulesData {
  readonly lines: readonly RuleLine[];
  readonly channels: number;
  /** null: nobody said where the site is. */
  readonly timeZone: string | null;
}

export const Rules = ({ frame, data }: { frame: Frame; data: RulesData }) => (
  <Page frame={frame} title={text().rules.title} section="rules">
    <div class="title-row">
      <h1>{text().rules.title}</h1>
      {mayGet('/rules/new') && (
        <a class="button primary" href="/rules/new">
          {text().rules.add}
        </a>
      )}
    </div>
    <SectionTabs of="rules" current="rules" />
    <p class="note">
      {text().rules.note} <a href="/channels">{text().rules.channels(data.channels)}</a>,{' '}
      {text().rules.timesIn(data.timeZone ?? 'UTC')}
      {data.timeZone === null && (
        <>
          {' '}
          ({text().rules.sayWhere} <code>[site] time_zone</code> {text().rules.in})
        </>
      )}
      .
    </p>
    <section class="panel wide" data-live id="rules" aria-label={text().rules.title}>
      {data.lines.length === 0 ? (
        <p class="nothing">{text().rules.none}</p>
      ) : (
        <ol class="rules">
          {data.lines.map((line, index) => (
            <Item
              line={line}
              index={index}
              total={data.lines.length}
              frame={frame}
              zone={data.timeZone ?? 'UTC'}
            />
          ))}
        </ol>
      )}
    </section>
  </Page>
);

interface ItemProps {
  line: RuleLine;
  index: number;
  total: number;
  frame: Frame;
  zone: string;
}

const Item = ({ line: { rule, sentence }, index, total, frame, zone }: ItemProps) => {
  const name = inert(rule.name, 100);
  const sleeps = rule.snoozedUntil !== null && rule.snoozedUntil > frame.now;
  const expired = rule.expiresAt !== null && rule.expiresAt <= frame.now;
  const works = rule.enabled && !sleeps && !expired;
  return (
    <li id={`rule-${rule.id}`} class={`rule ${works ? 'works' : 'rests'}`}>
      <span class="rule-order">
        <Move rule={rule.id} name={name} direction="up" isLast={index === 0} back={frame.path} />
        <Move rule={rule.id} name={name} direction="down" isLast={index === total - 1} back={frame.path} />
      </span>
      <div class="rule-words">
        <p class="rule-name">
          {may('admin') ? (
            <a href={`/rules/${rule.id}`}>
              <bdi>{name}</bdi>
            </a>
          ) : (
            <bdi>{name}</bdi>
          )}
          {!rule.enabled && <span class="tag">{text().rules.off}</span>}
          {sleeps && rule.snoozedUntil !== null && (
            <span class="tag">
              {text().rules.snoozedUntil} <Moment at={rule.snoozedUntil} now={frame.now} />
            </span>
          )}
          {expired && <span class="tag">{text().rules.expired}</span>}
        </p>
        <p class="rule-sentence">
          <bdi>{sentence}</bdi>
        </p>
      </div>
      <div class="buttons">
        <ActionForm action={`/rules/${rule.id}/switch`} back={frame.path}>
          <button
            name="on"
            value={rule.enabled ? 'no' : 'yes'}
            aria-label={text().rules.switchThis(name, !rule.enabled)}
          >
            {rule.enabled ? text().rules.switchOff : text().rules.switchOn}
          </button>
        </ActionForm>
        {may('admin') && (
          <details class="mute">
            <summary aria-label={text().rules.moreFor(name)}>{text().rules.more}</summary>
            <div class="mute-form">
              <Snooze rule={rule} sleeps={sleeps} now={frame.now} zone={zone} back={frame.path} />
              <ActionForm action={`/rules/${rule.id}/remove`} back={frame.path}>
                <button class="danger" aria-label={text().rules.removeThis(name)}>
                  {text().words.remove}
                </button>
              </ActionForm>
            </div>
          </details>
        )}
      </div>
    </li>
  );
};

interface MoveProps {
  rule: number;
  name: string;
  direction: 'up' | 'down';
  /** There is nowhere to go. */
  isLast: boolean;
  back: string;
}

const Move = ({ rule, name, direction, isLast, back }: MoveProps) => (
  <ActionForm action={`/rules/${rule}/move`} back={back}>
    <button
      class="small"
      id={`move-${rule}-${direction}`}
      name="direction"
      value={direction}
      disabled={isLast}
      aria-label={text().rules.move[direction](name)}
      title={direction === 'up' ? text().rules.move.upMeans : text().rules.move.downMeans}
    >
      <svg class="icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
        <path d={direction === 'up' ? 'm3.5 10 4.5-4.5 4.5 4.5' : 'm3.5 6 4.5 4.5L12.5 6'} />
      </svg>
    </button>
  </ActionForm>
);

interface SnoozeProps {
  rule: Rule;
  sleeps: boolean;
  now: Date;
  zone: string;
  back: string;
}

const Snooze = ({ rule, sleeps, now, zone, back }: SnoozeProps) => (
  <ActionForm action={`/rules/${rule.id}/snooze`} back={back} class="mute-form-part">
    <span class="hint">{sleeps ? text().rules.rests : text().rules.letRest}</span>
    <span class="mute-times" role="group" aria-label={text().rules.restsFor}>
      {sleeps && (
        <button name="for" value="end">
          {text().rules.workAgain}
        </button>
      )}
      {MUTE_CHOICES.map(choice => (
        <button name="for" value={choice}>
          {muteWord(choice, now, zone)}
        </button>
      ))}
    </span>
  </ActionForm>
);
