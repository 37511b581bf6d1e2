// What becomes of an alert: cancelled before it is sent, acknowledged, resolved, reopened; and that nothing stays open for ever.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { acknowledgeAlert, decideDevice, undoChange } from '../../src/store/device-changes.ts';
import {
  acknowledgeAll,
  countAlerts,
  getAlert,
  listAlerts,
  undoAcknowledgeAll,
} from '../../src/store/site-alerts.ts';
import type { Db } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { FedSite, macOf, type Pair } from './identity-site.ts';

let db: TestDatabase;
let site: FedSite;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  site = await FedSite.open(db);
});
afterEach(() => site.close());

/** By the site's clock. */
const people: Db = { query: (text, values) => site.rows(text, values) };

const pair = (n: number, mac = n): Pair => [`192.168.1.${n}`, macOf(mac)];
const [lamp, nas] = [pair(10), pair(20)];

const channel = async (name = 'email') => {
  await site.rows('select site_of($1)', [site.name]);
  return site.rows(
    `insert into channels (site_id, name, kind, target) values ($site, $1, 'email', 'anna@example.org')`,
    [name],
  );
};

interface DeliveryRow {
  kind: string;
  channel: string | null;
  state: string;
  reason: string | null;
}
const deliveries = (where = `a.kind <> 'baseline'`) =>
  site.rows<DeliveryRow>(
    `select a.kind, c.name as channel, d.state, d.reason
     from deliveries as d join alerts as a on a.site_id = d.site_id and a.id = d.alert_id
     left join channels as c on c.site_id = d.site_id and c.id = d.channel_id
     where d.site_id = $site and ${where} order by d.id`,
  );
const events = () =>
  site.rows<{ kind: string; what: string; actor: string | null; how: string | null }>(
    `select a.kind, e.what, e.actor, e.detail ->> 'how' as how
     from alert_events as e join alerts as a on a.site_id = e.site_id and a.id = e.alert_id
     where e.site_id = $site order by e.id`,
  );
const idOf = async (kind: string) => {
  const [row] = await site.rows<{ id: number }>(
    `select max(id) as id from alerts where site_id = $site and kind = $1`,
    [kind],
  );
  return row?.id ?? 0;
};
/** As a rule that gathers for so long from now on would have it. */
const gathered = (minutes: number) =>
  site.rows(
    `update deliveries set group_until = clock_now() + $1 * interval '1 minute', hold_until = clock_now() + $1 * interval '1 minute'
     where site_id = $site and state = 'queued' and message_key is null and not escalation`,
    [minutes],
  );
const escalated = (kind: string, to: string) =>
  site.rows(
    `insert into deliveries (site_id, alert_id, channel_id, state, escalation, hold_until)
     select $site, a.id, c.id, 'queued', true, now() + interval '15 minutes' from alerts as a, channels as c
     where a.site_id = $site and a.kind = $1 and c.site_id = $site and c.name = $2`,
    [kind, to],
  );

/** The only rule, as `column = value, …`; $email and $telegram stand for the channels. */
const rule = async (columns: string) => {
  await site.rows(`delete from rules where site_id = $site`);
  await site.rows(`insert into rules (site_id, position, name) values ($site, 1, 'Mine')`);
  const numbered = columns
    .replaceAll('$email', `(select id from channels where site_id = $site and name = 'email')`)
    .replaceAll('$telegram', `(select id from channels where site_id = $site and name = 'telegram:42')`);
  await site.rows(`update rules set ${numbered} where site_id = $site`);
};

/** The lamp is watched, with a limit of its own. */
async function watched(): Promise<void> {
  await site.scan([lamp, nas]);
  await site.rows(
    `update devices as d set importance = 'watched', down_after = '30 seconds' from device_macs as m
     where m.site_id = $site and m.mac = $1 and d.site_id = m.site_id and d.id = m.device_id`,
    [lamp[1]],
  );
}
const goesDown = () => site.scan([nas]);

