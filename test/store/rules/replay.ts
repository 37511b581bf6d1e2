// Thirty days lived through by the live path: alerts are raised, end and are seen to at their times, and at every moment at
// which something is due it is claimed and sent. The clock is the schema owner's.
import { outboxOf } from '../../../src/store/outbox.ts';
import type { RuleInput } from '../../../src/store/rules.ts';
import type { Session } from '../../../src/store/session.ts';

export interface Happening {
  /** Seconds from the begin; a multiple of STEP_S. */
  readonly atS: number;
  readonly kind: string;
  readonly severity: string;
  readonly routine: boolean;
  /** Index of the device; null: about none. */
  readonly device: number | null;
  /** Ends so many steps later; null: goes on. 0: over as it is raised. */
  readonly endsAfter: number | null;
  readonly seenAfter: number | null;
}

export interface Message {
  readonly channel: string;
  readonly at: string;
  /** In the order in which they were raised. */
  readonly alerts: readonly number[];
}

export const STEP_S = 10;
export const BEGIN = Date.parse('2026-10-10T00:00:00Z');
export const at = (seconds: number) => new Date(BEGIN + seconds * 1000);

export const DEVICES = [
  { owner: 'Anna', kind: 'phone', state: 'known', importance: 'watched', mac: '3c:71:bf:00:00:01', vendor: 'Espressif Inc.' },
  { owner: 'Bert', kind: 'camera', state: 'new', importance: 'normal', mac: '02:71:bf:00:00:02', vendor: null },
  { owner: null, kind: null, state: 'blocked', importance: 'watched', mac: '3c:71:bf:00:00:03', vendor: 'Apple, Inc.' },
  { owner: 'Anna', kind: 'printer', state: 'known', importance: 'normal', mac: '3c:71:bf:00:00:04', vendor: 'HP Inc.' },
] as const; // prettier-ignore

/** A site with devices and two channels. Claims go by the set clock from here on. */
export async function makeSite(session: Session): Promise<void> {
  await session.query(`do $$
    declare v_function regprocedure;
    begin
      foreach v_function in array array['claim_deliveries(text, text, interval, integer)', 'forgive_clock(integer, timestamptz)'] loop
        execute replace(pg_get_functiondef(v_function), 'clock_timestamp()', 'clock_now()');
      end loop;
    end $$`);
  await session.query(`select site_of('default')`);
  await session.query(`update sites set time_zone = 'Europe/Berlin' where id = 1`);
  await session.query(
    `insert into networks (site_id, cidr, interface) values (1, '10.0.0.0/24', 'lan'), (1, '10.0.1.0/24', 'lan')`,
  );
  for (const [index, { owner, kind, state, importance, mac, vendor }] of DEVICES.entries()) {
    await session.query(
      `insert into devices (site_id, id, owner, kind, state, importance, first_seen_at) values (1, $1, $2, $3, $4, $5, now())`,
      [index + 1, owner, kind, state, importance],
    );
    await session.query(
      `insert into device_macs (site_id, mac, device_id, vendor, first_seen_at) values (1, $1, $2, $3, now())`,
      [mac, index + 1, vendor],
    );
  }
  await session.query(
    `insert into channels (site_id, name, kind, target) values (1, 'email', 'email', 'a@b'), (1, 'chat', 'telegram', '1')`,
  );
}

export async function useRules(session: Session, rules: readonly RuleInput[]): Promise<void> {
  await session.query('truncate rules, mutes, alerts cascade');
  for (const [index, rule] of rules.toReversed().entries())
    await session.query(`select save_rule('default', null, null, $1, 'test')`, [
      JSON.stringify({ ...rule, name: `rule ${index}` }),
    ]);
}

/** @returns the messages that were sent, and why others were not: [alert, channel], both sorted */
export async function live(session: Session, happenings: readonly Happening[]): Promise<Message[]> {
  const outbox = outboxOf(session, 'default');
  const messages: Message[] = [];
  const turns = new Map<number, (() => Promise<unknown>)[]>();
  const plan = (seconds: number, turn: () => Promise<unknown>) =>
    turns.set(seconds, [...(turns.get(seconds) ?? []), turn]);
  for (const happening of happenings) plan(happening.atS, () => raise(session, happening, plan));
  const claimAll = async (now: Date) => {
    for (const channel of ['chat', 'email'])
      for (;;) {
        const claim = await outbox.claim(channel, 60_000, 10_000);
        if (claim === undefined) break;
        messages.push({ channel, at: now.toISOString(), alerts: claim.alerts.map(({ id }) => id) });
        await outbox.delivered(claim, 'ok');
      }
  };
  for (;;) {
    const [due] = await session.query<{ at: Date | null }>(
      `select min(hold_until) as at from deliveries where state = 'queued'`,
    );
    const nextTurn = Math.min(...turns.keys());
    const nextDue = due?.at === null || due === undefined ? Infinity : due.at.getTime();
    if (nextTurn === Infinity && nextDue === Infinity) return sorted(messages);
    const now = new Date(Math.min(at(nextTurn).getTime() || Infinity, nextDue));
    await setClock(session, now);
    if (at(nextTurn).getTime() === now.getTime()) {
      const due = turns.get(nextTurn) ?? [];
      turns.delete(nextTurn);
      for (const turn of due) await turn();
    }
    await claimAll(now);
  }
}

