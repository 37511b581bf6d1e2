/** When a device was here: strips for the whole and for each address, the same as a table, and its usual week. */
import { RANGES } from '../schema/device-range.ts';
import { TABLE, type Lane, type PresenceChart } from '../presence-chart.ts';
import type { Island } from '../presence-islands.ts';
import { customs, duration, formatAt, zone } from '../times.ts';
import { text } from '../visit.ts';
import { HeatMap } from './chart/heat-map.tsx';
import { Strip, type StripRow, type StripSpan } from './chart/strip.tsx';
import { Moment } from './time.tsx';

interface PresenceProps {
  device: number;
  chart: PresenceChart;
  now: Date;
}

export const PresencePanel = ({ device, chart, now }: PresenceProps) => {
  const words = text().device.presence;
  const { from, to } = chart.range;
  return (
    <section
      class="panel wide presence"
      data-live
      id="device-presence"
      aria-labelledby="device-presence-title"
    >
      <div class="panel-head">
        <h2 id="device-presence-title">{words.title}</h2>
        <Ranges device={device} chart={chart} />
      </div>
      <Strip rows={chart.lanes.map(lane => rowOf(lane, chart))} from={from} to={to} />
      {chart.moreLanes > 0 && <p class="hint">{words.moreLanes(chart.moreLanes)}</p>}
      <p class="legend">
        <span class="swatch seen"></span> {words.here} <span class="swatch away"></span> {words.away}{' '}
        <svg class="swatch" width="18" height="10" aria-hidden="true">
          <rect class="unseen" width="18" height="10" />
        </svg>{' '}
        {words.unlooked}
      </p>
      <Table chart={chart} now={now} />
      <Chosen device={device} chart={chart} />
      <details class="usual" open>
        <summary>{words.heat}</summary>
        <Week week={chart.week} />
      </details>
    </section>
  );
};

const Ranges = ({ device, chart }: { device: number; chart: PresenceChart }) => {
  const words = text().device.presence;
  return (
    <nav class="tabs ranges" aria-label={words.ranges}>
      {RANGES.map(name => {
        const href = `/devices/${device}?range=${name}`;
        return (
          <a
            href={`${href}#device-presence`}
            aria-current={chart.range.name === name ? 'true' : undefined}
            data-address={href}
            hx-get={href}
            hx-target="#device-presence"
            hx-swap="outerHTML"
          >
            {words[name]}
          </a>
        );
      })}
    </nav>
  );
};

const Chosen = ({ device, chart: { range } }: { device: number; chart: PresenceChart }) => {
  const words = text().device.presence;
  const wrong =
    range.error === undefined ? {} : { 'aria-invalid': 'true' as const, 'aria-describedby': 'range-error' };
  return (
    <form class="chosen" method="get" action={`/devices/${device}`}>
      <label>
        {words.from} <input type="datetime-local" name="from" value={valueOf(range.typed.from)} {...wrong} />
      </label>
      <label>
        {words.to} <input type="datetime-local" name="to" value={valueOf(range.typed.to)} {...wrong} />
      </label>
      <button class="small">{words.show}</button>
      <span class="hint">{words.zone(zone())}</span>
      {range.error !== undefined && (
        <p class="field-error" id="range-error">
          {range.error}
        </p>
      )}
    </form>
  );
};

/** Browsers take nothing else into such a field. */
function valueOf(typed: string): string {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(typed) ? typed : '';
}

function rowOf({ ip, islands, share }: Lane, { blind, range }: PresenceChart): StripRow {
  const words = text().device.presence;
  const of = ip === null ? words.all : words.lane(ip);
  const percent = share === null ? null : Math.round(share * 100);
  const unseen: StripSpan[] = blind.map(({ from, to }) => ({
    from: new Date(from),
    to: new Date(to),
    kind: 'unseen',
    title: `${words.unlooked}: ${spanWords({ from, to, visits: 1 })}`,
  }));
  return {
    label: ip === null ? words.all : <span class="mono">{ip}</span>,
    words:
      percent === null
        ? words.neverLooked
        : words.share(percent, `${of}, ${exact(range.from)} – ${exact(range.to)}`),
    spans: [
      ...islands.map(island => ({
        from: new Date(island.from),
        to: new Date(island.to),
        kind: 'seen' as const,
        title: spanWords(island),
      })),
      ...unseen,
    ],
    value: percent === null ? '–' : `${percent} %`,
  };
}

function spanWords({ from, to, visits }: Island): string {
  const words = text().device.presence;
  const span = words.span(exact(new Date(from)), exact(new Date(to)), duration(to - from));
  return visits > 1 ? span + words.visits(visits) : span;
}

function exact(at: Date): string {
  return `${formatAt(at, 'dateYear')}, ${formatAt(at, 'second')}`;
}

const Table = ({ chart: { table }, now }: { chart: PresenceChart; now: Date }) => {
  const words = text().device.presence;
  if (table.length === 0) return <p class="nothing">{words.none}</p>;
  return (
    <details class="as-table">
      <summary>{table.length < TABLE ? words.asTable : words.asTableLatest(TABLE)}</summary>
      <table class="log">
        <thead>
          <tr>
            <th scope="col">{words.from}</th>
            <th scope="col">{words.until}</th>
            <th scope="col">{words.length}</th>
            <th scope="col" class="extra number">
              {words.often}
            </th>
          </tr>
        </thead>
        <tbody>
          {table.map(({ from, to, visits }) => (
            <tr>
              <td>
                <Moment at={new Date(from)} now={now} seconds />
              </td>
              <td>
                <Moment at={new Date(to)} now={now} seconds />
              </td>
              <td>{duration(to - from)}</td>
              <td class="extra number">{visits}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
};

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));
/** A Monday. */
const MONDAY = Date.UTC(2026, 0, 5);
const DAY = 24 * 60 * 60 * 1000;

const Week = ({ week }: { week: PresenceChart['week'] }) => {
  const words = text().device.presence;
  const weekday = new Intl.DateTimeFormat(customs(), { weekday: 'short', timeZone: 'UTC' });
  return (
    <HeatMap
      caption={words.heatHint}
      columns={HOURS}
      corner={words.heatDay}
      noneWord={words.unlooked}
      rows={week.map((hours, day) => {
        const label = weekday.format(MONDAY + day * DAY);
        return {
          label,
          cells: hours.map((share, hour) => {
            if (share === null) return null;
            const percent = Math.round(share * 100);
            return {
              value: percent,
              title: words.heatCell(label, `${HOURS[hour] ?? ''}:00`, percent),
              short: percent === 0 ? '' : String(percent),
            };
          }),
        };
      })}
    />
  );
};