describe('what is over before it is sent', () => {
  test('is not sent, and says for how long it lasted; nor is its end', async () => {
    await channel();
    await watched();
    await goesDown();
    // The rule for watched devices gathers for a minute.
    await site.scan([lamp, nas], { minutes: 0.5 });
    expect(await deliveries()).toEqual([
      {
        kind: 'device_down',
        channel: 'email',
        state: 'suppressed',
        reason: 'over before it was sent: back after 30 s',
      },
      { kind: 'device_back', channel: 'email', state: 'suppressed', reason: 'its going away was not told' },
    ]);
    const back = await site.rows<{ answers: number }>(
      `select answers from alerts where site_id = $site and kind = 'device_back'`,
    );
    expect(back).toEqual([{ answers: await idOf('device_down') }]);
  });

  test('is told when its window had closed, and so is its end', async () => {
    await channel();
    await watched();
    await goesDown();
    await site.scan([nas]);
    await site.scan([lamp, nas]);
    expect((await deliveries()).map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'device_down queued',
      'device_back queued',
    ]);
  });

  test('is no longer touched once a message carries it', async () => {
    await channel();
    await watched();
    await goesDown();
    await gathered(5);
    await site.rows(
      `update deliveries set message_key = gen_random_uuid() where site_id = $site and state = 'queued'`,
    );
    await site.scan([lamp, nas]);
    expect((await deliveries()).map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'device_down queued',
      'device_back queued',
    ]);
  });

  test('waits anew when it was not over after all', async () => {
    await channel();
    await site.scan([nas]);
    await site.scan([nas, lamp]);
    await gathered(5);
    const [device] = await site.rows<{ id: number }>(
      `select device_id as id from device_macs where site_id = $site and mac = $1`,
      [lamp[1]],
    );
    const decided = await decideDevice(people, site.name, device!.id, 'accept', 'Anna');
    expect(await deliveries()).toMatchObject([
      { state: 'suppressed', reason: 'over before it was sent: decided about after 0 s' },
    ]);
    await undoChange(people, site.name, decided.kind === 'changed' ? decided.change : 0, 'Anna');
    expect(await deliveries()).toMatchObject([{ state: 'queued', reason: null }]);
  });
});

describe('what waits anew', () => {
  const state = () =>
    site.rows<Record<string, unknown>>(
      `select d.escalation, d.state, d.quiet, d.reason, to_char(d.hold_until at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as until
       from deliveries as d join alerts as a on a.site_id = d.site_id and a.id = d.alert_id
       where d.site_id = $site and a.kind = 'new_device' order by d.id`,
    );
  /** A new device that is decided about before its message was sent. */
  const decided = async (columns: string) => {
    await channel();
    await channel('telegram:42');
    await rule(`channels = array[$email], ${columns}`);
    await site.scan([nas]);
    await site.scan([nas, lamp]);
    const [device] = await site.rows<{ id: number }>(
      `select device_id as id from device_macs where site_id = $site and mac = $1`,
      [lamp[1]],
    );
    const change = await decideDevice(people, site.name, device!.id, 'accept', 'Anna');
    return () => undoChange(people, site.name, change.kind === 'changed' ? change.change : 0, 'Anna');
  };

  test('is held to the end of the quiet hours in which it was taken back', async () => {
    // Told at 08:02 in the morning, and taken back at 22:30.
    const undo = await decided(`group_for = interval '10 minutes', quiet_from = '22:00', quiet_to = '07:00'`);
    expect(await state()).toMatchObject([{ state: 'suppressed' }]);
    await site.wait(14 * 60 + 28);
    await undo();
    expect(await state()).toMatchObject([
      { state: 'queued', quiet: true, reason: null, until: '2026-03-03 07:00' },
    ]);
  });

  test('is what the rules say by then: gathered, called about, muted or not sent any more', async () => {
    const undo = await decided(
      `group_for = interval '10 minutes', cooldown = interval '1 day', escalate_after = interval '1 hour', escalate_to = $telegram`,
    );
    expect(await state()).toMatchObject([
      { escalation: false, state: 'suppressed' },
      { escalation: true, state: 'suppressed' },
    ]);
    await site.rows(
      `update rules set group_for = interval '5 minutes' where site_id = $site and name = 'Mine'`,
    );
    await site.wait(60);
    await undo();
    expect(await state()).toMatchObject([
      { escalation: false, state: 'queued', until: '2026-03-02 09:07' },
      { escalation: true, state: 'queued', until: '2026-03-02 10:07' },
    ]);
  });

  test('is not sent while it is muted, and says so', async () => {
    const undo = await decided(`group_for = interval '10 minutes'`);
    await site.rows(
      `select mute_alerts($1, null, 'new_device', null, null, clock_now() + interval '1 day', 'Ben', '')`,
      [site.name],
    );
    await undo();
    expect(await state()).toMatchObject([
      { state: 'suppressed', reason: expect.stringMatching(/^muted until .* by Ben$/) },
    ]);
  });
});

