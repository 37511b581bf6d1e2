/** The page behind a link in a message: what it is about, what can be done; afterwards, what was done and the way back. */
import type { Child } from 'hono/jsx';
import { inert } from '../../lib/text.ts';
import type { LinkAction } from '../../message/links.ts';
import type { Alert } from '../../store/site-alerts.ts';
import type { LabelledDevice } from '../device-label.ts';
import { AlertFacts, SeverityTag } from './alert-item.tsx';
import { Page, type Frame } from './layout.tsx';
import { Moment } from './time.tsx';

export interface LinkData {
  readonly alert: Alert;
  readonly device: LabelledDevice | undefined;
  readonly expiresAt: Date;
  /** Where its forms go. */
  readonly path: string;
}

/** What a button says, what it means, and how it is told afterwards, before or after the name of the device. */
export const LINK_WORDS: Readonly<
  Record<LinkAction, { readonly button: string; readonly means: string; readonly done: string }>
> = {
  accept: { button: 'Accept', means: 'It is known from now on.', done: 'is known from now on.' },
  ignore: {
    button: 'Ignore',
    means: 'It is not asked about again; it stays in the list, marked as ignored.',
    done: 'is ignored from now on.',
  },
  block: {
    button: 'Block',
    means: 'An alert each time it comes back; it is not cut off from the network.',
    done: 'is blocked: there is an alert each time it comes back.',
  },
  mute: { button: 'Mute for 1 h', means: 'No messages about it for an hour.', done: 'is muted for an hour.' },
  acknowledge: {
    button: 'Acknowledge',
    means: 'You have seen it; it is not sent any further.',
    done: 'is acknowledged.',
  },
};

interface ChoiceProps {
  frame: Frame;
  data: LinkData;
  actions: readonly LinkAction[];
  /** What the link in the message said; null: nothing, or what makes no sense here. */
  chosen: LinkAction | null;
  proof: string;
}

export const LinkChoice = ({ frame, data, actions, chosen, proof }: ChoiceProps) => (
  <LinkPage frame={frame} title={chosen === null ? 'An alert' : `${LINK_WORDS[chosen].button}?`}>
    <h1>{chosen === null ? 'What should happen?' : question(chosen, data)}</h1>
    <About data={data} now={frame.now} />
    <form method="post" action={data.path} class="link-form">
      <input type="hidden" name="proof" value={proof} />
      {chosen !== null && (
        <p class="chosen">
          <button name="do" value={chosen} class={chosen === 'block' ? 'danger' : 'primary'}>
            {LINK_WORDS[chosen].button}
          </button>{' '}
          <span class="muted">{LINK_WORDS[chosen].means}</span>
        </p>
      )}
      {chosen !== null && actions.length > 1 && <p class="muted">Or rather:</p>}
      <div class="buttons">
        {actions
          .filter(action => action !== chosen)
          .map(action => (
            <button name="do" value={action} title={LINK_WORDS[action].means}>
              {LINK_WORDS[action].button}
            </button>
          ))}
      </div>
    </form>
    <p class="hint">
      Nothing has happened yet. The link acts once, until <Moment at={data.expiresAt} now={frame.now} />.
    </p>
    <ToAlert data={data} />
  </LinkPage>
);

interface DoneProps {
  frame: Frame;
  data: LinkData;
  what: LinkAction;
  /** undone: it was taken back. kept: nothing takes it back, or somebody did something else since. */
  state: 'done' | 'undone' | 'kept';
  /** Proves the form that takes it back. */
  done: string;
}

export const LinkDone = ({ frame, data, what, state, done }: DoneProps) => (
  <LinkPage frame={frame} title={state === 'undone' ? 'Undone' : 'Done'}>
    <h1>{state === 'undone' ? 'Undone.' : 'Done.'}</h1>
    <p role="status">
      <bdi>{capital(subject(what, data))}</bdi> {state === 'undone' ? 'is as it was.' : LINK_WORDS[what].done}
    </p>
    {state === 'done' && (
      <form method="post" action={`${data.path}/undo`} class="link-form">
        <input type="hidden" name="done" value={done} />
        <button>Undo</button>
      </form>
    )}
    <ToAlert data={data} />
  </LinkPage>
);

interface RefusedProps {
  frame: Frame;
  title: string;
  /** Whose alert it is, where the link is genuine. */
  data?: LinkData;
  children?: Child;
}

/** It does nothing: why, and what does instead. */
export const LinkRefused = ({ frame, title, data, children }: RefusedProps) => (
  <LinkPage frame={frame} title={title}>
    <h1>{title}</h1>
    {children}
    {data === undefined ? (
      <p>
        <a href="/alerts">Open the alerts</a>
      </p>
    ) : (
      <>
        <About data={data} now={frame.now} />
        <ToAlert data={data} />
      </>
    )}
  </LinkPage>
);

const LinkPage = ({ frame, title, children }: { frame: Frame; title: string; children?: Child }) => (
  <Page frame={frame} title={title} section="none" bare>
    <section class="link-page">{children}</section>
  </Page>
);

const About = ({ data: { alert, device }, now }: { data: LinkData; now: Date }) => (
  <div class="panel about-alert">
    <p class="alert-summary">
      <bdi>{inert(alert.summary, 300)}</bdi> <SeverityTag severity={alert.severity} />
    </p>
    <AlertFacts alert={alert} now={now} />
    {device !== undefined && (
      <p class="facts">
        <span>
          Device: <bdi>{device.label}</bdi>
        </span>
        <span>{device.state}</span>
      </p>
    )}
  </div>
);

const ToAlert = ({ data: { alert, device } }: { data: LinkData }) => (
  <p>
    <a href={`/alerts/${alert.id}`}>The story of this alert</a>
    {device !== undefined && (
      <>
        {' · '}
        <a href={`/devices/${device.id}`}>The device’s page</a>
      </>
    )}
  </p>
);

function question(action: LinkAction, data: LinkData): Child {
  return (
    <>
      {action === 'mute' ? 'Mute' : LINK_WORDS[action].button} <bdi>{subject(action, data)}</bdi>
      {action === 'mute' ? ' for 1 h?' : '?'}
    </>
  );
}

function subject(action: LinkAction, { device }: LinkData): string {
  if (action === 'acknowledge') return 'this alert';
  return device?.label ?? 'what this alert is about';
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
