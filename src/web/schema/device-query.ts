/**
 * The parameters of the list of devices, as the page and the API take them:
 * `q state presence network vendor owner kind watched random alert first sort limit after`.
 * Those in the plural sense may be repeated. `sort=-name` is the reverse order.
 */
import { z } from 'zod';
import { NetureonError } from '../../lib/errors.ts';
import { readCursor } from '../../store/device-list.ts';
import {
  DEVICE_SORTS,
  DEVICE_STATES,
  FIRST_SEEN_DAYS,
  PRESENCES,
  type DeviceQuery,
  type DeviceSort,
  type FirstSeenDays,
} from '../../store/device-query.ts';

/** More of a facet at once is no choice any more. */
const MOST_VALUES = 50;
const MOST_ROWS = 500;

// oxlint-disable-next-line no-control-regex -- that is what it looks for: PostgreSQL takes no NUL
const plain = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[^\u0000-\u001f\u007f]*$/);

/** One value or several; an empty one is what a select without a choice sends. */
const several = <T extends z.ZodType>(one: T) =>
  z.preprocess(
    given => (given === undefined ? [] : [given].flat().filter(value => value !== '')),
    z.array(one).max(MOST_VALUES),
  );
const single = <T extends z.ZodType>(one: T) =>
  z.preprocess(given => (Array.isArray(given) ? given.at(-1) : given), one);
const orNothing = <T extends z.ZodType>(one: T) =>
  single(z.preprocess(given => (given === '' ? undefined : given), one.optional()));
const yesNo = () => orNothing(z.enum(['yes', 'no']).transform(value => value === 'yes'));

const SORTS = DEVICE_SORTS.flatMap(sort => [sort, `-${sort}` as const]);
const networkId = z
  .string()
  .regex(/^[1-9]\d{0,8}$/)
  .transform(Number);

const DeviceParams = z.object({
  q: single(plain(200).default('')),
  state: several(z.enum(DEVICE_STATES)),
  presence: several(z.enum(PRESENCES)),
  network: several(networkId),
  vendor: several(plain(300)),
  owner: several(plain(200)),
  kind: several(plain(60)),
  watched: yesNo(),
  random: yesNo(),
  alert: yesNo(),
  first: orNothing(
    z
      .enum(FIRST_SEEN_DAYS.map(String) as [string, ...string[]])
      .transform(days => Number(days) as FirstSeenDays),
  ),
  sort: orNothing(z.enum(SORTS as [DeviceSort, ...string[]])),
  limit: orNothing(
    z
      .string()
      .regex(/^\d{1,3}$/)
      .transform(Number)
      .pipe(z.number().min(1).max(MOST_ROWS)),
  ),
  after: orNothing(plain(4000)),
});
export type DeviceParams = z.infer<typeof DeviceParams>;
export type DeviceParam = keyof DeviceParams;

/** @param page how many rows a page has, unless the address says */
function toDeviceQuery(params: DeviceParams, page: number): DeviceQuery {
  const reverse = params.sort?.startsWith('-') ?? false;
  return {
    text: params.q.trim(),
    state: params.state.length === 0 ? null : params.state,
    presence: params.presence.length === 0 ? null : params.presence,
    network: params.network.length === 0 ? null : params.network,
    vendor: params.vendor,
    owner: params.owner,
    kind: params.kind,
    watched: params.watched ?? null,
    randomMac: params.random ?? null,
    alert: params.alert ?? null,
    firstSeenDays: params.first ?? null,
    sort: DEVICE_SORTS.find(sort => sort === params.sort?.replace(/^-/, '')) ?? 'address',
    reverse,
    limit: params.limit ?? page,
    after: params.after ?? null,
  };
}

/** What an address asks for. A parameter that means nothing is told in `bad`, and counts as not given. */
export function parseDeviceQuery(
  search: URLSearchParams,
  page: number,
): { readonly query: DeviceQuery; readonly bad: readonly DeviceParam[] } {
  const known = Object.keys(DeviceParams.shape);
  // Only names of ours: an address may say __proto__.
  const given = Object.fromEntries(
    known.filter(name => search.has(name)).map(name => [name, search.getAll(name)]),
  );
  const first = DeviceParams.safeParse(given);
  const bad = new Set(first.success ? [] : first.error.issues.map(issue => String(issue.path[0])));
  if (first.success && !isPage(first.data, page)) bad.add('after');
  else if (first.success) return { query: toDeviceQuery(first.data, page), bad: [] };
  const rest = Object.fromEntries(Object.entries(given).filter(([name]) => !bad.has(name)));
  const names = Object.keys(DeviceParams.shape) as DeviceParam[];
  return { query: toDeviceQuery(DeviceParams.parse(rest), page), bad: names.filter(name => bad.has(name)) };
}

/** Whether such a page of this order ever was. */
function isPage(params: DeviceParams, page: number): boolean {
  const query = toDeviceQuery(params, page);
  try {
    if (query.after !== null) readCursor(query.after, query);
    return true;
  } catch (error) {
    if (error instanceof NetureonError && error.code === 'usage') return false;
    throw error;
  }
}

/** The same as an address, and only what differs from the plain list. */
export function deviceParamsOf(query: Partial<DeviceQuery>, page: number): URLSearchParams {
  const params = new URLSearchParams();
  const put = (
    name: DeviceParam,
    values: readonly (string | number)[] | string | number | null | undefined,
  ) => {
    for (const value of [values ?? []].flat()) if (value !== '') params.append(name, String(value));
  };
  const yes = (value: boolean | null | undefined) => (value == null ? null : value ? 'yes' : 'no');
  put('q', query.text);
  put('state', query.state);
  put('presence', query.presence);
  put('network', query.network);
  put('vendor', query.vendor);
  put('owner', query.owner);
  put('kind', query.kind);
  put('watched', yes(query.watched));
  put('random', yes(query.randomMac));
  put('alert', yes(query.alert));
  put('first', query.firstSeenDays);
  if (query.reverse === true) put('sort', `-${query.sort ?? 'address'}`);
  else if (query.sort !== 'address') put('sort', query.sort);
  if (query.limit !== page) put('limit', query.limit);
  put('after', query.after);
  return params;
}