describe('an escalation', () => {
  const setUp = async () => {
    await channel();
    await channel('telegram:42');
    await rule(
      `kinds = array['device_down'], channels = array[$email], escalate_after = interval '15 minutes', escalate_to = $telegram`,
    );
    await watched();
    await goesDown();
  };
  const escalation = () => deliveries('d.escalation');

  test('is called off when somebody acknowledges, and waits anew when that is taken back', async () => {
    await setUp();
    const alert = await idOf('device_down');
    await acknowledgeAlert(people, site.name, alert, true, 'Anna');
    expect(await escalation()).toMatchObject([
      { state: 'suppressed', reason: 'acknowledged by Anna before that' },
    ]);
    // What was for the first channel is still told.
    expect(await deliveries(`not d.escalation and a.kind = 'device_down'`)).toMatchObject([
      { state: 'queued' },
    ]);
    expect((await getAlert(people, site.name, alert))?.state).toBe('acknowledged');
    await acknowledgeAlert(people, site.name, alert, false, 'Ben');
    expect(await escalation()).toMatchObject([{ state: 'queued', reason: null }]);
    expect((await getAlert(people, site.name, alert))?.state).toBe('reopened');
    expect((await events()).map(({ what, actor }) => [what, actor])).toEqual([
      ['acknowledged', 'Anna'],
      ['reopened', 'Ben'],
    ]);
  });

  test('is called off when it is over', async () => {
    await setUp();
    await site.scan([lamp, nas]);
    expect(await escalation()).toMatchObject([
      { state: 'suppressed', reason: 'over before that: back after 1 min' },
    ]);
  });
});

describe('turns', () => {
  test('are kept once each, and counting on is none', async () => {
    await watched();
    await goesDown();
    await site.scan([lamp, nas]);
    expect(await events()).toEqual([
      { kind: 'device_down', what: 'resolved', actor: null, how: 'back after 1 min' },
    ]);
    await site.scans(3, [lamp, nas]);
    await site.scan([pair(30, 31), pair(30, 32), nas]);
    await site.scans(8, [pair(30, 31), pair(30, 32), nas], { minutes: 3 });
    expect((await site.alerts(`kind = 'ip_conflict'`))[0]?.count).toBeGreaterThan(2);
    expect((await events()).filter(({ kind }) => kind === 'ip_conflict')).toEqual([]);
  });

  test('the same cause within a day is reopened, later it is new', async () => {
    await watched();
    const down = async () => {
      await goesDown();
      const id = await idOf('device_down');
      await site.scan([lamp, nas]);
      return id;
    };
    const first = await down();
    await site.wait(60 * 5);
    await site.scan([lamp, nas]);
    const second = await down();
    expect(await getAlert(people, site.name, second)).toMatchObject({ reopens: first, state: 'resolved' });
    await site.wait(60 * 25);
    await site.scan([lamp, nas]);
    await goesDown();
    expect(await getAlert(people, site.name, await idOf('device_down'))).toMatchObject({
      reopens: null,
      state: 'open',
    });
  });
});

describe('what people do with many', () => {
  test('acknowledging all is one step, and can be taken back as one', async () => {
    await site.scan([nas]);
    await site.scan([nas, lamp, pair(40), pair(41)]);
    const [early] = (await listAlerts(people, site.name, { status: 'open', before: null, limit: 10 })).rows;
    await acknowledgeAlert(people, site.name, early!.id, true, 'Ben');
    const before = new Date(site.now.getTime() + 1000);
    await site.scan([nas, lamp, pair(40), pair(41), pair(42)]);
    expect(await acknowledgeAll(people, site.name, { kind: 'new_device', before }, 'Anna')).toBe(2);
    expect(await acknowledgeAll(people, site.name, { kind: 'new_device', before }, 'Anna')).toBe(0);
    expect(await countAlerts(people, site.name)).toEqual({ urgent: 0, other: 2, acknowledged: 3 });
    expect(await undoAcknowledgeAll(people, site.name, 'Ben')).toBe(0);
    expect(await undoAcknowledgeAll(people, site.name, 'Anna')).toBe(2);
    expect(await undoAcknowledgeAll(people, site.name, 'Anna')).toBe(0);
    expect((await getAlert(people, site.name, early!.id))?.acknowledgedBy).toBe('Ben');
  });

  test('the number of open alerts is the number of those that are listed as urgent', async () => {
    await watched();
    await site.scan([nas, pair(41)]);
    const { rows } = await listAlerts(people, site.name, {
      status: 'open',
      onlyUrgent: true,
      before: null,
      limit: 50,
    });
    expect(rows.map(({ kind, urgent }) => [kind, urgent])).toEqual([['device_down', true]]);
    expect(await countAlerts(people, site.name)).toEqual({ urgent: 1, other: 2, acknowledged: 0 });
  });

  test('the list can be narrowed', async () => {
    await watched();
    await site.scan([nas, pair(41)]);
    const kinds = async (query: Partial<Parameters<typeof listAlerts>[2]>) =>
      (await listAlerts(people, site.name, { status: 'all', before: null, limit: 50, ...query })).rows.map(
        ({ kind }) => kind,
      );
    expect(await kinds({ severity: 'high' })).toEqual(['device_down']);
    expect(await kinds({ kind: 'new_device' })).toEqual(['new_device']);
    expect(await kinds({ since: new Date(site.now.getTime() - 1000) })).toEqual([
      'device_down',
      'new_device',
    ]);
    expect(await kinds({ status: 'resolved' })).toEqual([]);
    expect(await kinds({ network: -1 })).toEqual([]);
    await site.scan([lamp, nas, pair(41)]);
    expect(await kinds({ status: 'resolved' })).toEqual(['device_back', 'device_down']);
  });
});

