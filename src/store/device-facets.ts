/** How many devices each choice of a facet would leave, with all other choices as they are. */
import { NONE, type DeviceFilter, type DeviceState, type Presence } from './device-query.ts';
import { FACETS, facetCondition, wordConditions, type Facet } from './device-search.ts';
import { refreshDeviceList } from './device-list.ts';
import type { Db } from './session.ts';

export interface Choice<Value> {
  readonly value: Value;
  readonly count: number;
}

export interface DeviceFacets {
  /** How many match. */
  readonly total: number;
  readonly presence: readonly Choice<Presence>[];
  readonly state: readonly Choice<DeviceState>[];
  readonly network: readonly (Choice<number> & { readonly word: string })[];
  /** As one of them is written; NONE for those without. Most frequent first, and those chosen in any case. */
  readonly vendor: readonly Choice<string>[];
  readonly owner: readonly Choice<string>[];
  readonly kind: readonly Choice<string>[];
  readonly watched: number;
  readonly randomMac: number;
  readonly alert: number;
  readonly firstSeenDays: readonly Choice<1 | 7 | 30>[];
}

/** Of vendors and owners there may be hundreds. */
const MOST = 12;

interface Cell {
  readonly presence: Presence;
  readonly state: DeviceState;
  readonly network: number | null;
  readonly watched: boolean;
  readonly randomMac: boolean;
  readonly alert: boolean;
  /** First seen within so many days; 0: longer ago. */
  readonly days: number;
  /** A bit for each facet that it does not satisfy. */
  readonly fails: number;
  readonly n: number;
}

const bitOf = (facet: Facet) => 1 << FACETS.indexOf(facet);

export async function facetsOf(db: Db, site: string, filter: DeviceFilter): Promise<DeviceFacets> {
  const { siteId } = await refreshDeviceList(db, site);
  const values: unknown[] = [siteId];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const fails = FACETS.flatMap(facet => {
    const condition = facetCondition(facet, filter, bind);
    return condition === undefined ? [] : [`case when ${condition} then 0 else ${bitOf(facet)} end`];
  });
  const words = wordConditions(filter.text, bind);
  const texts = (['vendor', 'owner', 'kind'] as const).map(facet => {
    const chosen = facetCondition(facet, filter, bind);
    return `'${facet}', (select json_agg(t) from (
      select case when by_${facet} = '1' then '${NONE}' else min(${facet}) end as value,
             count(*) filter (where fails & ~${bitOf(facet)} = 0)::integer as count${chosen === undefined ? '' : `, bool_or(${chosen}) as chosen`}
      from matching as l
      group by by_${facet} order by ${chosen === undefined ? '' : `(${chosen}) desc, `}count desc, by_${facet} limit ${MOST}) as t where count > 0${chosen === undefined ? '' : ' or chosen'})`;
  });
  const [row] = await db.query<{ cells: Cell[] | null; texts: Record<string, Choice<string>[] | null> }>(
    `with matching as materialized (
       select l.presence, l.state, l.network_id, l.vendor, l.by_vendor, l.owner, l.by_owner, l.kind, l.by_kind,
              l.watched, l.is_random, l.alerts, age.days, (${fails.join(' | ') || '0'}) as fails
       from device_list as l, lateral (
         select case when l.first_seen_at > (select clock_now()) - interval '1 day' then 1
                     when l.first_seen_at > (select clock_now()) - interval '7 days' then 7
                     when l.first_seen_at > (select clock_now()) - interval '30 days' then 30 else 0 end as days
       ) as age
       where l.site_id = $1${words.map(word => ` and ${word}`).join('')}
     ), cells as (
       select presence, state, network_id as network, watched, is_random as "randomMac", alerts > 0 as alert, days, fails,
              count(*)::integer as n
       from matching group by 1, 2, 3, 4, 5, 6, 7, 8
     )
     select (select json_agg(c) from cells as c) as cells, json_build_object(${texts.join(', ')}) as texts`,
    values,
  );
  const networks = await db.query<{ id: number; word: string }>(
    `select n.id, network_words(n) as word from networks as n where n.site_id = $1 order by n.cidr, n.link`,
    [siteId],
  );
  return assemble(row?.cells ?? [], row?.texts ?? {}, networks);
}

function assemble(
  cells: readonly Cell[],
  texts: Readonly<Record<string, readonly Choice<string>[] | null>>,
  networks: readonly { id: number; word: string }[],
): DeviceFacets {
  const count = (facet: Facet, holds: (cell: Cell) => boolean) =>
    cells.reduce((sum, cell) => ((cell.fails & ~bitOf(facet)) === 0 && holds(cell) ? sum + cell.n : sum), 0);
  const choices = <V>(facet: Facet, all: readonly V[], holds: (cell: Cell, value: V) => boolean) =>
    all.map(value => ({ value, count: count(facet, cell => holds(cell, value)) }));
  return {
    total: cells.reduce((sum, { fails, n }) => (fails === 0 ? sum + n : sum), 0),
    presence: choices('presence', ['here', 'quiet', 'gone'], (cell, value) => cell.presence === value),
    state: choices(
      'state',
      ['new', 'known', 'ignored', 'blocked', 'archived'],
      (cell, value) => cell.state === value,
    ),
    network: networks.map(({ id, word }) => ({
      value: id,
      word,
      count: count('network', cell => cell.network === id),
    })),
    vendor: texts['vendor'] ?? [],
    owner: texts['owner'] ?? [],
    kind: texts['kind'] ?? [],
    watched: count('watched', cell => cell.watched),
    randomMac: count('randomMac', cell => cell.randomMac),
    alert: count('alert', cell => cell.alert),
    firstSeenDays: choices(
      'firstSeenDays',
      [1, 7, 30] as const,
      (cell, days) => cell.days > 0 && cell.days <= days,
    ),
  };
}
