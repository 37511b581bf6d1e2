/** Devices with their MACs, names, ports, profiles, habits, changes and mutes. Device n of the plan has id firstDevice + n - 1. */
import type { Db } from '../../../src/store/session.ts';
import type { BigPlan } from '../seed-big.ts';

/** Real prefixes, so that vendors are those of the registry; the last is an address of its own making. */
const MAKERS = `(values (0, '3c0754', 'Apple, Inc.'), (1, '001132', 'Synology Incorporated'), (2, 'f01898', 'Apple, Inc.'),
  (3, 'b827eb', 'Raspberry Pi Foundation'), (4, '00215a', 'Hewlett Packard'), (5, '001788', 'Philips Lighting BV'),
  (6, '001ba9', 'Brother industries, LTD.'), (7, '240ac4', 'Espressif Inc.'), (8, '9e2f11', null), (9, '0018dd', 'Silicondust Engineering Ltd'))
  as maker (nr, prefix, vendor)`;

/** When device g was first seen, in days before now: four of five from the beginning, newcomers within the last week. */
export const AGE_DAYS = `case when g % 97 = 0 then 0.1 + g % 60 / 10.0 when g % 5 = 0 then 1 + g % ($DAYS) else $DAYS end`;

export async function fillDevices(db: Db, plan: BigPlan): Promise<void> {
  const { siteId, now, devices, firstDevice, days } = plan;
  const age = AGE_DAYS.replaceAll('$DAYS', '$5::integer');
  const common = [siteId, now, devices, firstDevice, days];
  await db.query(
    `insert into devices (site_id, id, state, name, owner, kind, notes, importance, first_seen_at, decided_at, called, revision)
     select $1, $4::bigint + g - 1,
            case when g % 97 = 0 then 'new' when g % 53 = 0 then 'ignored' when g % 211 = 0 then 'blocked'
                 when g % 89 = 0 then 'archived' else 'known' end,
            case when g % 3 > 0 then word || ' ' || g end,
            case when g % 4 = 0 then (array['Anna', 'Ben', 'Clara', 'Sales', 'Lab', 'Reception', 'Facilities', 'IT'])[g / 4 % 8 + 1] end,
            case when g % 8 = 0 then lower(word) end,
            case when g % 11 = 0 then 'Stands in room ' || g % 400 || '. Bought in ' || 2015 + g % 11 || '.' else '' end,
            case when g % 20 = 0 then 'watched' else 'normal' end,
            $2::timestamptz - (${age}) * interval '1 day',
            case when g % 97 > 0 then $2::timestamptz - (${age}) * interval '1 day' + interval '2 hours' end,
            case when g % 3 = 0 and g % 7 > 0 then lower(word) || '-' || to_hex(g) end, g % 4
     from (select g, (array['Laptop', 'Phone', 'Desk phone', 'Camera', 'Printer', 'Sensor', 'Tablet', 'Switch'])[g % 8 + 1] as word
           from generate_series(1, $3::integer) as g) as made`,
    common,
  );
  // One in twenty has a second MAC (a dock, a wireless card).
  await db.query(
    `insert into device_macs (site_id, mac, device_id, vendor, first_seen_at)
     select $1, (maker.prefix || lpad(to_hex(g + card * 8388608), 6, '0'))::macaddr, $4::bigint + g - 1, maker.vendor,
            $2::timestamptz - (${age}) * interval '1 day'
     from generate_series(1, $3::integer) as g
     cross join generate_series(0, 1) as card
     join ${MAKERS} on maker.nr = (g + card * 3) % 10
     where card = 0 or g % 20 = 0`,
    common,
  );
  await fillFound(db, common, age);
  await fillDecisions(db, plan);
}

