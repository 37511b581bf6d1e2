/** The devices of that minute: filtered, searched, paged. */
import { inert } from '../../lib/text.ts';
import { PAST_STATES, type PastDevice, type PastState } from '../../store/past.ts';
import { pastHref } from '../past-address.ts';
import type { PastData } from '../past-page.ts';
import { amount } from '../times.ts';
import { text } from '../visit.ts';
import { labelOf } from '../words.ts';
import { Vendor } from './device-row.tsx';
import { MarkIcon, StateTag } from './marks.tsx';
import { Kept } from './past-kept.tsx';
import { Tabs } from './tabs.tsx';
import { Moment } from './time.tsx';

export const PastDevices = ({ data }: { data: PastData }) => {
  const { past } = text();
  const { counts, rows, total, next } = data.page;
  const all = counts.here + counts.quiet + counts.not_looked + counts.gone;
  const word = (state: PastState) => `${past.states[state]} ${amount(counts[state])}`;
  return (
    <section class="panel wide" id="past-devices" aria-labelledby="past-devices-title">
      <h2 id="past-devices-title">{past.devices}</h2>
      <Tabs
        label={past.filter}
        tabs={[
          [pastHref(data, { state: null }), `${past.all} ${amount(all)}`, data.asked.state === null],
          ...PAST_STATES.filter(state => counts[state] > 0 || data.asked.state === state).map(
            state => [pastHref(data, { state }), word(state), data.asked.state === state] as const,
          ),
        ]}
      />
      <Search data={data} />
      {Object.entries(data.asked.errors)
        .filter(([field]) => field === 'state' || field === 'after')
        .map(([, error]) => (
          <p class="field-error">{error}</p>
        ))}
      {data.asked.q !== '' && <p class="note">{past.found(amount(total))}</p>}
      {rows.length === 0 ? (
        <p class="nothing">{past.nobody}</p>
      ) : (
        <table class="past-table">
          <thead>
            <tr>
              <th scope="col">{past.columns.name}</th>
              <th scope="col">{past.columns.state}</th>
              <th scope="col">{past.columns.address}</th>
              <th scope="col" class="extra">
                {past.columns.mac}
              </th>
              <th scope="col" class="extra">
                {past.columns.vendor}
              </th>
              <th scope="col" class="extra">
                {past.columns.seen}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(device => (
              <Row device={device} now={data.now} />
            ))}
          </tbody>
        </table>
      )}
      {(next !== null || data.asked.after !== null) && (
        <p class="more">
          {data.asked.after !== null && <a href={pastHref(data, {})}>{past.start}</a>}{' '}
          {next !== null && (
            <a class="button" href={pastHref(data, { after: next })}>
              {past.more}
            </a>
          )}
        </p>
      )}
    </section>
  );
};

const Search = ({ data }: { data: PastData }) => {
  const { past, words } = text();
  const { errors } = data.asked;
  return (
    <form class="past-search" action="/past" role="search" aria-label={past.search}>
      <Kept data={data} without={['q', 'network']} />
      <input
        type="search"
        name="q"
        value={data.asked.q}
        placeholder={past.searchHint}
        aria-label={past.search}
        maxlength={200}
        autocomplete="off"
        aria-invalid={errors.q === undefined ? undefined : 'true'}
        aria-describedby={errors.q === undefined ? undefined : 'past-q-error'}
      />
      {data.networks.length > 1 && (
        <select name="network" aria-label={past.network}>
          <option value="">{past.anyNetwork}</option>
          {data.networks.map(({ id, cidr, name }) => (
            <option value={id} selected={data.asked.network === id}>
              {name === null ? cidr : `${cidr} ${inert(name, 40)}`}
            </option>
          ))}
        </select>
      )}
      <button>{words.search}</button>
      {(errors.q ?? errors.network) !== undefined && (
        <p class="field-error" id="past-q-error">
          {errors.q ?? errors.network}
        </p>
      )}
    </form>
  );
};

const MARKS = { here: 'here', quiet: 'quiet', gone: 'gone' } as const;

const PastStateMark = ({ state }: { state: PastState }) =>
  state === 'not_looked' ? (
    <span class="state unlooked-state">
      <svg
        class="unlooked-mark"
        width="12"
        height="12"
        viewBox="0 0 12 12"
        aria-hidden="true"
        focusable="false"
      >
        <rect class="unseen" x="0.5" y="0.5" width="11" height="11" rx="2" />
      </svg>{' '}
      {text().past.states[state]}
    </span>
  ) : (
    <span class={`state ${state}`}>
      <MarkIcon mark={MARKS[state]} /> {text().past.states[state]}
    </span>
  );

const Row = ({ device, now }: { device: PastDevice; now: Date }) => (
  <tr class={device.state}>
    <th scope="row">
      <a href={`/devices/${device.id}`}>
        <bdi>{labelOf(device)}</bdi>
      </a>{' '}
      <StateTag state={device.decision} />
    </th>
    <td>
      <PastStateMark state={device.state} />
    </td>
    <td class="mono">{device.ip ?? '–'}</td>
    <td class="mono extra">{device.mac ?? '–'}</td>
    <td class="extra">
      <Vendor vendor={device.vendor} isRandomMac={device.isRandomMac} />
    </td>
    <td class="extra">
      {device.state === 'here' ? (
        <span class="muted">
          {text().past.since} {device.startedAt !== null && <Moment at={device.startedAt} now={now} />}
        </span>
      ) : device.seenAt === null ? (
        <span class="muted">{text().past.notThere}</span>
      ) : (
        <Moment at={device.seenAt} now={now} />
      )}
    </td>
  </tr>
);