describe('a conflict', () => {
  const stations = (n: number) => Array.from({ length: n }, (_, i) => i);
  const everybodyClaims = (n: number): Pair[] =>
    stations(n).flatMap(a => stations(n).map((m): Pair => pair(100 + a, 200 + m)));

  test('of fifteen stations about fifteen addresses is one alert with the list, and over with the last of them', async () => {
    await channel();
    await site.scan([nas]);
    await site.scans(3, [nas, ...everybodyClaims(15)]);
    const [one, ...more] = await site.alerts(`kind = 'ip_conflict'`);
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      severity: 'high',
      open: true,
      ip: null,
      summary: '15 addresses of 192.168.1.0/24 are claimed by several of 15 stations at once',
      detail: { total: 15, stations: 15 },
    });
    const { conflicts } = one!.detail as { conflicts: { ip: string; of: number; claimants: unknown[] }[] };
    expect(conflicts).toHaveLength(15);
    expect(conflicts[0]).toMatchObject({ ip: '192.168.1.100', of: 15, claimants: expect.any(Array) });
    expect(conflicts[0]!.claimants).toHaveLength(10);
    // Two are left: still the same alert.
    const two = [pair(100, 200), pair(100, 201), pair(101, 202), pair(101, 203)];
    await site.scans(40, [nas, ...two]);
    expect(await site.alerts(`kind = 'ip_conflict'`)).toMatchObject([{ open: true }]);
    await site.scans(40, [nas, pair(100, 200), pair(101, 202)]);
    expect(await site.alerts(`kind = 'ip_conflict'`)).toMatchObject([{ open: false }]);
  });

  test('that was told of alone stays alone when many join it', async () => {
    await site.scan([nas]);
    await site.scan([nas, pair(100, 200), pair(100, 201)]);
    await site.scans(2, [nas, ...everybodyClaims(8)]);
    expect((await site.alerts(`kind = 'ip_conflict'`)).map(({ ip, open }) => [ip, open])).toEqual([
      ['192.168.1.100', true],
      [null, true],
    ]);
    expect((await site.alerts(`kind = 'ip_conflict' and ip is null`))[0]?.detail).toMatchObject({ total: 7 });
  });
});

