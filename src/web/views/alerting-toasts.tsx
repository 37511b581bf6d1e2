/** What just happened to alerts, mutes, rules, channels and templates, with the way back where there is one. */
import { inert } from '../../lib/text.ts';
import type { Mute } from '../../store/mutes.ts';
import { text } from '../visit.ts';
import { ActionForm } from './forms.tsx';
import { muteSubject } from './mutes.tsx';
import { Moment } from './time.tsx';

export const PlainToast = ({ id, name, sentence }: { id: string; name?: string; sentence: string }) => (
  <div class="toast" id={id}>
    <span>
      {name !== undefined && (
        <>
          <bdi>{inert(name, 80)}</bdi>{' '}
        </>
      )}
      {sentence}
    </span>
  </div>
);

/** Many that were acknowledged as one step. */
export const BatchToast = ({ batch, alerts, back }: { batch: string; alerts: number; back: string }) => (
  <div class="toast" id={`toast-batch-${batch}`}>
    <span>{text().told.allAcknowledged(alerts)}</span>
    <ActionForm action="/alerts/reopen" back={back}>
      <input type="hidden" name="batch" value={batch} />
      <button class="link" aria-label={text().told.undoAll(alerts)}>
        {text().words.undo}
      </button>
    </ActionForm>
  </div>
);

export const ReopenedToast = ({ alerts }: { alerts: number }) => (
  <div class="toast" id={`toast-reopened-${alerts}`}>
    <span>{text().told.allOpen(alerts)}</span>
  </div>
);

export const MuteToast = ({ mute, now, back }: { mute: Mute; now: Date; back: string }) => (
  <div class="toast" id={`toast-mute-${mute.id}`}>
    <span>
      {text().told.mutedUntil} <Moment at={mute.until} now={now} />: <bdi>{muteSubject(mute)}</bdi>
    </span>
    <ActionForm action={`/mutes/${mute.id}/end`} back={back}>
      <button class="link" aria-label={text().told.undoMute(muteSubject(mute))}>
        {text().words.undo}
      </button>
    </ActionForm>
  </div>
);

export const RemovedRuleToast = ({ rule, back }: { rule: number; back: string }) => (
  <div class="toast" id={`toast-rule-${rule}-removed`}>
    <span>{text().told.ruleRemoved}</span>
    <ActionForm action={`/rules/${rule}/restore`} back={back}>
      <button class="link" aria-label={text().told.undoRuleRemoved}>
        {text().words.undo}
      </button>
    </ActionForm>
  </div>
);
