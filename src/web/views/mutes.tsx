/** To be told less for a while: the buttons that begin it, and what is muted now. */
import { count, inert } from '../../lib/text.ts';
import type { Mute } from '../../store/mutes.ts';
import type { Alert } from '../../store/site-alerts.ts';
import { MUTE_CHOICES, muteWord } from '../mute-until.ts';
import { ActionForm } from './forms.tsx';
import { KIND_WORDS } from '../../message/rule-words.ts';
import { Moment } from './time.tsx';

interface MuteFormProps {
  alert: Alert;
  now: Date;
  back: string;
  timeZone: string;
}

/** Folded, for it is rarely wanted. */
export const MuteForm = ({ alert, now, back, timeZone }: MuteFormProps) => {
  const what = `mute-what-${alert.id}`;
  return (
    <details class="mute">
      <summary aria-label={`Mute: ${inert(alert.summary, 100)}`}>Mute</summary>
      <ActionForm action="/mutes" back={back} class="mute-form">
        <input type="hidden" name="alert" value={alert.id} />
        <label for={what}>Send no messages about</label>
        <select id={what} name="what">
          {alert.deviceId !== null && <option value="device">{deviceWord(alert)}</option>}
          <option value="kind">every “{KIND_WORDS[alert.kind]}”</option>
          {alert.deviceId !== null && (
            <option value="both">
              “{KIND_WORDS[alert.kind]}” of {deviceWord(alert)}
            </option>
          )}
        </select>
        <span class="mute-times" role="group" aria-label="For how long">
          {MUTE_CHOICES.map(choice => (
            <button name="for" value={choice}>
              {muteWord(choice, now, timeZone)}
            </button>
          ))}
        </span>
      </ActionForm>
    </details>
  );
};

function deviceWord(alert: Alert): string {
  return inert(alert.deviceName ?? alert.mac ?? 'this device', 60);
}

interface RunningProps {
  mutes: readonly Mute[];
  now: Date;
  back: string;
}

export const RunningMutes = ({ mutes, now, back }: RunningProps) => (
  <section class="panel wide" data-live id="mutes" aria-labelledby="mutes-title">
    <h2 id="mutes-title">Muted now</h2>
    <ul class="plain">
      {mutes.map(mute => (
        <li id={`mute-${mute.id}`}>
          <span>
            <bdi>{muteSubject(mute)}</bdi>{' '}
            <span class="muted">
              until <Moment at={mute.until} now={now} />, by <bdi>{inert(mute.actor, 60)}</bdi>
              {mute.withheld > 0 && `, ${count(mute.withheld, 'alert')} withheld so far`}
              {mute.note !== '' && (
                <>
                  : <bdi>{inert(mute.note, 120)}</bdi>
                </>
              )}
            </span>
          </span>
          <ActionForm action={`/mutes/${mute.id}/end`} back={back}>
            <button class="small" aria-label={`End now: ${muteSubject(mute)}`}>
              End now
            </button>
          </ActionForm>
        </li>
      ))}
    </ul>
  </section>
);

/** `Printer in the hall: watched device is gone`; `Everything but critical alerts`. */
export function muteSubject(mute: Pick<Mute, 'kind' | 'device' | 'network' | 'channel'>): string {
  const parts = [
    ...(mute.device === null ? [] : [inert(mute.device, 80)]),
    ...(mute.kind === null ? [] : [`“${KIND_WORDS[mute.kind]}”`]),
    ...(mute.network === null ? [] : [inert(mute.network, 60)]),
  ];
  const subject = parts.length > 0 ? parts.join(', ') : 'Everything but critical alerts';
  return mute.channel === null ? subject : `${subject}, on ${inert(mute.channel, 60)}`;
}
