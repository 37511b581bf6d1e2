/** Every device: searched as you type, filtered, sorted, and continued where the last page ended. */
import {
  DEVICE_SORTS,
  DEVICE_STATES,
  PRESENCES,
  type DevicePage,
  type DeviceQuery,
} from '../../store/site-devices.ts';
import type { NetworkStatus } from '../../store/site-status.ts';
import { deviceParamsOf } from '../schema/device-query.ts';
import { Choice } from './choice.tsx';
import { DeviceLine, DeviceTable, type Timeline } from './device-row.tsx';
import { SearchIcon } from './icons.tsx';
import { Page, type Frame } from './layout.tsx';

export interface DevicesData {
  readonly query: DeviceQuery;
  readonly page: DevicePage;
  readonly networks: readonly NetworkStatus[];
  readonly timeline: Timeline;
}

const SORT_WORDS = {
  address: 'address',
  name: 'name',
  seen: 'last seen',
  first: 'newest first',
  vendor: 'vendor',
  presence: 'here or not',
  state: 'state',
  mac: 'MAC',
  network: 'network',
  owner: 'owner',
  kind: 'kind',
  alerts: 'alerts',
} as const;

export const Devices = ({ frame, data }: { frame: Frame; data: DevicesData }) => (
  <Page frame={frame} title="Devices" section="devices">
    <h1>Devices</h1>
    <Filters query={data.query} networks={data.networks} />
    <Results frame={frame} data={data} />
  </Page>
);

/** Answers each keystroke; the form works with Enter alone, too. */
const Filters = ({ query, networks }: { query: DeviceQuery; networks: readonly NetworkStatus[] }) => (
  <form
    class="filters"
    role="search"
    action="/devices"
    id="filters"
    hx-get="/devices"
    hx-trigger="input delay:200ms, change, submit"
    hx-target="#results"
    hx-select="#results"
    hx-swap="outerHTML"
    hx-sync="this:replace"
  >
    <label class="search">
      <span class="sr">Find</span>
      <SearchIcon />
      <input
        type="search"
        id="q"
        name="q"
        value={query.text}
        placeholder="Name, address, MAC, vendor, owner, notes"
        autocomplete="off"
        maxlength={200}
      />
    </label>
    <Choice
      name="state"
      word="Any state"
      options={DEVICE_STATES.map(state => [state, state])}
      chosen={[query.state].flat()[0] ?? null}
    />
    <Choice
      name="presence"
      word="Here or not"
      options={PRESENCES.map(presence => [presence, presence])}
      chosen={[query.presence].flat()[0] ?? null}
    />
    {networks.length > 1 && (
      <Choice
        name="network"
        word="Any network"
        options={networks.map(network => [String(network.id), network.cidr])}
        chosen={query.network === null ? null : String(query.network)}
      />
    )}
    <label class="choice">
      <span class="sr">Sort by</span>
      <select name="sort">
        {DEVICE_SORTS.map(sort => (
          <option value={sort} selected={sort === query.sort}>
            by {SORT_WORDS[sort]}
          </option>
        ))}
      </select>
    </label>
    <noscript>
      <button>Show</button>
    </noscript>
  </form>
);

const Results = ({ frame, data }: { frame: Frame; data: DevicesData }) => {
  const { page, query } = data;
  return (
    <section id="results" class="panel wide" data-live="hold" aria-labelledby="results-title">
      <h2 id="results-title" class="tally">
        {page.total.toLocaleString('en-US')} {page.total === 1 ? 'device' : 'devices'}
        {isFiltered(query) && (
          <a class="reset" href="/devices">
            Show all
          </a>
        )}
      </h2>
      {page.rows.length === 0 ? (
        <p class="nothing">No device matches. Every word has to be found; a MAC may be written in any way.</p>
      ) : (
        <DeviceTable label="Devices">
          <DeviceRows frame={frame} data={data} />
        </DeviceTable>
      )}
    </section>
  );
};

/** The rows of one page and, below them, the way to the next: htmx replaces that by the next page's rows. */
const DeviceRows = ({ frame, data }: { frame: Frame; data: DevicesData }) => {
  const { page, query, timeline } = data;
  const next = page.next === null ? null : `/devices?${queryString({ ...query, after: page.next })}`;
  const here = `/devices?${queryString({ ...query, after: null })}`;
  return (
    <tbody role="rowgroup">
      {page.rows.map(device => (
        <DeviceLine device={device} timeline={timeline} now={frame.now} back={here} deciding />
      ))}
      {next !== null && (
        <tr class="more-row" id="more">
          <td colspan={6}>
            <a
              class="button"
              href={next}
              hx-get={next}
              hx-trigger="click"
              hx-target="#more"
              hx-select="#results tbody > tr"
              hx-swap="outerHTML"
            >
              Show {query.limit} more
            </a>
          </td>
        </tr>
      )}
    </tbody>
  );
};

function isFiltered(query: DeviceQuery): boolean {
  return query.text !== '' || query.state !== null || query.presence !== null || query.network !== null;
}

function queryString(query: DeviceQuery): string {
  return deviceParamsOf(query, 50).toString();
}
