/** What was worth telling, to whom it was told, and whether it arrived. */
import { count } from '../../lib/text.ts';
import type { Mute } from '../../store/mutes.ts';
import type { Alert } from '../../store/site-alerts.ts';
import type { NetworkStatus } from '../../store/site-status.ts';
import { alertsPath, type AlertFilter } from '../alert-query.ts';
import { AlertFilters } from './alert-filters.tsx';
import { AlertItem, isOpen } from './alert-item.tsx';
import { ActionForm } from './forms.tsx';
import { Page, type Frame } from './layout.tsx';
import { RunningMutes } from './mutes.tsx';

export interface AlertsData {
  readonly filter: AlertFilter;
  readonly alerts: readonly Alert[];
  readonly next: number | null;
  readonly networks: readonly NetworkStatus[];
  readonly mutes: readonly Mute[];
  /** How many could carry an alert. */
  readonly channels: number;
  /** Messages that did not get through: to be looked at on the channels' page. */
  readonly timeZone: string;
}

export const Alerts = ({ frame, data }: { frame: Frame; data: AlertsData }) => (
  <Page frame={frame} title="Alerts" section="alerts">
    <h1>Alerts</h1>
    <AlertFilters filter={data.filter} networks={data.networks} />
    <p class="note">
      {data.channels === 0 ? (
        <>
          No channel is set up, so alerts are kept here and sent nowhere.{' '}
          <a href="/channels">Set up a channel</a>
        </>
      ) : (
        <>
          Sent by <a href="/channels">{count(data.channels, 'channel')}</a>, as the <a href="/rules">rules</a>{' '}
          say.
        </>
      )}
    </p>
    {data.mutes.length > 0 && <RunningMutes mutes={data.mutes} now={frame.now} back={frame.path} />}
    <AlertList frame={frame} data={data} />
  </Page>
);

const AlertList = ({ frame, data }: { frame: Frame; data: AlertsData }) => {
  const { alerts, filter, next } = data;
  // The filters replace this part alone: what is in it leads back to the page as it is then.
  const here = alertsPath(filter);
  return (
    <section class="panel wide" data-live id="alerts" aria-label="Alerts">
      {alerts.length === 0 ? (
        <p class="nothing">{emptyWord(filter)}</p>
      ) : (
        <>
          <Tally data={data} back={here} />
          <ul class="alert-list">
            {alerts.map(alert => (
              <AlertItem alert={alert} now={frame.now} back={here} timeZone={data.timeZone} />
            ))}
          </ul>
        </>
      )}
      {next !== null && (
        <p class="more">
          <a class="button" href={alertsPath({ ...filter, before: next })}>
            Older alerts
          </a>
        </p>
      )}
    </section>
  );
};

const Tally = ({ data: { alerts, next }, back }: { data: AlertsData; back: string }) => {
  const open = alerts.filter(isOpen);
  return (
    <div class="panel-head">
      <p class="muted">
        {next === null ? count(alerts.length, 'alert') : `The latest ${alerts.length} alerts`}
      </p>
      {open.length > 1 && (
        <ActionForm action="/alerts/acknowledge" back={back}>
          <input type="hidden" name="alerts" value={open.map(({ id }) => id).join('.')} />
          <button>
            Acknowledge {open.length === alerts.length ? `these ${open.length}` : `the ${open.length} open`}
          </button>
        </ActionForm>
      )}
    </div>
  );
};

function emptyWord(filter: AlertFilter): string {
  if (filter.kind !== undefined || filter.severity !== undefined || filter.network !== undefined)
    return 'No alert is like that.';
  if (filter.status === 'open') return 'Nothing is open. Everything that was told has been dealt with.';
  return filter.status === 'acknowledged' ? 'No alert was acknowledged yet.' : 'No alert yet.';
}
