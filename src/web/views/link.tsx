/** The page behind a link in a message: what it is about, what can be done; afterwards, what was done and the way back. */
import type { Child } from 'hono/jsx';
import { inert } from '../../lib/text.ts';
import type { LinkAction } from '../../message/links.ts';
import type { Alert } from '../../store/site-alerts.ts';
import type { LabelledDevice } from '../device-label.ts';
import { text } from '../visit.ts';
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

interface ChoiceProps {
  frame: Frame;
  data: LinkData;
  actions: readonly LinkAction[];
  /** What the link in the message said; null: nothing, or what makes no sense here. */
  chosen: LinkAction | null;
  proof: string;
}

export const LinkChoice = ({ frame, data, actions, chosen, proof }: ChoiceProps) => (
  <LinkPage frame={frame} title={chosen === null ? words().alert : words().sure(words().acts[chosen].button)}>
    <h1>{chosen === null ? words().what : question(chosen, data)}</h1>
    <About data={data} now={frame.now} />
    <form method="post" action={data.path} class="link-form">
      <input type="hidden" name="proof" value={proof} />
      {chosen !== null && (
        <p class="chosen">
          <button name="do" value={chosen} class={chosen === 'block' ? 'danger' : 'primary'}>
            {words().acts[chosen].button}
          </button>{' '}
          <span class="muted">{words().acts[chosen].means}</span>
        </p>
      )}
      {chosen !== null && actions.length > 1 && <p class="muted">{words().orRather}</p>}
      <div class="buttons">
        {actions
          .filter(action => action !== chosen)
          .map(action => (
            <button name="do" value={action} title={words().acts[action].means}>
              {words().acts[action].button}
            </button>
          ))}
      </div>
    </form>
    <p class="hint">
      {words().nothingYet} <Moment at={data.expiresAt} now={frame.now} />.
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
  <LinkPage frame={frame} title={state === 'undone' ? words().undoneTitle : words().doneTitle}>
    <h1>{state === 'undone' ? words().undone : words().done}</h1>
    <p role="status">
      <bdi>{capital(subject(what, data))}</bdi>{' '}
      {state === 'undone' ? text().told.asItWas : words().acts[what].done}
    </p>
    {state === 'done' && (
      <form method="post" action={`${data.path}/undo`} class="link-form">
        <input type="hidden" name="done" value={done} />
        <button>{text().words.undo}</button>
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
        <a href="/alerts">{words().openAlerts}</a>
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
          {words().device} <bdi>{device.label}</bdi>
        </span>
        <span>{text().words.state[device.state]}</span>
      </p>
    )}
  </div>
);

const ToAlert = ({ data: { alert, device } }: { data: LinkData }) => (
  <p>
    <a href={`/alerts/${alert.id}`}>{words().story}</a>
    {device !== undefined && (
      <>
        {' · '}
        <a href={`/devices/${device.id}`}>{words().page}</a>
      </>
    )}
  </p>
);

function words() {
  return text().told.link;
}

function question(action: LinkAction, data: LinkData): Child {
  const [before, after] = words().ask[action];
  return (
    <>
      {before}
      <bdi>{before === '' ? capital(subject(action, data)) : subject(action, data)}</bdi>
      {after}
    </>
  );
}

function subject(action: LinkAction, { device }: LinkData): string {
  if (action === 'acknowledge') return words().thisAlert;
  return device?.label ?? words().itsSubject;
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