describe('nothing stays open for ever', () => {
  const sweep = () => site.rows(`select watch_over()`);
  const ended = async (kind: string) =>
    (
      await site.rows<{ because: string | null }>(
        `select detail ->> 'resolved_because' as because from alerts
         where site_id = $site and kind = $1 and resolved_at is not null`,
        [kind],
      )
    ).map(({ because }) => because);

  test('a first look is news for a day', async () => {
    await site.scan([nas]);
    await sweep();
    expect(await ended('baseline')).toEqual([]);
    await site.wait(60 * 24 + 1);
    await sweep();
    expect(await ended('baseline')).toEqual(['the first look is a day old']);
  });

  test('a flood that a crash made the database forget', async () => {
    const invented = (round: number): Pair[] =>
      Array.from({ length: 700 }, (_, n) => [
        `10.9.${1 + (n >> 8)}.${n & 255}`,
        `02:0${round}:aa:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`,
      ]);
    const network = '10.9.0.0/16';
    const home: Pair = ['10.9.0.5', macOf(5)];
    await site.scan([home], { network });
    await site.scan([home, ...invented(1)], { network });
    expect(await site.alerts(`kind = 'arp_flood'`)).toMatchObject([{ open: true }]);
    await site.rows('delete from arp_floods where site_id = $site');
    await sweep();
    expect(await ended('arp_flood')).toEqual([]);
    await site.scan([home], { network });
    await sweep();
    expect(await ended('arp_flood')).toEqual(['the flood has ended']);
  });

  test('a blocked device that was only heard', async () => {
    await site.scan([nas, lamp]);
    await site.set(lamp[1], 'state', 'blocked');
    await site.scan([nas]);
    await site.rows(
      `update connections set ended_at = started_at, misses = 0, last_seen_at = null, missed_from = null,
                       missed_looked_ms = null, gone_looked_ms = null
                     where site_id = $site and mac = $1 and ended_at is null`,
      [lamp[1]],
    );
    // An address of another network on this wire.
    await site.scan([nas, ['10.1.1.1', lamp[1]]]);
    expect(await site.alerts(`kind = 'blocked_device_seen'`)).toMatchObject([{ open: true }]);
    await sweep();
    expect(await ended('blocked_device_seen')).toEqual([]);
    await site.scans(11, [nas]);
    await sweep();
    expect(await ended('blocked_device_seen')).toEqual(['it is not here any more']);
  });

  test('a port that its device left behind with its address', async () => {
    await site.scan([nas, lamp]);
    await site.set(lamp[1], 'importance', 'watched');
    const [device] = await site.rows<{ id: number }>(
      `select device_id as id from device_macs where site_id = $site and mac = $1`,
      [lamp[1]],
    );
    const profiled = (ip: string, ports: object[]) =>
      site.rows('select record_profile($1, $2, $3, $4)', [site.name, device!.id, ip, { names: [], ports }]);
    await profiled(lamp[0], [{ port: 22, state: 'closed' }]);
    await profiled(lamp[0], [{ port: 22, state: 'open', service: 'ssh' }]);
    expect(await site.alerts(`kind = 'port_opened'`)).toMatchObject([{ open: true }]);
    const moved = pair(11, 10);
    await site.scan([nas, moved]);
    await profiled(moved[0], []);
    expect(await site.alerts(`kind = 'port_opened'`)).toMatchObject([{ open: false }]);
  });
});

test('random lives: every alert has a delivery row, whatever is not sent says why, and nobody is called for what is seen to', async () => {
  await channel();
  await channel('telegram:42');
  await watched();
  let seed = 20_261_120;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  for (let n = 0; n < 120; n++) {
    const open = (await listAlerts(people, site.name, { status: 'all', before: null, limit: 5 })).rows;
    const one = open[random(open.length)]!;
    switch (random(6)) {
      case 0:
        await acknowledgeAlert(people, site.name, one.id, random(2) === 0, 'Anna');
        break;
      case 1:
        await gathered(random(4));
        break;
      case 2:
        if (one.resolvedAt === null && one.acknowledgedAt === null) await escalated(one.kind, 'telegram:42');
        await site.rows(
          `update deliveries as d set state = 'suppressed', reason = 'made for an alert that is seen to' from alerts as a
           where d.site_id = $site and d.escalation and d.state = 'queued' and a.site_id = d.site_id and a.id = d.alert_id
             and (a.resolved_at is not null or a.acknowledged_at is not null)`,
        );
        break;
      case 3:
        await acknowledgeAll(people, site.name, {}, 'Ben');
        break;
      case 4:
        await undoAcknowledgeAll(people, site.name, 'Ben');
        break;
      default:
        break;
    }
    const here = [nas, lamp, pair(30), pair(31), pair(31, 32)].filter(() => random(4) > 0);
    await site.scan(here.length === 0 ? [nas] : here);
    const wrong = await site.rows<{ what: string }>(
      `select 'no delivery' as what from alerts as a
       where a.site_id = $site and not exists (select from deliveries as d where d.site_id = a.site_id and d.alert_id = a.id)
       union all
       select 'no reason' from deliveries where site_id = $site and state = 'suppressed' and coalesce(reason, '') = ''
       union all
       select 'escalation of ' || a.id from deliveries as d join alerts as a on a.site_id = d.site_id and a.id = d.alert_id
       where d.site_id = $site and d.escalation and d.state = 'queued' and d.message_key is null
         and (a.acknowledged_at is not null or a.resolved_at is not null)`,
    );
    expect(wrong).toEqual([]);
  }
});
