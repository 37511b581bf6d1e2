/** A LAN of 250 devices that lives through some days by the owner's clock: record_scan for each tick, with alerts and deliveries. */
import type { Session } from '../../../src/store/session.ts';
import { happen } from '../month/events.ts';
import { DAY, PATTERNS, populate } from '../month/population.ts';
import { randomOf, type Random } from '../month/random.ts';
import { follow, planOf, union, type Plan } from '../month/truth.ts';

const COUNTS = {
  desktop: 85,
  server: 35,
  'office phone': 32,
  'home phone': 32,
  guest: 20,
  printer: 12,
  thing: 31,
  rotator: 3,
};
const BATCH = 500;

const SETTING = `
  insert into channels (site_id, name, kind, target) values (1, 'email', 'email', 'noc@example.org');
  create function year_watch() returns trigger language plpgsql as
    $$ begin new.importance := case when new.id % 25 = 0 then 'watched' else 'normal' end; return new; end $$;
  create trigger year_watch before insert on devices for each row execute function year_watch();
  create procedure year_rehearse(p_start timestamptz, p_step interval, p_first integer,
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
      perform record_scan('default', '10.0.0.0/16', 'eth0', 'packet', 400, 1000, cardinality(v_macs), 1100, 900, null, v_macs, v_ips);
      commit;
    end loop;
  end $$`;

export interface Week {
  readonly seed: number;
  /** The first scan. */
  readonly start: Date;
  readonly days: number;
  readonly stepSeconds: number;
  /** After each day, whose number from 0 is given. The clock stands at its last scan. */
  readonly onDay: (day: number) => Promise<void>;
}

/** @param owner of an empty, migrated database @returns how many stations there were, and how many scans */
export async function liveAWeek(owner: Session, week: Week): Promise<{ stations: number; scans: number }> {
  const { seed, days, stepSeconds } = week;
  const random = randomOf(seed);
  const events = happen(days, random);
  const pattern = { ...(PATTERNS['usual'] ?? unknownPattern()), counts: COUNTS };
  const size = { days, share: 1, glimpse: (1.2 * stepSeconds) / 60 };
  const plans = populate(pattern, size, random).map(station => planOf(station, events, days * DAY, random));
  await owner.query(`set synchronous_commit = off; set timezone = UTC; ${SETTING}`);
  const pairs = plans.flatMap(({ station }, n) =>
    station.leases.map((lease, i) => ({
      plan: n,
      mac: station.mac,
      ip: lease.ip,
      from: lease.from,
      to: station.leases[i + 1]?.from ?? Infinity,
    })),
  );
  const silent = plans.map(plan => follow(plan.silent));
  const blind = follow(union(events.blind));
  const perDay = (24 * 3600) / stepSeconds;
  let scans = 0;
  const answersAt = (tick: number): string | null => {
    const at = (tick * stepSeconds) / 60;
    const answering = plans.map((plan, n) => silent[n]?.(at) === false && answers(plan, random));
    if (blind(at)) return null;
    scans++;
    return pairs
      .map(({ plan, from, to }) => (answering[plan] === true && from <= at && at < to ? '1' : '0'))
      .join('');
  };
  for (let day = 0; day < days; day++) {
    for (let tick = day * perDay; tick < (day + 1) * perDay; tick += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, (day + 1) * perDay - tick) }, (_, n) =>
        answersAt(tick + n),
      );
      await owner.query('call year_rehearse($1, make_interval(secs => $2), $3, $4, $5, $6::varbit[])', [
        week.start,
        stepSeconds,
        tick,
        pairs.map(({ mac }) => mac),
        pairs.map(({ ip }) => ip),
        batch,
      ]);
      // What autovacuum would have done in the first hours.
      if (tick === 0) await owner.query('analyze');
    }
    await deliver(owner);
    await week.onDay(day);
  }
  return { stations: plans.length, scans };
}

function answers({ station }: Plan, random: Random): boolean {
  return !random.chance(station.loss);
}

/** What alertd leaves of the day's messages. */
async function deliver(owner: Session): Promise<void> {
  await owner.query(
    `update deliveries set state = 'delivered', attempts = 1, finished_at = clock_now(), message_key = gen_random_uuid(),
            receipt = '250 2.0.0 Ok: queued as 4F1B2C3D4E' where state = 'queued'`,
  );
}

/** What profiling knows of each device once; it is written again, not added to. */
export async function profileEverybody(owner: Session): Promise<void> {
  await owner.query(
    `insert into device_names (site_id, device_id, source, name, first_seen_at, last_seen_at)
     select d.site_id, d.id, s, s || '-of-device-' || d.id || '.example', now(), now()
     from devices as d, unnest(array['rdns', 'mdns', 'netbios']) as s on conflict do nothing;
     insert into device_ports (site_id, device_id, ip, port, service, facts, first_seen_at, last_seen_at)
     select distinct d.site_id, d.id, inet '10.0.0.1', p, 'http', jsonb_build_object('server', 'nginx/1.22.1', 'title', 'Welcome to device ' || d.id), now(), now()
     from devices as d, unnest(array[22, 80, 443]) as p on conflict do nothing`,
  );
}

function unknownPattern(): never {
  throw new Error('no pattern is called usual');
}
