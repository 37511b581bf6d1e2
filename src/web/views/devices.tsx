/** Every device: searched as you type, narrowed, sorted, changed by the dozen, and continued where the page ended. */
import { raw } from 'hono/html';
import type { DeviceFacets } from '../../store/device-facets.ts';
import type { SavedView } from '../../store/saved-views.ts';
import { DEVICE_SORTS, type DevicePage, type DeviceSort } from '../../store/site-devices.ts';
import { addressOf, paramsOf, type DeviceList } from '../device-address.ts';
import { sortOf, type Column } from '../device-columns.ts';
import { may } from '../access.ts';
import type { DeviceParam } from '../schema/device-query.ts';
import { text } from '../visit.ts';
import { BULK_FORM, BulkForm, type BulkTyped } from './bulk-form.tsx';
import { Axis, DeviceLine, DeviceTable, type Timeline } from './device-row.tsx';
import { Facets } from './facets.tsx';
import { soughtWords } from './found.tsx';
import { SearchIcon } from './icons.tsx';
import { Page, type Frame } from './layout.tsx';
import { SavedViews, type ViewTyped } from './saved-views.tsx';
import { SectionTabs } from './section-tabs.tsx';

export interface DevicesData extends DeviceList {
  readonly page: DevicePage;
  readonly facets: DeviceFacets;
  readonly timeline: Timeline;
  readonly views: readonly SavedView[];
  /** Names what is shown: the same for everybody who sees the same rows. */
  readonly shared: string;
  /** Parameters of the address that mean nothing. */
  readonly bad: readonly (DeviceParam | 'cols')[];
  /** A form that was not taken, as it was typed. */
  readonly bulk?: BulkTyped;
  readonly view?: ViewTyped;
}

/** @param results as DeviceResults drew it already */
export const Devices = ({ frame, data, results }: { frame: Frame; data: DevicesData; results?: string }) => (
  <Page frame={frame} title={text().devices.title} section="devices">
    <h1>{text().devices.title}</h1>
    <SectionTabs of="devices" current="list" />
    <SavedViews list={data} views={data.views} {...(data.view === undefined ? {} : { typed: data.view })} />
    <Filters data={data} />
    {results === undefined ? <DeviceResults frame={frame} data={data} /> : raw(results)}
  </Page>
);

