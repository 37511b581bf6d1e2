/** What just happened to alerts, mutes, rules, channels and templates, with the way back where there is one. */
import { count, inert } from '../../lib/text.ts';
import type { Mute } from '../../store/mutes.ts';
import { ActionForm } from './forms.tsx';
import { muteSubject } from './mutes.tsx';
import { Moment } from './time.tsx';

/** After the name of the thing, or as a sentence of its own. */
export const TOLD = {
  'rule-saved': 'saved.',
  'rule-restored': 'is back where it was.',
  'rule-on': 'is switched on.',
  'rule-off': 'is switched off.',
  'channel-added': 'added. Send a test to see whether it works.',
  'channel-on': 'is switched on.',
  'channel-off': 'is switched off: nothing is sent through it.',
  'channel-removed': 'The channel is removed. What it sent is still told in the alerts.',
  'template-saved': 'The text is saved; messages use it from now on.',
  'template-removed': 'The text is removed; messages use the default one.',
  unmuted: 'The mute has ended.',
} as const;

export const PlainToast = ({ id, name, text }: { id: string; name?: string; text: string }) => (
  <div class="toast" id={id}>
    <span>
      {name !== undefined && (
        <>
          <bdi>{inert(name, 80)}</bdi>{' '}
        </>
      )}
      {text}
    </span>
  </div>
);

interface ManyProps {
  alerts: readonly number[];
  acknowledged: boolean;
  back: string;
}

export const ManyToast = ({ alerts, acknowledged, back }: ManyProps) => (
  <div class="toast" id={`toast-alerts-${alerts.join('-')}-${String(acknowledged)}`}>
    <span>
      {acknowledged
        ? `${count(alerts.length, 'alert')} acknowledged.`
        : `Undone. ${count(alerts.length, 'alert')} open again.`}
    </span>
    {acknowledged && (
      <ActionForm action="/alerts/reopen" back={back}>
        <input type="hidden" name="alerts" value={alerts.join('.')} />
        <button class="link" aria-label={`Undo: ${count(alerts.length, 'alert')} acknowledged`}>
          Undo
        </button>
      </ActionForm>
    )}
  </div>
);

export const MuteToast = ({ mute, now, back }: { mute: Mute; now: Date; back: string }) => (
  <div class="toast" id={`toast-mute-${mute.id}`}>
    <span>
      Muted until <Moment at={mute.until} now={now} />: <bdi>{muteSubject(mute)}</bdi>
    </span>
    <ActionForm action={`/mutes/${mute.id}/end`} back={back}>
      <button class="link" aria-label={`Undo: muted ${muteSubject(mute)}`}>
        Undo
      </button>
    </ActionForm>
  </div>
);

export const RemovedRuleToast = ({ rule, back }: { rule: number; back: string }) => (
  <div class="toast" id={`toast-rule-${rule}-removed`}>
    <span>The rule is removed.</span>
    <ActionForm action={`/rules/${rule}/restore`} back={back}>
      <button class="link" aria-label="Undo: the rule is removed">
        Undo
      </button>
    </ActionForm>
  </div>
);
