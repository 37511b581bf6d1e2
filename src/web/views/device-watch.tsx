/** Whether to be told when a device goes, and putting it away. */
import type { Device } from '../../store/site-device.ts';
import type { PresenceReason } from '../../store/presence-reason.ts';
import { duration } from '../words.ts';
import { Field, errorOf } from './field.tsx';
import { ActionForm } from './forms.tsx';
import type { Frame } from './layout.tsx';

export interface WatchForm {
  readonly watched: boolean;
  /** Minutes as typed. */
  readonly limit: string;
  readonly error: string;
}

interface WatchProps {
  device: Device;
  reason: PresenceReason | undefined;
  form: WatchForm | undefined;
  frame: Frame;
}

export const WatchPanel = ({ device, reason, form, frame }: WatchProps) => {
  const learnedMs = reason?.learnedMs ?? null;
  return (
    <section class="panel" data-live id="watch" aria-labelledby="watch-title">
      <h2 id="watch-title">Watch</h2>
      <ActionForm action={`/devices/${device.id}/watch`} back={frame.path} class="edit">
        <label class="check">
          <input type="checkbox" name="watched" value="yes" checked={form?.watched ?? device.isWatched} />{' '}
          Tell me when it goes away and when it is back
        </label>
        <Field name="limit" word="After how many minutes of silence" error={form?.error}>
          <input
            id="limit"
            name="limit"
            inputmode="decimal"
            autocomplete="off"
            placeholder={learnedMs === null ? 'as learned' : `${minutesOf(learnedMs)} (learned)`}
            value={form?.limit ?? (device.downAfterMs === null ? '' : minutesOf(device.downAfterMs))}
            {...errorOf('limit', form?.error)}
          />
        </Field>
        <p class="hint">
          {learnedMs === null
            ? 'Left empty, the limit is learned from its past.'
            : `Left empty, the limit is learned from its past: ${duration(learnedMs)} at the moment.`}
        </p>
        <button>Apply</button>
      </ActionForm>
      {device.state !== 'archived' && <PutAway device={device} frame={frame} />}
    </section>
  );
};

function minutesOf(ms: number): string {
  return String(Math.round(ms / 6000) / 10);
}

const PutAway = ({ device, frame }: { device: Device; frame: Frame }) => (
  <>
    <h2>Put away</h2>
    <ActionForm action={`/devices/${device.id}/put-away`} back={frame.path} class="edit">
      {device.state === 'blocked' ? (
        <>
          <input type="hidden" name="on_return" value="new" />
          <p class="hint">It leaves the lists and stays blocked: if it comes back, there is an alert.</p>
        </>
      ) : (
        <fieldset>
          <legend>It leaves the lists. If it comes back:</legend>
          <label class="check">
            <input type="radio" name="on_return" value="new" checked /> ask me about it, like a new device
          </label>
          <label class="check">
            <input type="radio" name="on_return" value="stay" /> say nothing, it stays put away
          </label>
        </fieldset>
      )}
      <button>Put away</button>
    </ActionForm>
  </>
);

/** In the head of a device that is put away. */
export const AwayNote = ({ device }: { device: Device }) => (
  <p class="note">
    Put away, and in no list.{' '}
    {device.onReturn === 'new'
      ? 'When it comes back, you are asked about it like about a new device.'
      : device.onReturn === 'blocked'
        ? 'It is blocked: when it comes back, there is an alert.'
        : 'It raises nothing when it comes back.'}{' '}
    Accept brings it back.
  </p>
);
