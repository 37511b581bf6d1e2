/** One alert: what happened to it, step by step, or why nothing was sent; what speaks for it; what can be done. */
import { inert } from '../../lib/text.ts';
import type { Story, StoryStep, StoryWhat } from '../../store/alert-story.ts';
import type { Evidence } from '../evidence.ts';
import { AlertButtons, AlertFacts, isOpen, SeverityTag } from './alert-item.tsx';
import { ActionForm, DecideButtons } from './forms.tsx';
import { text } from '../visit.ts';
import { Page, type Frame } from './layout.tsx';
import { MarkIcon, type Mark } from './marks.tsx';
import { MuteForm } from './mutes.tsx';
import { Moment } from './time.tsx';

export interface StoryData {
  readonly story: Story;
  readonly evidence: readonly Evidence[];
  /** What to do about it, in a sentence. */
  readonly advice: string;
  /** The device as it is now; null: the alert is about none. */
  readonly device: { readonly id: number; readonly label: string; readonly state: string } | null;
  readonly timeZone: string;
}

export const AlertStory = ({ frame, data }: { frame: Frame; data: StoryData }) => {
  const { alert, steps } = data.story;
  return (
    <Page frame={frame} title={inert(alert.summary, 80)} section="alerts">
      <header class="device-head">
        <p class="crumb">
          <a href="/alerts">{text().alerts.title}</a>{' '}
          <span class="muted">/ {text().words.kinds[alert.kind]}</span>
        </p>
        <h1>
          <bdi>{inert(alert.summary, 300)}</bdi> <SeverityTag severity={alert.severity} />
        </h1>
        <AlertFacts alert={alert} now={frame.now} />
        {isOpen(alert) && data.advice !== '' && <p class="note">{data.advice}</p>}
        <div class="buttons">
          {isOpen(alert) && <AlertButtons alert={alert} back={frame.path} />}
          {!isOpen(alert) && alert.resolvedAt === null && (
            <ActionForm action={`/alerts/${alert.id}/reopen`} back={frame.path}>
              <button>{text().alerts.openAgain}</button>
            </ActionForm>
          )}
          <MuteForm alert={alert} now={frame.now} back={frame.path} timeZone={data.timeZone} />
        </div>
      </header>
      <div class="columns">
        <section class="panel" data-live id="story" aria-labelledby="story-title">
          <h2 id="story-title">{text().alerts.page.story}</h2>
          <ol class="story">
            {steps.map(step => (
              <Step step={step} now={frame.now} />
            ))}
          </ol>
        </section>
        <div class="stack">
          {data.device !== null && <DevicePanel device={data.device} frame={frame} />}
          <EvidencePanel evidence={data.evidence} />
        </div>
      </div>
    </Page>
  );
};

const MARKS: Readonly<Record<StoryWhat, Mark>> = {
  detected: 'alert',
  reopens: 'alert',
  counted: 'alert',
  severity: 'alert',
  queued: 'quiet',
  held: 'quiet',
  escalation: 'alert',
  suppressed: 'ignored',
  tried: 'quiet',
  accepted: 'known',
  failed: 'blocked',
  link_opened: 'here',
  acted: 'known',
  muted: 'ignored',
  acknowledged: 'known',
  reopened: 'alert',
  resolved: 'here',
};

const Step = ({ step, now }: { step: StoryStep; now: Date }) => (
  <li class={`step ${step.what}`}>
    <span class="when">{step.at === null ? '' : <Moment at={step.at} now={now} seconds />}</span>
    <MarkIcon mark={MARKS[step.what]} />
    <span class="told">
      <bdi>{inert(step.text, 400)}</bdi>
      {step.detail !== null && <span class="mono receipt">{inert(step.detail, 400)}</span>}
    </span>
  </li>
);

const DevicePanel = ({ device, frame }: { device: NonNullable<StoryData['device']>; frame: Frame }) => (
  <section class="panel" id="alert-device" aria-labelledby="alert-device-title">
    <h2 id="alert-device-title">{text().alerts.page.device}</h2>
    <div class="about">
      <p>
        <a href={`/devices/${device.id}`}>
          <bdi>{device.label}</bdi>
        </a>{' '}
        <span class="muted">{device.state}</span>
      </p>
      <DecideButtons id={device.id} label={device.label} state={device.state} back={frame.path} />
    </div>
  </section>
);

const EvidencePanel = ({ evidence }: { evidence: readonly Evidence[] }) => (
  <section class="panel" id="evidence" aria-labelledby="evidence-title">
    <h2 id="evidence-title">{text().alerts.page.evidence}</h2>
    {evidence.length === 0 ? (
      <p class="nothing">{text().alerts.page.noEvidence}</p>
    ) : (
      <dl class="evidence">
        {evidence.map(([label, value]) => (
          <div>
            <dt>{label}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    )}
  </section>
);
