/** Which alerts a rule is about. Whatever is left empty matches all. */
import { ALERT_KINDS } from '../../store/alert-kinds.ts';
import { SEVERITIES } from '../../store/site-alerts.ts';
import { DEVICE_STATES } from '../../store/site-devices.ts';
import { errorOf, Field } from './field.tsx';
import { KIND_WORDS } from '../../message/rule-words.ts';
import type { RuleEditData } from './rule-edit.tsx';
import { Boxes, Fold, SelectField, TextField } from './rule-fields.tsx';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const YES_NO = (any: string, yes: string, no: string) =>
  [
    ['', any],
    ['yes', yes],
    ['no', no],
  ] as const;

export const RuleMatches = ({ data }: { data: RuleEditData }) => {
  const { typed, errors, context } = data;
  const typing = { typed, errors };
  return (
    <section class="panel" id="rule-matches" aria-labelledby="rule-matches-title">
      <h2 id="rule-matches-title">Which alerts</h2>
      <div class="edit">
        <TextField {...typing} field="name" word="Name of the rule" maxlength={100} />
        <SelectField
          {...typing}
          field="minSeverity"
          word="Severity"
          options={SEVERITIES.map(severity => [
            severity,
            severity === 'info' ? 'any' : severity === 'critical' ? 'critical' : `${severity} and worse`,
          ])}
        />
        <Fold {...typing} fields={['kinds']} word="Kinds of alerts">
          <div id="group-kinds">
            <Boxes
              {...typing}
              field="kinds"
              word="None ticked: every kind"
              options={ALERT_KINDS.filter(kind => kind !== 'test').map(kind => [kind, KIND_WORDS[kind]])}
            />
          </div>
        </Fold>
        <Fold {...typing} fields={['devices', 'addDevice', 'owners', 'watched', 'states']} word="Devices">
          <Devices data={data} />
          <TextField
            {...typing}
            field="owners"
            word="Owners"
            placeholder="Anna, Ben"
            maxlength={2000}
            known={(context.devices?.owners ?? []).filter(owner => !owner.includes(','))}
          />
          <SelectField
            {...typing}
            field="watched"
            word="Watched"
            options={YES_NO('watched or not', 'only watched devices', 'only others')}
          />
          <div id="group-states">
            <Boxes
              {...typing}
              field="states"
              word="State"
              inline
              options={DEVICE_STATES.map(state => [state, state])}
            />
          </div>
        </Fold>
        <Fold
          {...typing}
          fields={['networks', 'deviceKinds', 'vendors', 'randomMac', 'days', 'hours', 'timeZone']}
          word="More: network, vendor, time of day"
        >
          {context.networks.length > 0 && (
            <div id="group-networks">
              <Boxes
                {...typing}
                field="networks"
                word="Networks"
                options={context.networks.map(({ id, cidr, name }) => [
                  String(id),
                  name === null ? cidr : `${name} (${cidr})`,
                ])}
              />
            </div>
          )}
          <TextField
            {...typing}
            field="deviceKinds"
            word="Kinds of devices"
            placeholder="printer, phone"
            maxlength={2000}
            known={(context.devices?.kinds ?? []).filter(kind => !kind.includes(','))}
          />
          <TextField
            {...typing}
            field="vendors"
            word="Vendors, or parts of their names"
            placeholder="Espressif"
            maxlength={2000}
            // A comma begins another: of “Apple, Inc.” the first part.
            known={[...new Set((context.devices?.vendors ?? []).map(vendor => vendor.replace(/,.*/s, '')))]}
          />
          <SelectField
            {...typing}
            field="randomMac"
            word="MAC address"
            options={YES_NO('random or not', 'only random ones', 'only those of a vendor')}
          />
          <div id="group-days">
            <Boxes
              {...typing}
              field="days"
              word="Days of the week"
              inline
              options={DAYS.map((day, index) => [String(index + 1), day])}
            />
          </div>
          <TextField {...typing} field="hours" word="Time of day" placeholder="08:00-18:00" />
          <TextField
            {...typing}
            field="timeZone"
            word="Time zone of this rule"
            placeholder={context.timeZone ?? 'UTC'}
          />
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
          word="Only these"
          options={devices.map(({ id, label }) => [String(id), label])}
        />
      </div>
    )}
    <Field
      name="addDevice"
      word={devices.length > 0 ? 'And also' : 'Only this device'}
      error={errors['addDevice']}
    >
      <input
        id="addDevice"
        name="addDevice"
        value={addDevice}
        maxlength={200}
        placeholder="name, address or MAC"
        autocomplete="off"
        {...errorOf('addDevice', errors['addDevice'])}
      />
    </Field>
  </>
);
