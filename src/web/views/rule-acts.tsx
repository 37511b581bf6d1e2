/** What happens to the alerts that a rule is about. */
import { inert } from '../../lib/text.ts';
import { SEVERITIES } from '../../store/site-alerts.ts';
import { text } from '../visit.ts';
import type { RuleEditData } from './rule-edit.tsx';
import { Boxes, Fold, SelectField, TextField } from './rule-fields.tsx';

export const RuleActs = ({ data }: { data: RuleEditData }) => {
  const { typed, errors, context } = data;
  const typing = { typed, errors };
  const words = text().rules.acts;
  const channels = context.channels.map(({ id, name }) => [String(id), inert(name, 60)] as const);
  const isSilence = typed.action?.[0] === 'silence';
  return (
    <section class="panel" id="rule-acts" aria-labelledby="rule-acts-title">
      <h2 id="rule-acts-title">{words.title}</h2>
      <div class="edit">
        <fieldset id="group-action">
          <legend class="sr">{words.sendOrNot}</legend>
          <label class="check">
            <input type="radio" name="action" value="send" checked={!isSilence} /> {words.send}
          </label>
          <label class="check">
            <input type="radio" name="action" value="silence" checked={isSilence} /> {words.silence}
          </label>
        </fieldset>
        {channels.length === 0 ? (
          <p class="hint">
            {words.noChannel} <a href="/channels">{words.setUp}</a>
          </p>
        ) : (
          <div id="group-channels">
            <Boxes {...typing} field="channels" word={words.channels} options={channels} />
          </div>
        )}
        <TextField
          {...typing}
          field="group"
          word={words.group}
          placeholder={words.atOnce}
          hint={words.groupHint}
        />
        <TextField
          {...typing}
          field="quiet"
          word={words.quiet}
          placeholder="22:00-07:00"
          hint={words.quietHint}
        />
        <TextField
          {...typing}
          field="cooldown"
          word={words.cooldown}
          placeholder="6h"
          hint={words.cooldownHint}
        />
        <Fold
          {...typing}
          fields={['escalateAfter', 'escalateTo', 'setSeverity', 'expires']}
          word={words.more}
        >
          <fieldset class="pair">
            <legend>{words.ifNobody}</legend>
            <TextField {...typing} field="escalateAfter" word={words.after} placeholder="15m" />
            <SelectField
              {...typing}
              field="escalateTo"
              word={words.tell}
              options={[['', words.nobodyElse], ...channels]}
            />
          </fieldset>
          <SelectField
            {...typing}
            field="setSeverity"
            word={words.severityBecomes}
            options={[
              ['', words.asItIs],
              ...SEVERITIES.map(severity => [severity, text().words.severity[severity]] as const),
            ]}
          />
          <TextField
            {...typing}
            field="expires"
            word={words.ends}
            placeholder="2026-12-24 18:00"
            hint={words.never}
          />
        </Fold>
      </div>
    </section>
  );
};
