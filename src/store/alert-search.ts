/**
 * Which alerts a query means, newest first, by what it costs: of everything that is asked for, one condition leads (an
 * index has its alerts in the order of their ids), and the others are looked at on the way. Where too few are like that,
 * the walk ends after so many rows, says how far it came, and is gone on with from there when somebody asks.
 */
import { SENT_STATES, SEVERITIES, type AlertQuery } from './alert-query.ts';
import type { Db } from './session.ts';

/** Rows that are walked through for one answer: some tens of milliseconds. */
const WALKED = 10_000;
/** Through all that go on, which are never many. */
const WALKED_LIVE = 30_000;
/** Of messages, for each of their results and channels. */
const WALKED_MESSAGES = 3_000;
/** Alerts whose ids and times may be in another order: raised within moments, or told late by a sensor. */
const OUT_OF_ORDER = 1_000;
/** Shorter texts are part of nearly everything. */
const SHORTEST_RARE = 3;
const SITE = '(select id from sites where name = $1)';
/** As the index has it. */
const WORDS = `(a.summary || ' ' || coalesce(host(a.ip), '') || ' ' || coalesce(a.mac::text, ''))`;

export interface Found {
  /** Newest first. */
  readonly ids: readonly number[];
  /** Not everything was looked at: what is older than this one may match as well. */
  readonly walkedTo: number | null;
}

type Bind = (value: unknown, type: string) => string;

/** A condition on alerts as `a`. @param rank the lower, the fewer rows its index leads to; none: it never leads */
interface Condition {
  readonly where: (bind: Bind) => string;
  readonly rank: number | null;
}

export async function findAlerts(db: Db, site: string, query: AlertQuery): Promise<Found> {
  const values: unknown[] = [site];
  const bind: Bind = (value, type) => `$${values.push(value)}::${type}`;
  const { walk, most, rest } = leadOf(query, bind);
  const walked = values.slice();
  const where = rest.length === 0 ? '' : `where ${rest.map(one => one.where(bind)).join(' and ')}`;
  const rows = await db.query<{ id: number }>(
    `select a.id from (${walk}) as a ${where} order by a.id desc limit ${bind(query.limit, 'integer')}`,
    values,
  );
  const ids = rows.map(({ id }) => id);
  if (ids.length === query.limit) return { ids, walkedTo: null };
  // Nothing but the end of the walk can have kept it from more.
  const [end] = await db.query<{ n: number; last: number }>(
    `select count(*) as n, min(a.id) as last from (${walk}) as a`,
    walked,
  );
  if (end === undefined || end.n < most) return { ids, walkedTo: null };
  return lookFurther(db, site, query, { ids, walkedTo: end.last });
}

/** A text that is rare among the newest is found in the others by its own index. */
async function lookFurther(db: Db, site: string, query: AlertQuery, so: Found): Promise<Found> {
  const { text } = query;
  if (text === undefined || Array.from(text).length < SHORTEST_RARE || isSent(query)) return so;
  const values: unknown[] = [site];
  const bind: Bind = (value, type) => `$${values.push(value)}::${type}`;
  const others = conditionsOf({ ...query, text: undefined });
  const where = [...others.map(one => one.where), between(query)].map(one => one(bind));
  const rows = await db.query<{ id: number; walked: number }>(
    `with older as materialized (
       select id from older_alerts_like(${SITE}, ${bind(patternOf(text), 'text')}, ${bind(so.walkedTo, 'bigint')}, ${bind(WALKED, 'integer')}) as o (id)
     )
     select a.id, (select case when count(*) = ${bind(WALKED, 'integer')} then min(id) end from older) as walked
     -- One by one: how few they are, the planner cannot know.
     from older as o
     cross join lateral (select w.* from alerts as w where w.site_id = ${SITE} and w.id = o.id offset 0) as a
     where ${where.join(' and ')}
     order by a.id desc limit ${bind(query.limit - so.ids.length, 'integer')}`,
    values,
  );
  const ids = [...so.ids, ...rows.map(({ id }) => id)];
  return { ids, walkedTo: ids.length === query.limit ? null : (rows[0]?.walked ?? null) };
}

/** What is walked through (alerts, newest first, at most so many), and what each has to be besides. */
function leadOf(query: AlertQuery, bind: Bind): { walk: string; most: number; rest: Condition[] } {
  const conditions = conditionsOf(query);
  if (isSent(query)) return { walk: byMessage(query, bind), most: WALKED_MESSAGES, rest: conditions };
  const ranked = conditions.filter(({ rank }) => rank !== null);
  const lead = ranked.toSorted((a, b) => (a.rank ?? 0) - (b.rank ?? 0))[0];
  const rest = conditions.filter(one => one !== lead);
  const base = `from alerts as a where a.site_id = ${SITE} and ${between(query)(bind)}`;
  if (lead === SERIOUS)
    return {
      walk: `select a.* from unnest(array['high', 'critical']) as severe (severity)
             cross join lateral (select a.* ${base} and a.severity in ('high', 'critical') and a.severity = severe.severity
                                 order by a.id desc limit ${WALKED}) as a
             order by a.id desc limit ${WALKED}`,
      most: WALKED,
      rest,
    };
  const and = lead === undefined ? '' : `and ${lead.where(bind)}`;
  const most = lead?.rank === LIVE ? WALKED_LIVE : WALKED;
  return { walk: `select a.* ${base} ${and} order by a.id desc limit ${most}`, most, rest };
}

