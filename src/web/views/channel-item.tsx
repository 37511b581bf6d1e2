/** One way to reach people: whom, whether it works, and what can be done with it. */
import { inert } from '../../lib/text.ts';
import type { SiteChannel } from '../../store/channels.ts';
import type { Alert, Delivery } from '../../store/site-alerts.ts';
import { may } from '../access.ts';
import { text } from '../visit.ts';
import { ActionForm } from './forms.tsx';
import { MarkIcon, type Mark } from './marks.tsx';
import { Ago, Moment } from './time.tsx';

export interface ChannelRow {
  readonly channel: SiteChannel;
  /** The last test of the last hour. */
  readonly test: { readonly alert: Alert; readonly delivery: Delivery } | null;
  /** Texts of its own. */
  readonly templates: number;
}

interface ItemProps {
  row: ChannelRow;
  now: Date;
  back: string;
}

export const ChannelItem = ({ row, now, back }: ItemProps) => {
  const { channel } = row;
  const name = inert(channel.name, 60);
  const words = text().channels;
  return (
    <li id={`channel-${channel.id}`} class="channel">
      <div class="channel-head">
        <p class="channel-name">
          <b>
            <bdi>{name}</bdi>
          </b>{' '}
          <span class="muted">
            {words.reaches(words.kinds[channel.kind].word)} <bdi>{inert(channel.target, 120)}</bdi>
          </span>
        </p>
        <div class="buttons">
          {channel.enabled && channel.offAt === null && (
            <ActionForm action={`/channels/${channel.id}/test`} back={back}>
              <button aria-label={words.testThis(name)}>{words.test}</button>
            </ActionForm>
          )}
          <ActionForm action={`/channels/${channel.id}/switch`} back={back}>
            <button
              name="on"
              value={channel.offAt === null ? 'no' : 'yes'}
              aria-label={words.switchThis(name, channel.offAt !== null)}
            >
              {channel.offAt === null ? words.switchOff : words.switchOn}
            </button>
          </ActionForm>
        </div>
      </div>
      <ChannelState channel={channel} now={now} />
      {row.test !== null && <TestResult test={row.test} now={now} />}
      <div class="channel-foot">
        <span class="muted">
          {channel.waiting === 0 ? words.nothingWaits : words.waiting(channel.waiting)}
          {channel.acceptedAt !== null && (
            <>
              {words.lastAccepted} <Ago at={channel.acceptedAt} now={now} />
            </>
          )}
        </span>
        <a href={`/templates?channel=${channel.id}`}>
          {row.templates === 0 ? words.defaultTexts : words.ownTexts(row.templates)}
        </a>
        {channel.origin === 'config' ? (
          <span class="muted">{words.fromFile}</span>
        ) : (
          may('admin') && <RemoveChannel id={channel.id} name={name} back={back} />
        )}
      </div>
    </li>
  );
};

interface State {
  readonly mark: Mark;
  readonly mood: 'good' | 'warn' | 'bad' | 'muted';
}

const ChannelState = ({ channel, now }: { channel: SiteChannel; now: Date }) => {
  const state = (look: State, ...words: unknown[]) => (
    <p class={`channel-state ${look.mood}`}>
      <MarkIcon mark={look.mark} />
      <span>{words}</span>
    </p>
  );
  const words = text().channels;
  if (channel.offAt !== null)
    return state(
      { mark: 'archived', mood: 'muted' },
      words.offBy(inert(channel.offBy ?? words.somebody, 60)),
      ' (',
      <Moment at={channel.offAt} now={now} />,
      '). ',
      words.isOff,
    );
  if (channel.problem !== null)
    return state({ mark: 'alert', mood: 'bad' }, words.unusable(inert(channel.problem, 300)));
  if (!channel.enabled) return state({ mark: 'gone', mood: 'warn' }, words.notTaken);
  if (channel.failingSince !== null)
    return state(
      { mark: 'alert', mood: 'bad' },
      words.failingSince,
      ' ',
      <Moment at={channel.failingSince} now={now} />,
      channel.lastError === null ? '' : `: ${inert(channel.lastError, 300)}`,
    );
  if (channel.acceptedAt === null) return state({ mark: 'gone', mood: 'muted' }, words.unused);
  return state({ mark: 'here', mood: 'good' }, words.works);
};

const TestResult = ({
  test: { alert, delivery },
  now,
}: {
  test: NonNullable<ChannelRow['test']>;
  now: Date;
}) => {
  const answer = inert(delivery.receipt ?? delivery.lastError ?? delivery.reason ?? '', 300);
  const words = text().channels;
  const [mark, mood, word]: [Mark, State['mood'], string] =
    delivery.state === 'delivered'
      ? ['known', 'good', words.results.accepted]
      : delivery.state === 'queued'
        ? delivery.attempts === 0 || delivery.lastError === null // the first try is still under way
          ? ['quiet', 'muted', words.results.onItsWay]
          : ['quiet', 'warn', words.results.again]
        : ['alert', 'bad', words.results.failed];
  return (
    <p class={`channel-state test ${mood}`} role="status">
      <MarkIcon mark={mark} />
      <span>
        {words.testOf} <Moment at={alert.openedAt} now={now} seconds />: {word}
        {answer !== '' && (
          <>
            {' '}
            <span class="mono receipt">{answer}</span>
          </>
        )}{' '}
        <a href={`/alerts/${alert.id}`} aria-label={words.storyOfTest}>
          {words.story}
        </a>
      </span>
    </p>
  );
};

/** Nothing brings it back, so it is asked for twice. */
const RemoveChannel = ({ id, name, back }: { id: number; name: string; back: string }) => (
  <details class="confirm">
    <summary aria-label={text().channels.removeThis(name)}>{text().words.remove}</summary>
    <ActionForm action={`/channels/${id}/remove`} back={back}>
      <span>{text().channels.removal}</span>
      <button class="danger" aria-label={text().channels.removeThisForGood(name)}>
        {text().channels.removeForGood}
      </button>
    </ActionForm>
  </details>
);
