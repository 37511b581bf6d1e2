/** One way to reach people: whom, whether it works, and what can be done with it. */
import { count, inert } from '../../lib/text.ts';
import type { SiteChannel } from '../../store/channels.ts';
import type { Alert, Delivery } from '../../store/site-alerts.ts';
import { ActionForm } from './forms.tsx';
import { KIND_OF_CHANNEL } from './channel-words.ts';
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
  return (
    <li id={`channel-${channel.id}`} class="channel">
      <div class="channel-head">
        <p class="channel-name">
          <b>
            <bdi>{name}</bdi>
          </b>{' '}
          <span class="muted">
            {KIND_OF_CHANNEL[channel.kind].word} to <bdi>{inert(channel.target, 120)}</bdi>
          </span>
        </p>
        <div class="buttons">
          {channel.enabled && channel.offAt === null && (
            <ActionForm action={`/channels/${channel.id}/test`} back={back}>
              <button aria-label={`Send a test to ${name}`}>Send a test</button>
            </ActionForm>
          )}
          <ActionForm action={`/channels/${channel.id}/switch`} back={back}>
            <button
              name="on"
              value={channel.offAt === null ? 'no' : 'yes'}
              aria-label={`Switch ${name} ${channel.offAt === null ? 'off' : 'on'}`}
            >
              {channel.offAt === null ? 'Switch off' : 'Switch on'}
            </button>
          </ActionForm>
        </div>
      </div>
      <ChannelState channel={channel} now={now} />
      {row.test !== null && <TestResult test={row.test} now={now} />}
      <div class="channel-foot">
        <span class="muted">
          {channel.waiting === 0 ? 'Nothing waits' : `${count(channel.waiting, 'alert')} waiting`}
          {channel.acceptedAt !== null && (
            <>
              , last accepted <Ago at={channel.acceptedAt} now={now} />
            </>
          )}
        </span>
        <a href={`/templates?channel=${channel.id}`}>
          {row.templates === 0
            ? 'Texts: default'
            : count(row.templates, 'text of its own', 'texts of its own')}
        </a>
        {channel.origin === 'config' ? (
          <span class="muted">from netureon.toml</span>
        ) : (
          <RemoveChannel id={channel.id} name={name} back={back} />
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
  if (channel.offAt !== null)
    return state(
      { mark: 'archived', mood: 'muted' },
      'Switched off by ',
      inert(channel.offBy ?? 'somebody', 60),
      ' ',
      <Moment at={channel.offAt} now={now} />,
      '. Nothing is sent through it.',
    );
  if (channel.problem !== null)
    return state({ mark: 'alert', mood: 'bad' }, 'Cannot be used: ', inert(channel.problem, 300));
  if (!channel.enabled)
    return state(
      { mark: 'gone', mood: 'warn' },
      'Waits for the alert daemon: netureon alertd has not taken it up yet.',
    );
  if (channel.failingSince !== null)
    return state(
      { mark: 'alert', mood: 'bad' },
      'Nothing gets through since ',
      <Moment at={channel.failingSince} now={now} />,
      channel.lastError === null ? '' : `: ${inert(channel.lastError, 300)}`,
    );
  if (channel.acceptedAt === null)
    return state({ mark: 'gone', mood: 'muted' }, 'Nothing was sent through it yet.');
  return state({ mark: 'here', mood: 'good' }, 'Works');
};

const TestResult = ({
  test: { alert, delivery },
  now,
}: {
  test: NonNullable<ChannelRow['test']>;
  now: Date;
}) => {
  const answer = inert(delivery.receipt ?? delivery.lastError ?? delivery.reason ?? '', 300);
  const [mark, mood, word]: [Mark, State['mood'], string] =
    delivery.state === 'delivered'
      ? ['known', 'good', 'accepted']
      : delivery.state === 'queued'
        ? delivery.attempts === 0
          ? ['quiet', 'muted', 'on its way']
          : ['quiet', 'warn', 'not accepted yet, it is tried again']
        : ['alert', 'bad', 'not sent'];
  return (
    <p class={`channel-state test ${mood}`} role="status">
      <MarkIcon mark={mark} />
      <span>
        Test of <Moment at={alert.openedAt} now={now} seconds />: {word}
        {answer !== '' && <span class="mono receipt">{answer}</span>}{' '}
        <a href={`/alerts/${alert.id}`} aria-label="Story of this test">
          Story
        </a>
      </span>
    </p>
  );
};

/** Nothing brings it back, so it is asked for twice. */
const RemoveChannel = ({ id, name, back }: { id: number; name: string; back: string }) => (
  <details class="confirm">
    <summary aria-label={`Remove ${name}`}>Remove</summary>
    <ActionForm action={`/channels/${id}/remove`} back={back}>
      <span>What still waits for it is not sent.</span>
      <button class="danger" aria-label={`Remove ${name} for good`}>
        Remove for good
      </button>
    </ActionForm>
  </details>
);