const LIVE = 2;
const SERIOUS: Condition = { where: () => `a.severity in ('high', 'critical')`, rank: 5 };

function conditionsOf(query: AlertQuery): Condition[] {
  const { status, kind, severity, device, network, by, text, since, id, onlyUrgent } = query;
  const found: Condition[] = [];
  const add = (rank: number | null, where: (bind: Bind) => string) => found.push({ rank, where });
  if (id !== undefined) add(0, bind => `a.id = ${bind(id, 'bigint')}`);
  if (device !== undefined) add(1, bind => `a.device_id = ${bind(device, 'bigint')}`);
  if (status === 'open' || status === 'acknowledged') {
    add(LIVE, () => 'a.resolved_at is null');
    add(null, () => `a.acknowledged_at is ${status === 'open' ? '' : 'not '}null`);
  }
  if (status === 'resolved') add(null, () => 'a.resolved_at is not null');
  if (by !== undefined) add(3, bind => `a.acknowledged_by = ${bind(by, 'text')}`);
  if (kind !== undefined) add(4, bind => `a.kind = ${bind(kind, 'text')}`);
  if (severity !== undefined) {
    const worse = SEVERITIES.slice(SEVERITIES.indexOf(severity));
    if (worse.every(one => one === 'high' || one === 'critical')) found.push(SERIOUS);
    add(null, bind => `a.severity = any (${bind(worse, 'text[]')})`);
  }
  if (network !== undefined) add(6, bind => `a.network_id = ${bind(network, 'integer')}`);
  // As is_urgent has it, of what a subquery gives.
  if (onlyUrgent === true)
    add(
      null,
      () =>
        `a.severity <> 'info' and a.kind not in ('new_device', 'test') and a.resolved_at is null and a.acknowledged_at is null`,
    );
  if (since !== undefined) add(null, bind => `a.last_at >= ${bind(since, 'timestamptz')}`);
  if (text !== undefined) add(null, bind => `${WORDS} ilike ${bind(patternOf(text), 'text')}`);
  return found;
}

/** Ids follow time but for a few, so that times bound the walk as `before` does. */
function between({ before, from, to }: AlertQuery, id = 'a.id') {
  const edge = (bind: Bind, at: Date, which: 'min' | 'max') => {
    const [comparison, order] = which === 'min' ? ['>=', 'asc'] : ['<', 'desc'];
    return `(select ${which}(e.id) from (
      select e.id from alerts as e where e.site_id = ${SITE} and e.opened_at ${comparison} ${bind(at, 'timestamptz')}
      order by e.opened_at ${order} limit ${OUT_OF_ORDER}) as e)`;
  };
  return (bind: Bind) =>
    [
      'true',
      ...(before === null ? [] : [`${id} < ${bind(before, 'bigint')}`]),
      ...(from === undefined ? [] : [`${id} >= ${edge(bind, from, 'min')}`]),
      ...(to === undefined ? [] : [`${id} <= ${edge(bind, to, 'max')}`]),
      ...(from === undefined || id !== 'a.id' ? [] : [`a.opened_at >= ${bind(from, 'timestamptz')}`]),
      ...(to === undefined || id !== 'a.id' ? [] : [`a.opened_at < ${bind(to, 'timestamptz')}`]),
    ].join(' and ');
}

function isSent({ channel, sent }: AlertQuery): boolean {
  return channel !== undefined || sent !== undefined;
}

/** By what became of their messages. What was to go nowhere has no channel, and an index leads to it as to one. */
function byMessage(query: AlertQuery, bind: Bind): string {
  const { channel, sent, from, to } = query;
  const state = bind(sent === undefined ? SENT_STATES : [sent], 'text[]');
  const bounds = between(query, 'd.alert_id')(bind);
  const messages = (which: string) => `select d.alert_id from deliveries as d
    where d.site_id = ${SITE} and d.state = s.state and ${which} and ${bounds} order by d.alert_id desc limit ${WALKED_MESSAGES}`;
  const only = channel === undefined ? 'true' : `c.id = ${bind(channel, 'integer')}`;
  const times = [
    ...(from === undefined ? [] : [`a.opened_at >= ${bind(from, 'timestamptz')}`]),
    ...(to === undefined ? [] : [`a.opened_at < ${bind(to, 'timestamptz')}`]),
  ];
  return `select a.* from (
      select distinct m.alert_id from (
        select m.alert_id from unnest(${state}) as s (state)
        join channels as c on c.site_id = ${SITE} and ${only}
        cross join lateral (${messages('d.channel_id = c.id')}) as m
        ${
          channel === undefined
            ? `union all
        select m.alert_id from unnest(${state}) as s (state)
        cross join lateral (${messages('d.channel_id is null')}) as m`
            : ''
        }
      ) as m order by m.alert_id desc limit ${WALKED_MESSAGES}
    ) as m
    cross join lateral (select w.* from alerts as w where w.site_id = ${SITE} and w.id = m.alert_id offset 0) as a
    ${times.length === 0 ? '' : `where ${times.join(' and ')}`}
    order by a.id desc`;
}

function patternOf(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}
