/** What was worth telling, to whom it was told, and whether it arrived. */
import type { Mute } from '../../store/mutes.ts';
import type { AlertPage } from '../../store/site-alerts.ts';
import type { NetworkStatus } from '../../store/site-status.ts';
import { mayPost } from '../access.ts';
import { alertsPath, isNarrow, type AlertFilter } from '../alert-query.ts';
import { text } from '../visit.ts';
import { AlertFilters } from './alert-filters.tsx';
import { AlertItem, isOpen } from './alert-item.tsx';
import { ActionForm } from './forms.tsx';
import { Page, type Frame } from './layout.tsx';
import { RunningMutes } from './mutes.tsx';
import { Moment } from './time.tsx';

/** Alerts of a CSV. */
export const MOST_EXPORTED = 5_000;

export interface AlertsData {
  readonly filter: AlertFilter;
  readonly page: AlertPage;
  readonly networks: readonly NetworkStatus[];
  readonly mutes: readonly Mute[];
  readonly channels: readonly { readonly id: number; readonly name: string }[];
  /** How many could carry an alert. */
  readonly carrying: number;
  /** The only device whose alerts are shown. */
  readonly device: string | null;
  readonly timeZone: string;
}

export const Alerts = ({ frame, data }: { frame: Frame; data: AlertsData }) => {
  const words = text().alerts;
  return (
    <Page frame={frame} title={words.title} section="alerts">
      <h1>{words.title}</h1>
      <AlertFilters
        filter={data.filter}
        networks={data.networks}
        channels={data.channels}
        device={data.device}
      />
      <p class="note">
        {data.carrying === 0 ? (
          <>
            {words.noChannel} <a href="/channels">{words.setUp}</a>
          </>
        ) : (
          <>
            {words.sentBy} <a href="/channels">{words.channels(data.carrying)}</a>, {words.asRules}{' '}
            <a href="/rules">{words.rules}</a> {words.say}
          </>
        )}
      </p>
      {data.mutes.length > 0 && <RunningMutes mutes={data.mutes} now={frame.now} back={frame.path} />}
      <AlertList frame={frame} data={data} />
    </Page>
  );
};

const AlertList = ({ frame, data }: { frame: Frame; data: AlertsData }) => {
  const { filter, page } = data;
  const words = text().alerts;
  // The filters replace this part alone: what is in it leads back to the page as it is then.
  const here = alertsPath(filter);
  return (
    <section class="panel wide" data-live id="alerts" aria-label={words.title}>
      {page.rows.length === 0 ? (
        <p class="nothing">{isNarrow(filter) ? words.none.filtered : words.none[filter.query.status]}</p>
      ) : (
        <>
          <Tally data={data} back={here} />
          <ul class="alert-list">
            {page.rows.map(alert => (
              <AlertItem alert={alert} now={frame.now} back={here} timeZone={data.timeZone} />
            ))}
          </ul>
        </>
      )}
      {page.walkedTo !== null && (
        <p class="muted nothing">
          {words.lookedBackTo} <Moment at={page.walkedTo} now={frame.now} />
        </p>
      )}
      {(page.rows.length > 0 || page.next !== null || filter.query.before !== null) && (
        <p class="more">
          {filter.query.before !== null && (
            <a class="button" href={alertsPath(filter, { before: null })}>
              {words.newest}
            </a>
          )}
          {page.next !== null && (
            <a class="button" href={alertsPath(filter, { before: String(page.next) })}>
              {page.walkedTo === null ? words.older : words.further}
            </a>
          )}
          {page.rows.length > 0 && (
            <a
              href={alertsPath(filter, { before: null }, '/alerts.csv')}
              title={words.csvTitle(MOST_EXPORTED)}
              download="alerts.csv"
            >
              {words.csv}
            </a>
          )}
        </p>
      )}
    </section>
  );
};

/** What acknowledge_matching knows to tell apart. */
const WHOLE = new Set(['show', 'severity', 'kind', 'network', 'device']);

const Tally = ({ data: { page, filter }, back }: { data: AlertsData; back: string }) => {
  const words = text().alerts;
  const open = page.rows.filter(isOpen);
  const { typed, query } = filter;
  const isWhole = query.status === 'open' && Object.keys(typed).every(name => WHOLE.has(name));
  const first = page.rows[0]?.id;
  return (
    <div class="panel-head">
      <p class="muted">
        {query.before === null ? words.tally(page.rows.length, page.count, page.isMore) : null}
      </p>
      {mayPost('/alerts/acknowledge') && (
        <div class="buttons">
          {open.length > 1 && (
            <ActionForm action="/alerts/acknowledge" back={back}>
              <input type="hidden" name="alerts" value={open.map(({ id }) => id).join('.')} />
              <button>
                {open.length === page.rows.length
                  ? words.acknowledgeThese(open.length)
                  : words.acknowledgeOpen(open.length)}
              </button>
            </ActionForm>
          )}
          {isWhole && page.count > page.rows.length && first !== undefined && (
            <ActionForm action="/alerts/acknowledge" back={back}>
              <input type="hidden" name="upto" value={first} />
              {(['severity', 'kind', 'network', 'device'] as const).map(
                name => typed[name] !== undefined && <input type="hidden" name={name} value={typed[name]} />,
              )}
              <button>{words.acknowledgeAll(page.count, page.isMore)}</button>
            </ActionForm>
          )}
        </div>
      )}
    </div>
  );
};
