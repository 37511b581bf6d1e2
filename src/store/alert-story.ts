/** The story of an alert: what happened, in order, in sentences that a page or a terminal shows as they are. */
import {
  deliverySteps,
  eventStep,
  foundStep,
  historySteps,
  type DeliveryFacts,
  type EventFacts,
  type FinderFacts,
  type StoryStep,
  type TryFacts,
} from './alert-story-words.ts';
import type { Db } from './session.ts';
import { getAlert, type Alert } from './site-alerts.ts';

export type { StoryStep, StoryWhat } from './alert-story-words.ts';

export interface Story {
  readonly alert: Alert;
  /** In order of time. */
  readonly steps: readonly StoryStep[];
}

/** Undefined: there is no such alert. */
export async function storyOf(db: Db, site: string, alertId: number): Promise<Story | undefined> {
  const alert = await getAlert(db, site, alertId);
  if (alert === undefined) return undefined;
  const [finder, deliveries, tries, events] = await Promise.all([
    finderOf(db, site, alert),
    deliveriesOf(db, site, alertId),
    triesOf(db, site, alertId),
    eventsOf(db, site, alertId),
  ]);
  const told = new Set<string>();
  const steps = [
    foundStep(alert, finder),
    ...events.map(event => eventStep(alert, event)),
    ...deliveries.flatMap(delivery => {
      // It may be in one message twice: as itself, and because nobody acknowledged it.
      const message = `${delivery.messageKey} ${delivery.channel}`;
      const isTold = told.has(message);
      told.add(message);
      const own = tries.filter(
        ({ messageKey, channel }) => messageKey === delivery.messageKey && channel === delivery.channel,
      );
      return deliverySteps(delivery, own, isTold);
    }),
    ...historySteps(alert, events),
  ];
  return { alert, steps: inOrder(alert.openedAt, steps) };
}

/** By time; what has none comes last, and what is of one moment stays as it was told. */
function inOrder(openedAt: Date, steps: readonly StoryStep[]): StoryStep[] {
  // A delivery has the time at which its transaction began, a moment before the alert's.
  const notBefore = (step: StoryStep) =>
    step.at !== null && step.at < openedAt ? { ...step, at: openedAt } : step;
  const at = (step: StoryStep) => step.at?.getTime() ?? Infinity;
  // Sorting keeps the order of equals (ECMAScript 2019).
  return steps.map(notBefore).toSorted((a, b) => (at(a) === at(b) ? 0 : at(a) - at(b)));
}

/** The scan of this network that was recorded in the same breath. */
async function finderOf(db: Db, site: string, alert: Alert): Promise<FinderFacts | undefined> {
  const [row] = await db.query<FinderFacts>(
    `select l.id as scan, network_words(n) as network, l.outcome, l.probed, l.answered, l.duration_ms as "durationMs",
            s.name as sensor
     from sites as t
     join networks as n on n.site_id = t.id and n.id = $2
     join discovery_log as l on l.site_id = n.site_id and l.network_id = n.id
       and l.finished_at between $3::timestamptz - interval '1 minute' and $3::timestamptz + interval '2 seconds'
     left join sensors as s on s.site_id = n.site_id and s.id = n.sensor_id
     where t.name = $1 order by l.finished_at desc limit 1`,
    [site, alert.networkId, alert.openedAt],
  );
  return row;
}

function deliveriesOf(db: Db, site: string, alertId: number): Promise<DeliveryFacts[]> {
  return db.query<DeliveryFacts>(
    `select c.name as channel, d.state, d.reason, d.attempts, d.rule_name as rule, d.created_at as "createdAt",
            d.finished_at as "finishedAt", d.receipt, d.last_error as "lastError", d.message_key as "messageKey",
            d.quiet, d.escalation, d.after_mute as "afterMute", d.group_until is not null as grouped,
            d.held_because as "heldBecause",
            (extract(epoch from d.hold_until - d.created_at) * 1000)::float8 as "heldMs",
            (select count(distinct o.alert_id) from deliveries as o
             where o.site_id = d.site_id and o.channel_id = d.channel_id and o.message_key = d.message_key
               and o.alert_id <> d.alert_id) as "travelsWith"
     from deliveries as d
     join sites as s on s.id = d.site_id
     left join channels as c on c.site_id = d.site_id and c.id = d.channel_id
     where s.name = $1 and d.alert_id = $2 order by d.escalation, d.id`,
    [site, alertId],
  );
}

function triesOf(db: Db, site: string, alertId: number): Promise<TryFacts[]> {
  return db.query<TryFacts>(
    `select distinct t.id, c.name as channel, t.message_key as "messageKey", t.attempt, t.at, t.ms, t.outcome, t.said
     from deliveries as d
     join sites as s on s.id = d.site_id
     join channels as c on c.site_id = d.site_id and c.id = d.channel_id
     join message_tries as t on t.site_id = d.site_id and t.channel_id = d.channel_id and t.message_key = d.message_key
     where s.name = $1 and d.alert_id = $2 order by t.id`,
    [site, alertId],
  );
}

/** With the decision about a device that ended the alert, where there was one. */
function eventsOf(db: Db, site: string, alertId: number): Promise<EventFacts[]> {
  return db.query<EventFacts>(
    `select e.at, e.what, e.actor, e.detail, c.actor as "decidedBy", c.what as decision
     from alert_events as e
     join sites as s on s.id = e.site_id
     join alerts as a on a.site_id = e.site_id and a.id = e.alert_id
     left join lateral (
       select c.actor, c.what from device_changes as c
       where c.site_id = e.site_id and e.what = 'resolved' and a.id = any (c.resolved)
         and (c.device_id = a.device_id or c.other_id = a.device_id)
       -- What was undone and done again: the nearest in time.
       order by abs(extract(epoch from c.at - e.at)), c.id desc limit 1
     ) as c on true
     where s.name = $1 and e.alert_id = $2 order by e.id`,
    [site, alertId],
  );
}
