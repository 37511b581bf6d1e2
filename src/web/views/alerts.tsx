/** What was worth telling, to whom it was told, and whether it arrived. */
import type { Alert } from '../../store/site-alerts.ts';
import { AlertItem } from './alert-item.tsx';
import { Page, type Frame } from './layout.tsx';
import { Tabs } from './tabs.tsx';

export interface AlertsData {
  readonly status: 'open' | 'all';
  readonly alerts: readonly Alert[];
  readonly next: number | null;
  readonly channels: number;
}

export const Alerts = ({ frame, data }: { frame: Frame; data: AlertsData }) => (
  <Page frame={frame} title="Alerts" section="alerts">
    <h1>Alerts</h1>
    <Tabs
      label="Which alerts"
      tabs={[
        ['/alerts', 'Open', data.status === 'open'],
        ['/alerts?show=all', 'All', data.status === 'all'],
      ]}
    />
    {data.channels === 0 && (
      <p class="note">
        No channel is set up, so alerts are kept here and sent nowhere. Set up [email] or [telegram] in
        netureon.toml.
      </p>
    )}
    <section class="panel wide" data-live id="alerts" aria-label="Alerts">
      {data.alerts.length === 0 ? (
        <p class="nothing">
          {data.status === 'open'
            ? 'Nothing is open. Everything that was told has been dealt with.'
            : 'No alert yet.'}
        </p>
      ) : (
        <ul class="alert-list">
          {data.alerts.map(alert => (
            <AlertItem alert={alert} now={frame.now} back={frame.path} />
          ))}
        </ul>
      )}
      {data.next !== null && (
        <p class="more">
          <a class="button" href={`/alerts?${data.status === 'all' ? 'show=all&' : ''}before=${data.next}`}>
            Older alerts
          </a>
        </p>
      )}
    </section>
  </Page>
);