/** Answers each keystroke; the form works with Enter alone, too. */
const Filters = ({ data }: { data: DevicesData }) => {
  const words = text().devices;
  const { query, bad } = data;
  const kept = [...paramsOf(data, { text: '', sort: 'address', reverse: false })];
  return (
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
      {kept.map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <label class="search">
        <span class="sr">{words.find}</span>
        <SearchIcon />
        <input
          type="search"
          id="q"
          name="q"
          value={query.text}
          placeholder={words.placeholder}
          title={words.syntax}
          autocomplete="off"
          maxlength={200}
          {...badOf('q', bad)}
        />
      </label>
      <label class="choice sort">
        <span class="sr">{words.sortBy}</span>
        <select name="sort" {...badOf('sort', bad)}>
          {DEVICE_SORTS.map(sort => (
            <option value={sort === 'address' ? '' : sort} selected={sort === query.sort}>
              {words.by(words.columns[sort])}
            </option>
          ))}
        </select>
      </label>
      <noscript>
        <button>{text().words.show}</button>
      </noscript>
      {bad.map(name => (
        <p class="field-error" id={`${name}-error`}>
          {sentenceOf(name)}
        </p>
      ))}
    </form>
  );
};

function badOf(name: DeviceParam, bad: readonly string[]) {
  return bad.includes(name) ? { 'aria-invalid': 'true' as const, 'aria-describedby': `${name}-error` } : {};
}

function sentenceOf(name: DeviceParam | 'cols'): string {
  const { bad } = text().devices;
  return name === 'q' || name === 'sort' || name === 'after' || name === 'limit' || name === 'cols'
    ? bad[name]
    : bad.other(name);
}

export const DeviceResults = ({ frame, data }: { frame: Frame; data: DevicesData }) => {
  const { page, query, columns } = data;
  const words = text().devices;
  const isNarrowed = [...paramsOf(data, { sort: 'address', reverse: false })].some(
    ([name]) => name !== 'cols',
  );
  const choosing = may('operator') && page.rows.length > 0;
  return (
    <section id="results" class="panel wide" data-live="hold" aria-labelledby="results-title">
      <h2 id="results-title" class="tally">
        {words.total(page.total)}
        {isNarrowed && (
          <a class="reset" href="/devices">
            {words.all}
          </a>
        )}
      </h2>
      <Facets list={data} facets={data.facets} />
      {page.rows.length === 0 ? (
        <p class="nothing">{isNarrowed ? words.none : words.empty}</p>
      ) : (
        <DeviceTable label={words.title} columns={columns} head={<Head data={data} choosing={choosing} />}>
          <DeviceRows frame={frame} data={data} choosing={choosing} />
        </DeviceTable>
      )}
      {choosing && (
        <BulkForm
          address={paramsOf(data).toString()}
          total={page.total}
          opened={query.state === 'new'}
          {...(data.bulk === undefined ? {} : { typed: data.bulk })}
        />
      )}
    </section>
  );
};

const Head = ({ data, choosing }: { data: DevicesData; choosing: boolean }) => (
  <tr role="row">
    {choosing && (
      <th scope="col" role="columnheader" class="pick">
        <span class="sr">{text().devices.bulk.title}</span>
      </th>
    )}
    <SortedHead list={data} column="name" sort="name" />
    {data.columns.map(column => {
      const sort = sortOf(column);
      return sort === undefined ? (
        <th scope="col" role="columnheader" class={column}>
          <Axis />
        </th>
      ) : (
        <SortedHead list={data} column={column} sort={sort} />
      );
    })}
  </tr>
);

/** Press once for the natural order, again for its reverse. */
const SortedHead = ({
  list,
  column,
  sort,
}: {
  list: DeviceList;
  column: Column | 'name';
  sort: DeviceSort;
}) => {
  const { columns, sortHint } = text().devices;
  const isCurrent = list.query.sort === sort;
  const isReverse = isCurrent && list.query.reverse === true;
  return (
    <th
      scope="col"
      role="columnheader"
      class={column}
      aria-sort={isCurrent ? (isReverse ? 'descending' : 'ascending') : undefined}
    >
      <a
        href={addressOf(list, { sort, reverse: isCurrent && !isReverse })}
        title={isCurrent ? (isReverse ? sortHint.down : sortHint.up) : undefined}
      >
        {columns[column]}
        {isCurrent && <span aria-hidden="true">{isReverse ? ' ↑' : ' ↓'}</span>}
      </a>
    </th>
  );
};

/** The rows of one page and, below them, the way to the next: htmx replaces that by the next page's rows. */
const DeviceRows = ({ frame, data, choosing }: { frame: Frame; data: DevicesData; choosing: boolean }) => {
  const { page, query, timeline, columns, bulk } = data;
  const next = page.next === null ? null : addressOf(data, { after: page.next });
  const here = addressOf(data);
  const words = query.text === '' ? [] : soughtWords(query.text);
  return (
    <tbody role="rowgroup">
      {page.rows.map(device => (
        <DeviceLine
          device={device}
          timeline={timeline}
          now={frame.now}
          back={here}
          deciding
          columns={columns}
          words={words}
          {...(choosing ? { pick: { form: BULK_FORM, checked: bulk?.ids.has(device.id) ?? false } } : {})}
        />
      ))}
      {next !== null && (
        <tr class="more-row" id="more" role="row">
          <td role="cell" colspan={columns.length + (choosing ? 2 : 1)}>
            <a
              class="button"
              href={next}
              hx-get={next}
              hx-trigger="click"
              hx-target="#more"
              hx-select="#results tbody > tr"
              hx-swap="outerHTML"
            >
              {text().devices.more(query.limit)}
            </a>
          </td>
        </tr>
      )}
    </tbody>
  );
};
