/** What happens to the alerts that a rule is about. */
import { inert } from '../../lib/text.ts';
import { SEVERITIES } from '../../store/site-alerts.ts';
import type { RuleEditData } from './rule-edit.tsx';
import { Boxes, Fold, SelectField, TextField } from './rule-fields.tsx';

export const RuleActs = ({ data }: { data: RuleEditData }) => {
  const { typed, errors, context } = data;
  const typing = { typed, errors };
  const channels = context.channels.map(({ id, name }) => [String(id), inert(name, 60)] as const);
  const isSilence = typed.action?.[0] === 'silence';
  return (
    <section class="panel" id="rule-acts" aria-labelledby="rule-acts-title">
      <h2 id="rule-acts-title">What happens</h2>
      <div class="edit">
        <fieldset id="group-action">
          <legend class="sr">Send or not</legend>
          <label class="check">
            <input type="radio" name="action" value="send" checked={!isSilence} /> Send a message
          </label>
          <label class="check">
            <input type="radio" name="action" value="silence" checked={isSilence} /> Send nothing; the alert
            says that this rule kept it
          </label>
        </fieldset>
        {channels.length === 0 ? (
          <p class="hint">
            There is no channel yet. <a href="/channels">Set one up</a>
          </p>
        ) : (
          <div id="group-channels">
            <Boxes
              {...typing}
              field="channels"
              word="Channels; none ticked: every channel"
              options={channels}
            />
          </div>
        )}
        <TextField
          {...typing}
          field="group"
          word="Wait for others to travel with"
          placeholder="at once"
          hint="Such as 1m. What is over by itself in that time is not sent at all."
        />
        <TextField
          {...typing}
          field="quiet"
          word="Quiet hours"
          placeholder="22:00-07:00"
          hint="What comes then is told in one message when they end. Critical alerts pass."
        />
        <TextField
          {...typing}
          field="cooldown"
          word="At most once for each device and kind in"
          placeholder="6h"
          hint="The same is not told again in that time; what is about something else waits until it is over. Critical alerts pass."
        />
        <Fold
          {...typing}
          fields={['escalateAfter', 'escalateTo', 'setSeverity', 'expires']}
          word="More: if nobody reacts, severity, end"
        >
          <fieldset class="pair">
            <legend>If nobody has acknowledged it, and it is not over</legend>
            <TextField {...typing} field="escalateAfter" word="after" placeholder="15m" />
            <SelectField
              {...typing}
              field="escalateTo"
              word="tell"
              options={[['', 'nobody else'], ...channels]}
            />
          </fieldset>
          <SelectField
            {...typing}
            field="setSeverity"
            word="Its severity becomes"
            options={[['', 'what it is'], ...SEVERITIES.map(severity => [severity, severity] as const)]}
          />
          <TextField
            {...typing}
            field="expires"
            word="The rule ends"
            placeholder="2026-12-24 18:00"
            hint="Empty: never."
          />
        </Fold>
      </div>
    </section>
  );
};
