/** To be told less for a while: the buttons that begin it, and what is muted now. */
import { inert } from '../../lib/text.ts';
import type { Mute } from '../../store/mutes.ts';
import type { Alert } from '../../store/site-alerts.ts';
import { MUTE_CHOICES, muteWord } from '../mute-until.ts';
import { mayPost } from '../access.ts';
import { text } from '../visit.ts';
import { ActionForm } from './forms.tsx';
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
  const until = `mute-until-${alert.id}`;
  const more = text().alerts.mute;
  if (!mayPost('/mutes')) return null;
  const words = text().told.mutes;
  const kind = text().words.kinds[alert.kind];
  return (
    <details class="mute">
      <summary aria-label={words.muteThis(inert(alert.summary, 100))}>{words.mute}</summary>
      <ActionForm action="/mutes" back={back} class="mute-form">
        <input type="hidden" name="alert" value={alert.id} />
        <label for={what}>{words.about}</label>
        <select id={what} name="what">
          {alert.deviceId !== null && <option value="device">{deviceWord(alert)}</option>}
          <option value="kind">{words.every(kind)}</option>
          {alert.deviceId !== null && <option value="both">{words.both(kind, deviceWord(alert))}</option>}
          {alert.network !== null && (
            <option value="network">{more.network(inert(alert.network, 60))}</option>
          )}
        </select>
        <span class="mute-times" role="group" aria-label={words.howLong}>
          {MUTE_CHOICES.map(choice => (
            <button name="for" value={choice}>
              {muteWord(choice, now, timeZone)}
            </button>
          ))}
        </span>
        <label for={until}>{more.other}</label>
        <input id={until} name="until" type="datetime-local" />
        <button name="for" value="until">
          {more.until}
        </button>
      </ActionForm>
    </details>
  );
};

function deviceWord(alert: Alert): string {
  return inert(alert.deviceName ?? alert.mac ?? text().told.mutes.thisDevice, 60);
}

/** Of those that run. */
const MOST_SHOWN = 20;

interface RunningProps {
  mutes: readonly Mute[];
  now: Date;
  back: string;
}

export const RunningMutes = ({ mutes, now, back }: RunningProps) => (
  <section class="panel wide" data-live id="mutes" aria-labelledby="mutes-title">
    <h2 id="mutes-title">{text().told.mutes.now}</h2>
    <ul class="plain">
      {mutes.slice(0, MOST_SHOWN).map(mute => (
        <li id={`mute-${mute.id}`}>
          <span>
            <bdi>{muteSubject(mute)}</bdi>{' '}
            <span class="muted">
              {text().told.mutes.until} <Moment at={mute.until} now={now} />
              {text().told.mutes.by} <bdi>{inert(mute.actor, 60)}</bdi>
              {mute.withheld > 0 && text().told.mutes.withheld(mute.withheld)}
              {mute.note !== '' && (
                <>
                  : <bdi>{inert(mute.note, 120)}</bdi>
                </>
              )}
            </span>
          </span>
          <ActionForm action={`/mutes/${mute.id}/end`} back={back}>
            <button class="small" aria-label={text().told.mutes.endThis(muteSubject(mute))}>
              {text().told.mutes.end}
            </button>
          </ActionForm>
        </li>
      ))}
    </ul>
    {mutes.length > MOST_SHOWN && (
      <p class="muted nothing">{text().alerts.mute.more(mutes.length - MOST_SHOWN)}</p>
    )}
  </section>
);

/** `Printer in the hall: watched device is gone`; `Everything but critical alerts`. */
export function muteSubject(mute: Pick<Mute, 'kind' | 'device' | 'network' | 'channel'>): string {
  const words = text().told.mutes;
  const parts = [
    ...(mute.device === null ? [] : [inert(mute.device, 80)]),
    ...(mute.kind === null ? [] : [words.kind(text().words.kinds[mute.kind])]),
    ...(mute.network === null ? [] : [inert(mute.network, 60)]),
  ];
  const subject = parts.length > 0 ? parts.join(', ') : words.everything;
  return mute.channel === null ? subject : words.on(subject, inert(mute.channel, 60));
}
