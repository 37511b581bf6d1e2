/** `/` and its first line alone, `/status`. */
import { Hono } from 'hono';
import { coverageOf, presenceHours } from '../../store/coverage.ts';
import { listAlerts } from '../../store/site-alerts.ts';
import { listDevices, type DeviceQuery } from '../../store/site-devices.ts';
import { readEvents } from '../../store/site-events.ts';
import { readStatus } from '../../store/site-status.ts';
import { openSuggestions } from '../../store/suggestions.ts';
import { frameOf } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { readTimeline } from '../timeline.ts';
import { Overview } from '../views/overview.tsx';
import { Status } from '../views/status.tsx';

const DAY = 24 * 60 * 60 * 1000;
/** What fits a first screen without hiding the rest: every list links to its whole. */
const SHOWN = { undecided: 6, suggestions: 3, events: 10, devices: 30, alerts: 5 } as const;

const EVERYTHING: DeviceQuery = {
  text: '',
  state: null,
  presence: null,
  network: null,
  sort: 'address',
  limit: SHOWN.devices,
  after: null,
};

export function overviewRoutes(options: SiteOptions): Hono {
  const { db, site, clock } = options;
  return new Hono()
    .get('/', async c => {
      const frame = await frameOf(c, options);
      const since = new Date(frame.now.getTime() - DAY);
      const list = listDevices(db, site, EVERYTHING);
      const [status, undecided, suggestions, events, devices, alerts, timeline, coverage, hours] =
        await Promise.all([
          readStatus(db, site),
          listDevices(db, site, { ...EVERYTHING, state: 'new', sort: 'first', limit: SHOWN.undecided }),
          openSuggestions(db, site, null, SHOWN.suggestions),
          readEvents(db, site, since, SHOWN.events),
          list,
          listAlerts(db, site, { status: 'open', onlyUrgent: true, before: null, limit: SHOWN.alerts }),
          readTimeline(db, site, list, frame.now),
          coverageOf(db, site, since, frame.now),
          presenceHours(db, site, new Date(frame.now.getTime() - 7 * DAY)),
        ]);
      return c.html(
        <Overview
          frame={frame}
          data={{
            status,
            undecided,
            suggestions,
            events,
            devices,
            alerts: alerts.rows,
            timeline,
            coverage,
            hours,
          }}
        />,
      );
    })
    .get('/status', async c => c.html(<Status status={await readStatus(db, site)} now={clock.now()} />));
}
