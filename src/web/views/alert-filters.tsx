/** Which alerts: tabs for what became of them, choices for what they are. */
import { ALERT_KINDS } from '../../store/alert-kinds.ts';
import { SEVERITIES } from '../../store/site-alerts.ts';
import type { NetworkStatus } from '../../store/site-status.ts';
import { alertsPath, type AlertFilter } from '../alert-query.ts';
import { Choice } from './choice.tsx';
import { KIND_WORDS } from '../../message/rule-words.ts';
import { Tabs } from './tabs.tsx';

interface FilterProps {
  filter: AlertFilter;
  networks: readonly NetworkStatus[];
}

export const AlertFilters = ({ filter, networks }: FilterProps) => (
  <div class="alert-filters">
    <Tabs
      label="Which alerts"
      tabs={(
        [
          ['open', 'Open'],
          ['acknowledged', 'Acknowledged'],
          ['all', 'All'],
        ] as const
      ).map(([status, word]) => [
        alertsPath({ ...filter, status, before: null }),
        word,
        filter.status === status,
      ])}
    />
    <form
      class="filters"
      action="/alerts"
      aria-label="Which kinds of alerts"
      id="filters"
      hx-get="/alerts"
      hx-trigger="change, submit"
      hx-target="#alerts"
      hx-select="#alerts"
      hx-swap="outerHTML"
      hx-sync="this:replace"
    >
      {filter.status !== 'open' && <input type="hidden" name="show" value={filter.status} />}
      <Choice
        name="severity"
        word="Any severity"
        options={SEVERITIES.toReversed().map(severity => [
          severity,
          severity === 'critical' ? 'critical' : `${severity} and worse`,
        ])}
        chosen={filter.severity ?? null}
      />
      <Choice
        name="kind"
        word="Any kind"
        options={ALERT_KINDS.map(kind => [kind, KIND_WORDS[kind]])}
        chosen={filter.kind ?? null}
      />
      {networks.length > 1 && (
        <Choice
          name="network"
          word="Any network"
          options={networks.map(network => [String(network.id), network.cidr])}
          chosen={filter.network === undefined ? null : String(filter.network)}
        />
      )}
      <noscript>
        <button>Show</button>
      </noscript>
    </form>
  </div>
);
