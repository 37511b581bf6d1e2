/** Lives through a month by the owner's clock: record_scan for each tick, as fast as the database goes. */
import type { Session } from '../../../src/store/session.ts';
import type { Events } from './events.ts';
import { follow, union, type Plan } from './truth.ts';
import type { Random } from './random.ts';

/** A Monday, in a year of 52 weeks like any other. */
export const START = Date.UTC(2026, 1, 2);
export const SITE = 'month';

const MINUTE = 60_000;
/** Scans per call: one is a transaction of its own in any case. */
const BATCH = 500;

/** What the rehearsal adds to the schema: everybody is watched, and each silence of a watched device is written down. */
const SETTING = `
  create table month_silences (n bigint generated always as identity, device_id bigint not null, since timestamptz not null,
                              limit_ms bigint not null, ended_at timestamptz);
  create index on month_silences (device_id) where ended_at is null;
  create function month_watch() returns trigger language plpgsql as
    $$ begin new.importance := 'watched'; return new; end $$;
  create trigger month_watch before insert on devices for each row execute function month_watch();
  create function month_note() returns trigger language plpgsql as
    $$ begin insert into month_silences (device_id, since, limit_ms) values (new.device_id, new.since, new.limit_ms); return null; end $$;
  create trigger month_note after insert or update of since, limit_ms on watched_silences for each row execute function month_note();
  create function month_end() returns trigger language plpgsql as
    $$ begin update month_silences set ended_at = clock_now() where device_id = old.device_id and ended_at is null; return null; end $$;
  create trigger month_end after delete on watched_silences for each row execute function month_end();
  create table month_gone (device_id bigint not null, at timestamptz not null, ended_at timestamptz not null);
  create function month_gone() returns trigger language plpgsql as
    $$ begin insert into month_gone values (new.device_id, clock_now(), new.ended_at); return null; end $$;
  create trigger month_gone after update on connections for each row
    when (old.ended_at is null and new.ended_at is not null) execute function month_gone();
  create procedure month_rehearse(p_site text, p_start timestamptz, p_step interval, p_first integer,
                                  p_macs macaddr[], p_ips inet[], p_answers varbit[]) language plpgsql as $$
  declare
    v_macs macaddr[];
    v_ips  inet[];
  begin
    for i in 1 .. cardinality(p_answers) loop
      continue when p_answers[i] is null;
      perform set_config('netureon.clock', (p_start + (p_first + i - 1) * p_step)::text, false);
      select coalesce(array_agg(p.mac), '{}'), coalesce(array_agg(p.ip), '{}') into v_macs, v_ips
      from unnest(p_macs, p_ips) with ordinality as p (mac, ip, n)
      where get_bit(p_answers[i], p.n::integer - 1) = 1;
      perform record_scan(p_site, '10.0.0.0/16', 'eth0', 'packet', 400, 1000, cardinality(v_macs), 1100, 900, null, v_macs, v_ips);
      commit;
    end loop;
  end $$`;

export interface Rehearsal {
  readonly ticks: number;
  /** Minutes of the scans in which the answer of a station that was awake got lost. */
  readonly lost: ReadonlyMap<Plan, ReadonlySet<number>>;
}

export async function rehearse(
  owner: Session,
  plans: readonly Plan[],
  events: Events,
  days: number,
  stepSeconds: number,
  random: Random,
): Promise<Rehearsal> {
  await owner.query('set synchronous_commit = off');
  await owner.query('set timezone = UTC');
  await owner.query(SETTING);
  const pairs = plans.flatMap(({ station }) =>
    station.leases.map((lease, n) => ({
      mac: station.mac,
      ip: lease.ip,
      from: lease.from,
      to: station.leases[n + 1]?.from ?? Infinity,
    })),
  );
  const first = new Map<Plan, number>();
  let index = 0;
  for (const plan of plans) {
    first.set(plan, index);
    index += plan.station.leases.length;
  }
  const silent = plans.map(plan => follow(plan.silent));
  const blind = follow(union(events.blind));
  const ticks = Math.floor((days * 24 * 3600) / stepSeconds);
  const lost = new Map(plans.map(plan => [plan, new Set<number>()]));
  let looked = 0;
  const answersAt = (tick: number): string | null => {
    const at = (tick * stepSeconds) / 60;
    const isBlind = blind(at);
    const bits = pairs.map(() => '0');
    for (const [n, plan] of plans.entries()) {
      if (silent[n]?.(at) !== false) continue;
      if (random.chance(plan.station.loss)) {
        lost.get(plan)?.add(at);
        continue;
      }
      for (let pair = first.get(plan) ?? 0; pair < pairs.length; pair++) {
        const lease = pairs[pair];
        if (lease === undefined || lease.mac !== plan.station.mac) break;
        if (lease.from <= at && at < lease.to) bits[pair] = '1';
      }
    }
    if (isBlind) return null;
    looked++;
    return bits.join('');
  };
  for (let tick = 0; tick < ticks; tick += BATCH) {
    const answers: (string | null)[] = [];
    for (let n = tick; n < Math.min(tick + BATCH, ticks); n++) answers.push(answersAt(n));
    await owner.query('call month_rehearse($1, $2, make_interval(secs => $3), $4, $5, $6, $7::varbit[])', [
      SITE,
      new Date(START),
      stepSeconds,
      tick,
      pairs.map(({ mac }) => mac),
      pairs.map(({ ip }) => ip),
      answers,
    ]);
    // What autovacuum would have done on the first evening.
    if (tick === 0) await owner.query('analyze');
  }
  return { ticks: looked, lost };
}

export const minuteOf = (at: Date): number => (at.getTime() - START) / MINUTE;