async function fillFound(db: Db, common: readonly unknown[], age: string): Promise<void> {
  await db.query(
    `insert into device_names (site_id, device_id, source, name, first_seen_at, last_seen_at)
     select $1, $4::bigint + g - 1, (array['dhcp', 'mdns', 'rdns', 'netbios'])[s],
            (array['laptop-', 'device-', 'host-', 'DESKTOP-'])[s] || to_hex(g) || case s when 2 then '.local' when 3 then '.example.org' else '' end,
            $2::timestamptz - (${age}) * interval '1 day', $2::timestamptz - g % 50 * interval '1 hour' - ($3 - $3) * interval '1 s'
     from generate_series(1, $3::integer) as g cross join generate_series(1, 4) as s
     where (g + s) % 2 = 0 and ${age} > 3`,
    common,
  );
  await db.query(
    `insert into device_ports (site_id, device_id, ip, port, service, facts, first_seen_at, last_seen_at, closed_at)
     select $1, $4::bigint + g - 1, '10.20.0.2'::inet + g, p.port, p.service,
            case when p.port = 22 then '{"banner":"SSH-2.0-OpenSSH_9.9"}' else '{}' end::jsonb,
            $2::timestamptz - (${age}) * interval '1 day', $2::timestamptz - interval '1 hour',
            case when g % 31 = 0 then $2::timestamptz - interval '1 hour' end
     from generate_series(1, $3::integer) as g
     join (values (0, 22, 'ssh'), (1, 80, 'http'), (2, 443, 'https'), (3, 445, 'smb'), (4, 9100, 'jetdirect'), (5, 554, 'rtsp'))
       as p (nr, port, service) on (g + p.nr) % 3 = 0`,
    common,
  );
  await db.query(
    `insert into device_profiles (site_id, device_id, tried_at, profiled_at, mac, ip, os_family, kind, model, confidence, ttl, evidence)
     select $1, m.device_id, $2::timestamptz - interval '1 hour', $2::timestamptz - interval '1 hour', m.mac,
            '10.20.0.2'::inet + g,
            (array['Linux', 'Windows', 'macOS', 'embedded'])[g % 4 + 1],
            (array['laptop', 'phone', 'printer', 'camera', 'nas', 'router'])[g % 6 + 1],
            case when g % 5 = 0 then 'Model ' || g % 40 end, 0.4 + g % 6 / 10.0, case g % 4 when 1 then 128 else 64 end,
            jsonb_build_array(jsonb_build_object('source', 'ttl', 'says', 'family', 'value', 'Linux', 'weight', 0.3))
     from (select distinct on (device_id) device_id, mac, (device_id - $4::bigint + 1)::integer as g
           from device_macs where site_id = $1 order by device_id, mac) as m
     where g between 1 and $3::integer and g % 10 > 0 and $5::integer > 0`,
    common,
  );
  await db.query(
    `insert into device_habits (site_id, device_id, silences, ended_at, peaks, peaks_week, usual_s, longest_s)
     select $1, $4::bigint + g - 1, array[60 + g % 600, 120 + g % 900],
            array[$2::timestamptz - interval '3 days', $2::timestamptz - interval '1 day'],
            array[120 + g % 900], (extract(epoch from $2::timestamptz) / 604800)::integer, 60 + g % 600, 120 + g % 900
     from generate_series(1, $3::integer) as g where g % 2 = 0 and $5::integer > 0`,
    common,
  );
}

async function fillDecisions(
  db: Db,
  { siteId, now, devices, firstDevice, networkIds }: BigPlan,
): Promise<void> {
  const common = [siteId, now, devices, firstDevice];
  await db.query(
    `insert into device_changes (site_id, device_id, at, actor, what, before, after)
     select $1, $4::bigint + g - 1, d.decided_at + n * interval '1 hour', (array['Anna', 'Ben', 'netureon'])[g % 3 + 1],
            case n when 0 then 'accept' else 'rename' end,
            jsonb_build_object('name', case when n = 0 then null else 'Device ' || g end, 'state', case n when 0 then 'new' else d.state end),
            jsonb_build_object('name', d.name, 'state', d.state)
     from generate_series(1, $3::integer) as g
     join devices as d on d.site_id = $1 and d.id = $4::bigint + g - 1 and d.decided_at + interval '1 hour' < $2
     cross join generate_series(0, 1) as n where n = 0 or g % 3 = 0`,
    common,
  );
  await db.query(
    `insert into merge_suggestions (site_id, device_a, device_b, reasons, score, made_at)
     select $1, $4::bigint + 30 * g, $4::bigint + 30 * g + 1,
            jsonb_build_array(jsonb_build_object('reason', 'same_name', 'sources', jsonb_build_array('dhcp'), 'name', 'laptop-' || g, 'devices', 2, 'points', 60)), 60 + g % 40,
            $2::timestamptz - g * interval '1 hour'
     from generate_series(1, least(20, $3::integer / 40)) as g`,
    common,
  );
  await db.query(
    `insert into mutes (site_id, device_id, kind, network_id, from_at, until, actor, note)
     select $1, case when g % 3 = 0 then $4::bigint + g end, case when g % 2 = 0 then 'device_down' end,
            case when g % 5 = 0 then $5::integer end, $2::timestamptz - g * interval '1 hour',
            $2::timestamptz + case when g % 2 = 0 then g else -1 end * interval '30 minutes', 'Anna', 'Night shift ' || g
     from generate_series(1, least(40, $3::integer / 50)) as g where g % 2 = 0 or g > 1`,
    [...common, networkIds[0]],
  );
}
