/** Which alerts: tabs for what became of them, choices for what they are. */
import { ALERT_KINDS } from '../../store/alert-kinds.ts';
import { inert } from '../../lib/text.ts';
import { ALERT_STATES, SENT_STATES, SEVERITIES } from '../../store/site-alerts.ts';
import type { NetworkStatus } from '../../store/site-status.ts';
import { alertsPath, type AlertFilter, type AlertParam } from '../alert-query.ts';
import { text } from '../visit.ts';
import { Choice } from './choice.tsx';
import { errorOf, Field } from './field.tsx';
import { Tabs } from './tabs.tsx';

interface FilterProps {
  filter: AlertFilter;
  networks: readonly NetworkStatus[];
  channels: readonly { readonly id: number; readonly name: string }[];
  /** The only one whose alerts are shown. */
  device: string | null;
}

/** They are folded: rarely wanted. */
const FOLDED: readonly AlertParam[] = ['channel', 'sent', 'by', 'from', 'to'];

export const AlertFilters = ({ filter, networks, channels, device }: FilterProps) => {
  const { typed, complaints } = filter;
  const words = text().alerts;
  const isUnfolded = FOLDED.some(name => typed[name] !== undefined || complaints[name] !== undefined);
  return (
    <div class="alert-filters">
      <Tabs
        label={words.which}
        tabs={ALERT_STATES.map(status => [
          alertsPath(filter, { show: status, before: null }),
          words.show[status],
          filter.query.status === status,
        ])}
      />
      <form
        class="filters"
        action="/alerts"
        aria-label={words.whichKinds}
        id="filters"
        hx-get="/alerts"
        hx-trigger="change, submit"
        hx-target="#alerts"
        hx-select="#alerts"
        hx-swap="outerHTML"
        hx-sync="this:replace"
      >
        {typed.show !== undefined && <input type="hidden" name="show" value={typed.show} />}
        {typed.device !== undefined && <input type="hidden" name="device" value={typed.device} />}
        <Typed name="q" type="search" filter={filter} />
        <Choice
          name="severity"
          word={words.any.severity}
          options={SEVERITIES.toReversed().map(severity => [
            severity,
            severity === 'critical'
              ? text().words.severity.critical
              : words.andWorse(text().words.severity[severity]),
          ])}
          chosen={typed.severity ?? null}
        />
        <Choice
          name="kind"
          word={words.any.kind}
          options={ALERT_KINDS.map(kind => [kind, text().words.kinds[kind]])}
          chosen={typed.kind ?? null}
        />
        {networks.length > 1 && (
          <Choice
            name="network"
            word={words.any.network}
            options={networks.map(network => [String(network.id), inert(network.cidr, 100)])}
            chosen={typed.network ?? null}
          />
        )}
        <details class="more-filters" open={isUnfolded}>
          <summary>{words.more}</summary>
          <div class="filters">
            <Choice
              name="channel"
              word={words.any.channel}
              options={channels.map(channel => [String(channel.id), inert(channel.name, 60)])}
              chosen={typed.channel ?? null}
            />
            <Choice
              name="sent"
              word={words.any.sent}
              options={SENT_STATES.map(state => [state, words.sent[state]])}
              chosen={typed.sent ?? null}
            />
            <Typed name="by" type="text" filter={filter} />
            <Typed name="from" type="text" filter={filter} />
            <Typed name="to" type="text" filter={filter} />
          </div>
        </details>
        <noscript>
          <button>{text().words.show}</button>
        </noscript>
      </form>
      {(['show', 'severity', 'kind', 'network', 'device', 'channel', 'sent', 'before'] as const).map(
        name =>
          complaints[name] !== undefined && (
            <p class="field-error" role="alert">
              “{inert(filter.wrong[name] ?? '', 60)}”: {complaints[name]}
            </p>
          ),
      )}
      {device !== null && (
        <p class="note">
          {words.only(inert(device, 80))}{' '}
          <a href={alertsPath(filter, { device: null, before: null })}>{words.reset}</a>
        </p>
      )}
    </div>
  );
};

interface TypedProps {
  name: 'q' | 'by' | 'from' | 'to';
  type: string;
  filter: AlertFilter;
}

const Typed = ({ name, type, filter: { typed, wrong, complaints } }: TypedProps) => (
  <Field name={`alerts-${name}`} word={text().alerts.fields[name]} error={complaints[name]}>
    <input
      id={`alerts-${name}`}
      name={name}
      type={type}
      maxlength={200}
      value={typed[name] ?? wrong[name] ?? ''}
      {...(name === 'from' || name === 'to' ? { placeholder: '2026-11-20', size: 16 } : { size: 20 })}
      {...errorOf(`alerts-${name}`, complaints[name])}
    />
  </Field>
);
