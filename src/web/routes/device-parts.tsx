/** `/devices/:id/addresses` and the other lists of one device, page by page; for its page they come as sections. */
import { Hono, type Context } from 'hono';
import type { Child } from 'hono/jsx';
import { changesOf } from '../../store/device-changes.ts';
import { addressesOf, intervalsOf, namesOf, notesOf, portsOf, type Part } from '../../store/device-lists.ts';
import { bystandersOf, firstHourOf } from '../../store/first-hour.ts';
import { listAlerts } from '../../store/site-alerts.ts';
import type { Device } from '../../store/site-device.ts';
import { deviceOrMissing } from '../device-page.ts';
import { checkId } from '../forms.ts';
import { frameAt, frameOf } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { AlertItem } from '../views/alert-item.tsx';
import { FirstHour } from '../views/device-first-hour.tsx';
import { Decisions } from '../views/device-history.tsx';
import { AddressTable, IntervalTable, NameTable, PortTable } from '../views/device-lists.tsx';
import { NotesVersions } from '../views/device-notes.tsx';
import { PartPage, PARTS, type PartName } from '../views/device-part.tsx';
import { labelOfDevice, undoableOf } from '../views/device.tsx';
import type { Frame } from '../views/layout.tsx';
import { text } from '../visit.ts';

const PAGE = 100;
/** Versions of notes are long. */
const VERSIONS = 5;
const ALERTS = 25;
const BYSTANDERS = 20;
/** Keys are far shorter. */
const LONGEST_KEY = 200;

interface Asked {
  readonly device: Device;
  readonly after: string | null;
  readonly frame: Frame;
}

interface Drawn {
  readonly next: string | null;
  readonly body: Child;
}

export function devicePartRoutes(options: SiteOptions): Hono {
  const draw = drawers(options);
  const show = (part: PartName) => async (c: Context) => {
    const device = await deviceOrMissing(options, checkId(c.req.param('id')));
    const after = c.req.query('after')?.replaceAll('\0', '').slice(0, LONGEST_KEY) ?? null;
    const isSection = c.req.header('hx-target') === `section#${part}`;
    // What is undone from within the device's page leads back there.
    const frame = isSection ? frameAt(c, options, `/devices/${device.id}`) : await frameOf(c, options);
    const { next, body } = await draw[part]({ device, after, frame });
    const head = { frame, device, label: labelOfDevice(device), part, after, next, isSection };
    return c.html(<PartPage {...head}>{body}</PartPage>);
  };
  const app = new Hono();
  for (const part of PARTS) app.get(`/devices/:id/${part}`, show(part));
  return app;
}

function drawers({ db, site }: SiteOptions): Readonly<Record<PartName, (asked: Asked) => Promise<Drawn>>> {
  const listed = <Row,>({ rows, next }: Part<Row>, table: (rows: readonly Row[]) => Child): Drawn => ({
    next,
    body: rows.length === 0 ? <p class="nothing">{text().device.history.nothing}</p> : table(rows),
  });
  const key = ({ after }: Asked, limit = PAGE) => ({ after, limit });
  return {
    addresses: async asked =>
      listed(await addressesOf(db, site, asked.device.id, key(asked)), rows => (
        <AddressTable rows={rows} now={asked.frame.now} />
      )),
    names: async asked =>
      listed(await namesOf(db, site, asked.device.id, key(asked)), rows => (
        <NameTable rows={rows} now={asked.frame.now} />
      )),
    ports: async asked =>
      listed(await portsOf(db, site, asked.device.id, key(asked)), rows => (
        <PortTable rows={rows} now={asked.frame.now} />
      )),
    intervals: async asked =>
      listed(await intervalsOf(db, site, asked.device.id, key(asked)), rows => (
        <IntervalTable rows={rows} now={asked.frame.now} />
      )),
    notes: async asked =>
      listed(await notesOf(db, site, asked.device.id, key(asked, VERSIONS)), rows => (
        <NotesVersions device={asked.device} rows={rows} frame={asked.frame} />
      )),
    alerts: async ({ device, after, frame }) => {
      const query = {
        status: 'all',
        device: device.id,
        before: checkId(after ?? undefined) ?? null,
      } as const;
      const { rows, next } = await listAlerts(db, site, { ...query, limit: ALERTS });
      return listed({ rows, next: next === null ? null : String(next) }, alerts => (
        <ul class="alert-list">
          {alerts.map(alert => (
            <AlertItem alert={alert} now={frame.now} back={frame.path} />
          ))}
        </ul>
      ));
    },
    changes: async ({ device, after, frame }) => {
      const [rows, latest] = await Promise.all([
        changesOf(db, site, device.id, PAGE + 1, checkId(after ?? undefined) ?? null),
        changesOf(db, site, device.id, PAGE),
      ]);
      const shown = rows.slice(0, PAGE);
      const next = rows.length > PAGE ? String(shown.at(-1)?.id ?? '') : null;
      return listed({ rows: shown, next }, changes => (
        <Decisions changes={changes} undoable={undoableOf(latest)} frame={frame} />
      ));
    },
    'first-hour': async ({ device, frame }) => {
      const [events, bystanders] = await Promise.all([
        firstHourOf(db, site, device.id, PAGE),
        bystandersOf(db, site, device.id, device.firstSeenAt, BYSTANDERS),
      ]);
      return {
        next: null,
        body: <FirstHour device={device} events={events} bystanders={bystanders} now={frame.now} />,
      };
    },
  };
}
