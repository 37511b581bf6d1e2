/** Whether to be told when a device goes, and putting it away. */
import type { Device } from '../../store/site-device.ts';
import type { PresenceReason } from '../../store/presence-reason.ts';
import { may } from '../access.ts';
import { duration } from '../times.ts';
import { text } from '../visit.ts';
import { Field, errorOf } from './field.tsx';
import { ActionForm } from './forms.tsx';
import { WakePart, type WakeState } from './device-wake.tsx';
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
  wake: WakeState;
  frame: Frame;
}

export const WatchPanel = ({ device, reason, form, wake, frame }: WatchProps) => {
  const words = text().device.watch;
  const learnedMs = reason?.learnedMs ?? null;
  return (
    <section class="panel" data-live id="watch" aria-labelledby="watch-title">
      <h2 id="watch-title">{words.title}</h2>
      <ActionForm action={`/devices/${device.id}/watch`} back={frame.path} class="edit">
        <label class="check">
          <input type="checkbox" name="watched" value="yes" checked={form?.watched ?? device.isWatched} />{' '}
          {words.tell}
        </label>
        <Field name="limit" word={words.limit} error={form?.error}>
          <input
            id="limit"
            name="limit"
            inputmode="decimal"
            autocomplete="off"
            placeholder={learnedMs === null ? words.asLearned : words.learned(minutesOf(learnedMs))}
            value={form?.limit ?? (device.downAfterMs === null ? '' : minutesOf(device.downAfterMs))}
            {...errorOf('limit', form?.error)}
          />
        </Field>
        <p class="hint">{learnedMs === null ? words.hint : words.hintNow(duration(learnedMs))}</p>
        {may('operator') && <button>{words.apply}</button>}
      </ActionForm>
      {device.state !== 'archived' && may('operator') && <PutAway device={device} frame={frame} />}
      <WakePart device={device.id} wake={wake} frame={frame} />
    </section>
  );
};

function minutesOf(ms: number): string {
  return String(Math.round(ms / 6000) / 10);
}

const PutAway = ({ device, frame }: { device: Device; frame: Frame }) => {
  const words = text().device.watch;
  return (
    <>
      <h2>{words.awayTitle}</h2>
      <ActionForm action={`/devices/${device.id}/put-away`} back={frame.path} class="edit">
        {device.state === 'blocked' ? (
          <>
            <input type="hidden" name="on_return" value="new" />
            <p class="hint">{words.awayBlocked}</p>
          </>
        ) : (
          <fieldset>
            <legend>{words.awayLegend}</legend>
            <label class="check">
              <input type="radio" name="on_return" value="new" checked /> {words.awayNew}
            </label>
            <label class="check">
              <input type="radio" name="on_return" value="stay" /> {words.awayStay}
            </label>
          </fieldset>
        )}
        <button>{words.awayDo}</button>
      </ActionForm>
    </>
  );
};

/** In the head of a device that is put away. */
export const AwayNote = ({ device }: { device: Device }) => {
  const words = text().device.away;
  return (
    <p class="note">
      {words.intro} {words[device.onReturn ?? 'stay']} {words.back}
    </p>
  );
};
