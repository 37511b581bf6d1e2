/** Which alerts a rule is about. Whatever is left empty matches all. */
import { inert } from '../../lib/text.ts';
import { ALERT_KINDS } from '../../store/alert-kinds.ts';
import { SEVERITIES } from '../../store/site-alerts.ts';
import { DEVICE_STATES } from '../../store/site-devices.ts';
import { text } from '../visit.ts';
import { errorOf, Field } from './field.tsx';
import type { RuleEditData } from './rule-edit.tsx';
import { Boxes, Fold, SelectField, TextField } from './rule-fields.tsx';

const YES_NO = ({ any, yes, no }: { any: string; yes: string; no: string }) =>
  [
    ['', any],
    ['yes', yes],
    ['no', no],
  ] as const;

export const RuleMatches = ({ data }: { data: RuleEditData }) => {
  const { typed, errors, context } = data;
  const typing = { typed, errors };
  const words = text().rules.matches;
  const { severity: severities, kinds, state: states } = text().words;
  return (
    <section class="panel" id="rule-matches" aria-labelledby="rule-matches-title">
      <h2 id="rule-matches-title">{words.title}</h2>
      <div class="edit">
        <TextField {...typing} field="name" word={words.name} maxlength={100} />
        <SelectField
          {...typing}
          field="minSeverity"
          word={words.severity}
          options={SEVERITIES.map(severity => [
            severity,
            severity === 'info'
              ? words.anySeverity
              : severity === 'critical'
                ? severities.critical
                : words.andWorse(severities[severity]),
          ])}
        />
        <Fold {...typing} fields={['kinds']} word={words.kinds}>
          <div id="group-kinds">
            <Boxes
              {...typing}
              field="kinds"
              word={words.everyKind}
              options={ALERT_KINDS.filter(kind => kind !== 'test').map(kind => [kind, kinds[kind]])}
            />
          </div>
        </Fold>
        <Fold
          {...typing}
          fields={['devices', 'addDevice', 'owners', 'watched', 'states']}
          word={words.devices}
        >
          <Devices data={data} />
          <TextField
            {...typing}
            field="owners"
            word={words.owners}
            placeholder={words.ownersSuch}
            maxlength={2000}
            known={(context.devices?.owners ?? []).filter(owner => !owner.includes(','))}
          />
          <SelectField
            {...typing}
            field="watched"
            word={words.watched}
            options={YES_NO(words.watchedChoices)}
          />
          <div id="group-states">
            <Boxes
              {...typing}
              field="states"
              word={words.state}
              inline
              options={DEVICE_STATES.map(state => [state, states[state]])}
            />
          </div>
        </Fold>
        <Fold
          {...typing}
          fields={['networks', 'deviceKinds', 'vendors', 'randomMac', 'days', 'hours', 'timeZone']}
          word={words.more}
        >
          {context.networks.length > 0 && (
            <div id="group-networks">
              <Boxes
                {...typing}
                field="networks"
                word={words.networks}
                options={context.networks.map(({ id, cidr, name }) => [
                  String(id),
                  inert(name === null ? cidr : `${name} (${cidr})`, 160),
                ])}
              />
            </div>
          )}
          <TextField
            {...typing}
            field="deviceKinds"
            word={words.deviceKinds}
            placeholder={words.deviceKindsSuch}
            maxlength={2000}
            known={(context.devices?.kinds ?? []).filter(kind => !kind.includes(','))}
          />
          <TextField
            {...typing}
            field="vendors"
            word={words.vendors}
            placeholder="Espressif"
            maxlength={2000}
            // A comma begins another: of “Apple, Inc.” the first part.
            known={[...new Set((context.devices?.vendors ?? []).map(vendor => vendor.replace(/,.*/s, '')))]}
          />
          <SelectField {...typing} field="randomMac" word={words.mac} options={YES_NO(words.macChoices)} />
          <div id="group-days">
            <Boxes
              {...typing}
              field="days"
              word={words.days}
              inline
              options={words.dayNames.map((day, index) => [String(index + 1), day])}
            />
          </div>
          <TextField {...typing} field="hours" word={words.hours} placeholder="08:00-18:00" />
          <TextField {...typing} field="timeZone" word={words.zone} placeholder={context.timeZone ?? 'UTC'} />
        </Fold>
      </div>
    </section>
  );
};

const Devices = ({ data: { devices, typed, errors, addDevice } }: { data: RuleEditData }) => (
  <>
    {devices.length > 0 && (
      <div id="group-devices">
        <Boxes
          typed={typed}
          errors={errors}
          field="devices"
          word={text().rules.matches.onlyThese}
          options={devices.map(({ id, label }) => [String(id), label])}
        />
      </div>
    )}
    <Field
      name="addDevice"
      word={devices.length > 0 ? text().rules.matches.andAlso : text().rules.matches.onlyThis}
      error={errors['addDevice']}
    >
      <input
        id="addDevice"
        name="addDevice"
        value={addDevice}
        maxlength={200}
        placeholder={text().rules.matches.typeDevice}
        autocomplete="off"
        {...errorOf('addDevice', errors['addDevice'])}
      />
    </Field>
  </>
);
