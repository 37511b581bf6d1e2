/** One device: what it is called, whether it is here, where it has been, and what was decided about it. */
import type { DeviceChange } from '../../store/device-changes.ts';
import type { Alert } from '../../store/site-alerts.ts';
import { bestOf, type Connection, type Device } from '../../store/site-device.ts';
import type { DeviceProfile } from '../../store/site-profile.ts';
import { presenceSentence, watchSentence, type PresenceReason } from '../../store/presence-reason.ts';
import type { Span } from '../../store/site-presence.ts';
import type { IdentityRule, MergeSuggestion } from '../../store/suggestions.ts';
import { LIMITS, type TextErrors } from '../forms.ts';
import { labelOf } from '../words.ts';
import { AlertItem } from './alert-item.tsx';
import { Decisions, Intervals } from './device-history.tsx';
import { IdentityPanel, type MergeForm } from './device-identity.tsx';
import { ProfilePanel } from './device-profile.tsx';
import { AwayNote, WatchPanel, type WatchForm } from './device-watch.tsx';
import { Field, errorOf } from './field.tsx';
import { ActionForm, DecideButtons } from './forms.tsx';
import { Page, type Frame } from './layout.tsx';
import { PresenceMark, StateTag } from './marks.tsx';
import { PresenceBar } from './presence-bar.tsx';
import { Ago, Moment } from './time.tsx';

export interface DeviceData {
  readonly device: Device;
  /** Undefined: never seen. */
  readonly reason: PresenceReason | undefined;
  readonly connections: readonly Connection[];
  readonly alerts: readonly Alert[];
  readonly changes: readonly DeviceChange[];
  readonly profile: DeviceProfile;
  readonly lines: readonly {
    readonly word: string;
    readonly from: Date;
    readonly spans: readonly Span[];
    readonly blind: readonly Span[];
  }[];
  readonly suggestions: readonly MergeSuggestion[];
  readonly rules: readonly IdentityRule[];
  /** What the person typed, when it could not be taken. */
  readonly watch?: WatchForm;
  readonly merge?: MergeForm;
  readonly form?: { readonly values: Readonly<Record<string, string>>; readonly errors: TextErrors };
}

export const DeviceView = ({ frame, data }: { frame: Frame; data: DeviceData }) => {
  const { device, connections, alerts } = data;
  const first = device.macs[0];
  const label = labelOf({
    name: device.name,
    called: device.called,
    vendor: first?.vendor ?? null,
    isRandomMac: first?.isLocal ?? false,
  });
  const current = bestOf(connections);
  return (
    <Page frame={frame} title={label} section="devices">
      <header class="device-head">
        <h1>
          <bdi>{label}</bdi> <StateTag state={device.state} />
        </h1>
        <p class="facts">
          <PresenceMark presence={device.presence} misses={current?.misses ?? 0} />
          {current !== undefined && (
            <>
              <span class="mono">{current.ip}</span>
              <span class="mono">{current.mac}</span>
              {current.endedAt === null && current.misses === 0 ? (
                <span>
                  since <Moment at={current.startedAt} now={frame.now} />
                </span>
              ) : (
                current.lastSeenAt !== null && (
                  <span>
                    last seen <Ago at={current.lastSeenAt} now={frame.now} />
                  </span>
                )
              )}
            </>
          )}
          <span>
            first seen <Moment at={device.firstSeenAt} now={frame.now} />
          </span>
        </p>
        {data.reason !== undefined && <Reason reason={data.reason} />}
        {device.state === 'archived' && <AwayNote device={device} />}
        <DecideButtons id={device.id} label={label} state={device.state} back={frame.path} />
      </header>
      <PresencePanel data={data} now={frame.now} />
      <div class="columns">
        <EditForm frame={frame} data={data} />
        <WatchPanel device={device} reason={data.reason} form={data.watch} frame={frame} />
      </div>
      <div class="columns">
        <IdentityPanel
          device={device}
          rules={data.rules}
          suggestions={data.suggestions}
          merge={data.merge}
          frame={frame}
        />
        <section class="panel" data-live id="decisions" aria-labelledby="decisions-title">
          <h2 id="decisions-title">Decisions</h2>
          <Decisions changes={data.changes} frame={frame} />
        </section>
      </div>
      <ProfilePanel device={device.id} profile={data.profile} frame={frame} />
      <Intervals connections={connections} now={frame.now} />
      {alerts.length > 0 && (
        <section class="panel wide" data-live id="device-alerts" aria-labelledby="device-alerts-title">
          <h2 id="device-alerts-title">Alerts</h2>
          <ul class="alert-list">
            {alerts.map(alert => (
              <AlertItem alert={alert} now={frame.now} back={frame.path} />
            ))}
          </ul>
        </section>
      )}
    </Page>
  );
};

/** Why it is said to be here, quiet or gone. */
const Reason = ({ reason }: { reason: PresenceReason }) => {
  const watch = watchSentence(reason);
  return (
    <p class="note">
      {capital(presenceSentence(reason))}.{watch !== undefined && ` ${capital(watch)}.`}
    </p>
  );
};

const capital = (sentence: string) => sentence.charAt(0).toUpperCase() + sentence.slice(1);

const PresencePanel = ({ data, now }: { data: DeviceData; now: Date }) => (
  <section class="panel wide" data-live id="device-presence" aria-labelledby="device-presence-title">
    <h2 id="device-presence-title">Presence</h2>
    <dl class="lines">
      {data.lines.map(line => (
        <div>
          <dt>{line.word}</dt>
          <dd>
            <PresenceBar spans={line.spans} blind={line.blind} from={line.from} to={now} width={1040} />
          </dd>
        </div>
      ))}
    </dl>
    <p class="legend">
      <span class="swatch seen"></span> here <span class="swatch away"></span> not here{' '}
      <svg class="swatch" width="18" height="10" aria-hidden="true">
        <rect class="unseen" width="18" height="10" />
      </svg>{' '}
      nobody looked
    </p>
  </section>
);

const EditForm = ({ frame, data }: { frame: Frame; data: DeviceData }) => {
  const { device, form } = data;
  const value = (field: 'name' | 'owner' | 'notes') => form?.values[field] ?? device[field] ?? '';
  return (
    <section class="panel" data-live aria-labelledby="edit-title" id="edit">
      <h2 id="edit-title">What you call it</h2>
      <ActionForm action={`/devices/${device.id}/rename`} back={frame.path} class="edit">
        <input type="hidden" name="revision" value={String(device.revision)} />
        {form?.errors.form !== undefined && (
          <p class="field-error" role="alert">
            {form.errors.form}
          </p>
        )}
        <Field name="name" word="Name" error={form?.errors.name}>
          <input
            id="name"
            name="name"
            value={value('name')}
            maxlength={LIMITS.name}
            autocomplete="off"
            {...errorOf('name', form?.errors.name)}
          />
        </Field>
        <Field name="owner" word="Owner" error={form?.errors.owner}>
          <input
            id="owner"
            name="owner"
            value={value('owner')}
            maxlength={LIMITS.owner}
            autocomplete="off"
            {...errorOf('owner', form?.errors.owner)}
          />
        </Field>
        <Field name="notes" word="Notes" error={form?.errors.notes}>
          <textarea
            id="notes"
            name="notes"
            rows={3}
            maxlength={LIMITS.notes}
            {...errorOf('notes', form?.errors.notes)}
          >
            {value('notes')}
          </textarea>
        </Field>
        <button class="primary">Save</button>
      </ActionForm>
    </section>
  );
};