type Plan = (seconds: number, turn: () => Promise<unknown>) => unknown;

async function raise(session: Session, happening: Happening, plan: Plan): Promise<void> {
  const { atS, kind, severity, routine, device, endsAfter, seenAfter } = happening;
  const [row] = await session.query<{ id: number }>(
    `insert into alerts (site_id, kind, severity, routine, device_id, network_id, mac, summary, dedup_key, resolved_at)
     select 1, $1, $2, $3, $4, 1 + $5 % 2, $6, 'x', k, case when $8 then clock_now() end
     from unnest($7::text[]) with ordinality as u (k, n)
     where not exists (select from alerts where site_id = 1 and dedup_key = k and resolved_at is null)
     order by n limit 1 returning id`,
    [
      kind,
      severity,
      routine,
      device === null ? null : device + 1,
      atS / STEP_S,
      device === null ? null : DEVICES[device]?.mac,
      // Without a device the cause is what a cooldown goes by; such are events here, for one cause is one open alert.
      // Else one of two causes, and another while that is open.
      device === null
        ? [`cause:${(atS / STEP_S) % 2}`]
        : [`${kind}:${device}:${(atS / STEP_S) % 2}`, `${kind}:${device}:${atS}:${Math.random()}`],
      endsAfter === 0 || device === null,
    ],
  );
  const id = row?.id ?? 0;
  if (seenAfter !== null)
    plan(atS + seenAfter * STEP_S, () =>
      session.query(
        `update alerts set acknowledged_at = clock_now(), acknowledged_by = 'Anna' where id = $1`,
        [id],
      ),
    );
  if (endsAfter === null || endsAfter === 0 || device === null) return;
  plan(atS + endsAfter * STEP_S, async () => {
    await session.query(`update alerts set resolved_at = clock_now() where id = $1`, [id]);
    if (kind === 'device_down')
      await session.query(
        `insert into alerts (site_id, kind, severity, device_id, network_id, mac, summary, dedup_key, resolved_at, answers)
         select site_id, 'device_back', 'low', device_id, network_id, mac, 'x', 'back:' || id, clock_now(), id from alerts where id = $1`,
        [id],
      );
  });
}

/** What a rehearsal says of the same alerts, message by message. */
export async function rehearsed(session: Session): Promise<Message[]> {
  const rows = await session.query<{ channel: string; at: Date; alerts: number[] }>(
    `select c.name as channel, min(r.due) as at, json_agg(r.alert_id order by r.alert_id) as alerts
     from unnest(rehearse_alerts(1, describe_facts(1, array(
            select alert_fact_of(a, a.opened_at, null) from alerts as a where a.site_id = 1 order by a.id),
            rules_in_force(1, clock_now()), true), rules_in_force(1, clock_now()))) as r
     join channels as c on c.id = r.channel_id
     where r.not_sent is null group by c.name, r.message`,
  );
  return sorted(rows.map(({ channel, at: due, alerts }) => ({ channel, at: due.toISOString(), alerts })));
}

/** [alert, channel] of all that was not sent, and of what nobody gets. */
export async function unsent(session: Session): Promise<{ live: string[]; rehearsed: string[] }> {
  const kept = await session.query<{ what: string }>(
    `select alert_id || ' ' || coalesce(channel_id, 0) || ' ' || left(reason, 5) as what from deliveries
     where state = 'suppressed' order by 1`,
  );
  const said = await session.query<{ what: string }>(
    `select r.alert_id || ' ' || coalesce(r.channel_id, 0) || ' ' || left(r.not_sent, 5) as what
     from unnest(rehearse_alerts(1, describe_facts(1, array(
            select alert_fact_of(a, a.opened_at, null) from alerts as a where a.site_id = 1 order by a.id),
            rules_in_force(1, clock_now()), true), rules_in_force(1, clock_now()))) as r
     where r.not_sent is not null order by 1`,
  );
  // Live it says who had seen to it; the forecast only that somebody had.
  const same = (what: string) => what.replace(/ (?:ackno|over |seen )$/, ' ended');
  return { live: kept.map(({ what }) => same(what)), rehearsed: said.map(({ what }) => same(what)) };
}

export async function setClock(session: Session, now: Date | null): Promise<void> {
  await session.query(`select set_config('netureon.clock', $1, false)`, [now?.toISOString() ?? '']);
}

function sorted(messages: readonly Message[]): Message[] {
  return messages
    .map(({ alerts, ...rest }) => ({ ...rest, alerts: alerts.toSorted((a, b) => a - b) }))
    .toSorted((a, b) => a.at.localeCompare(b.at) || a.channel.localeCompare(b.channel));
}
