// The story of an alert: each kind of step from rows as the daemon and people leave them.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { storyOf } from '../../src/store/alert-story.ts';
import { acknowledgeAlert, decideDevice } from '../../src/store/device-changes.ts';
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
  await site.rows('select site_of($1)', [site.name]);
});
afterEach(() => site.close());

const people: Db = { query: (text, values) => site.rows(text, values) };
const nas: Pair = ['192.168.1.20', macOf(20)];
const phone: Pair = ['192.168.1.40', macOf(40)];
const KEY = '00000000-0000-4000-8000-000000000001';

const channel = (name: string, kind = 'email') =>
  site.rows(`insert into channels (site_id, name, kind, target) values ($site, $1, $2, 'somewhere')`, [
    name,
    kind,
  ]);
const newcomer = async () => {
  await site.scan([nas]);
  await site.scan([nas, phone]);
  const [row] = await site.rows<{ id: number }>(
    `select id from alerts where site_id = $site and kind = 'new_device'`,
  );
  return row!.id;
};
const told = async (alert: number) => {
  // These rows are made by the server's clock, the rest by this site's.
  await site.rows(
    `update deliveries as d
     set created_at = least(d.created_at, a.opened_at),
         finished_at = case d.reason when 'no channel is set up' then a.opened_at else d.finished_at end
     from alerts as a where d.site_id = $site and a.site_id = d.site_id and a.id = d.alert_id`,
  );
  const story = await storyOf(people, site.name, alert);
  return story!.steps.map(
    ({ what, text, detail }) => `${what}: ${text}${detail === null ? '' : ` [${detail}]`}`,
  );
};

test('of one that was sent, opened, answered and over', async () => {
  await channel('email');
  const alert = await newcomer();
  await site.rows(
    `update deliveries set rule_id = 7, rule_name = 'Everything else', message_key = $1, state = 'delivered', attempts = 2,
            receipt = '250 2.0.0 queued as 4F2', finished_at = clock_now() + interval '3 minutes',
            created_at = clock_now(), hold_until = null
     where site_id = $site and alert_id = $2`,
    [KEY, alert],
  );
  await site.rows(
    `insert into message_tries (site_id, channel_id, message_key, attempt, at, ms, outcome, said)
     select $site, c.id, $1, n, clock_now() + n * interval '1 minute', 12 * n,
            case n when 1 then 'retry' else 'accepted' end,
            case n when 1 then '451 4.7.1 greylisted' else '250 2.0.0 queued as 4F2' end
     from channels as c, generate_series(1, 2) as n where c.site_id = $site`,
    [KEY],
  );
  await site.wait(10);
  await site.rows(
    `insert into alert_events (site_id, alert_id, at, what, actor, detail)
     values ($site, $1, clock_now(), 'link_opened', 'noc@example.org', '{"channel": "email"}'),
            ($site, $1, clock_now() + interval '1 second', 'acted', 'noc@example.org', '{"what": "accept", "by": "link", "channel": "email"}')`,
    [alert],
  );
  const [device] = await site.rows<{ id: number }>(`select device_id as id from alerts where id = $1`, [
    alert,
  ]);
  await site.wait(1);
  await acknowledgeAlert(people, site.name, alert, true, 'Anna');
  await site.wait(1);
  await decideDevice(people, site.name, device!.id, 'accept', 'Anna');
  expect(await told(alert)).toEqual([
    expect.stringMatching(
      /^detected: Found by scan \d+ of 192\.168\.1\.0\/24: 254 addresses asked, 2 answered, 0\.3 s\.$/,
    ),
    'queued: Queued for email by the rule “Everything else”.',
    'tried: Try 1, 12 ms: it did not get through by email. [451 4.7.1 greylisted]',
    'accepted: Try 2, 24 ms: email accepted it. [250 2.0.0 queued as 4F2]',
    'link_opened: noc@example.org opened the link in the message.',
    'acted: noc@example.org accepted the device by the link of the message.',
    'acknowledged: Acknowledged by Anna.',
    'resolved: It is over: Anna accepted the device.',
  ]);
  const story = await storyOf(people, site.name, alert);
  expect(story?.steps.every(({ at }) => at instanceof Date)).toBe(true);
  expect(story?.alert).toMatchObject({ state: 'resolved', acknowledgedBy: 'Anna' });
});

test('of one that was held, called on and then off', async () => {
  await channel('email');
  await channel('telegram:42', 'telegram');
  const alert = await newcomer();
  await site.rows(
    `update deliveries as d set created_at = clock_now(), hold_until = clock_now() + interval '8 hours', quiet = true,
            rule_name = 'Quiet nights'
     from channels as c where d.site_id = $site and d.alert_id = $1 and c.id = d.channel_id and c.name = 'email'`,
    [alert],
  );
  await site.rows(
    `update deliveries as d set created_at = clock_now(), hold_until = clock_now() + interval '15 minutes', escalation = true,
            rule_name = 'Quiet nights'
     from channels as c where d.site_id = $site and d.alert_id = $1 and c.id = d.channel_id and c.name = 'telegram:42'`,
    [alert],
  );
  await site.rows(`update alerts set severity_was = severity, severity = 'high' where id = $1`, [alert]);
  // That is what the rule says by the time at which it is opened again.
  await site.rows(`delete from rules where site_id = $site`);
  await site.rows(
    `insert into rules (site_id, position, name, channels, escalate_after, escalate_to)
     select $site, 1, 'Quiet nights', array[e.id], interval '15 minutes', t.id from channels as e, channels as t
     where e.site_id = $site and e.name = 'email' and t.site_id = $site and t.name = 'telegram:42'`,
  );
  await site.wait(2);
  await acknowledgeAlert(people, site.name, alert, true, 'Anna');
  await acknowledgeAlert(people, site.name, alert, false, 'Ben');
  await site.wait(1);
  await acknowledgeAlert(people, site.name, alert, true, 'Anna');
  const lines = await told(alert);
  expect(lines.filter(line => !line.startsWith('detected'))).toEqual([
    expect.stringMatching(/^queued: Queued for email by the rule “Quiet nights”\.$/),
    'held: Held for 8 h, until quiet hours end.',
    expect.stringMatching(
      /^escalation: To be sent to telegram:42 by the rule “Quiet nights” as well, unless somebody acknowledges it within /,
    ),
    'severity: A rule made it high instead of medium.',
    'acknowledged: Acknowledged by Anna.',
    'reopened: Opened again by Ben.',
    'acknowledged: Acknowledged by Anna.',
    'suppressed: Not sent to telegram:42: acknowledged by Anna before that.',
  ]);
});

test('of what nobody was told, and why', async () => {
  const alert = await newcomer();
  expect(await told(alert)).toEqual([
    expect.stringMatching(/^detected: /),
    'suppressed: Nobody was told: no channel is set up.',
  ]);
  await channel('email');
  await site.scan([nas]);
  await site.scan([nas, phone, ['192.168.1.41', macOf(41)]]);
  const [row] = await site.rows<{ id: number }>(`select max(id) as id from alerts where site_id = $site`);
  await site.rows(
    `update deliveries set state = 'suppressed', reason = 'muted until Fri 14:00 by Anna', finished_at = clock_now()
     where alert_id = $1`,
    [row!.id],
  );
  expect((await told(row!.id)).slice(1)).toEqual([
    'suppressed: Not sent to email: muted until Fri 14:00 by Anna.',
  ]);
  await site.rows(
    `update deliveries set state = 'failed', reason = 'gave up after 24 h: no answer', attempts = 11, last_error = 'no answer'
     where alert_id = $1`,
    [row!.id],
  );
  expect((await told(row!.id)).at(-1)).toBe(
    'failed: Not sent by email: gave up after 24 h: no answer. [no answer]',
  );
  expect(await storyOf(people, site.name, -1)).toBeUndefined();
  expect(await storyOf(people, 'another', row!.id)).toBeUndefined();
});

test('of one that came back, and counts', async () => {
  await site.scan([nas]);
  const [a, b]: Pair[] = [
    ['192.168.1.50', macOf(50)],
    ['192.168.1.50', macOf(51)],
  ];
  await site.scans(8, [nas, a!, b!], { minutes: 3 });
  await site.scans(60, [nas, a!], { minutes: 3 });
  await site.scans(8, [nas, a!, b!], { minutes: 3 });
  const rows = await site.rows<{ id: number; count: number }>(
    `select id, count from alerts where site_id = $site and kind = 'ip_conflict' order by id`,
  );
  expect(rows).toHaveLength(2);
  const [first, second] = rows;
  const lines = await told(second!.id);
  expect(lines).toContain(`reopens: The same had ended within the day before: alert ${first!.id}, reopened.`);
  expect(lines.at(-1)).toBe(`counted: It has happened ${second!.count} times by now; this is the last.`);
  expect((await told(first!.id)).at(-1)).toMatch(/^resolved: It is over: ended after /);
});

test('of one that a message brought twice, after many tries: told once, in order of time', async () => {
  await channel('email');
  const alert = await newcomer();
  await site.rows(
    `insert into alerts (site_id, kind, severity, summary, dedup_key) values ($site, 'scan_failing', 'high', 'x', 'x')`,
  );
  // As itself and because nobody acknowledged it; beside another alert.
  await site.rows(
    `insert into deliveries (site_id, alert_id, channel_id, state, escalation)
     select site_id, alert_id, channel_id, 'queued', true from deliveries where site_id = $site and alert_id = $1`,
    [alert],
  );
  await site.rows(
    `update deliveries set message_key = $1, state = 'delivered', attempts = 7, receipt = '250 queued',
            created_at = clock_now() - interval '5 milliseconds',
            hold_until = clock_now() + interval '1 minute', group_until = clock_now() + interval '1 minute',
            finished_at = clock_now() + interval '9 minutes'
     where site_id = $site and alert_id >= $2`,
    [KEY, alert],
  );
  await site.rows(`update alerts set opened_at = clock_now() where site_id = $site`);
  await site.rows(
    `insert into message_tries (site_id, channel_id, message_key, attempt, at, ms, outcome, said)
     select $site, c.id, $1, n, clock_now() + n * interval '1 minute', 12,
            case n when 7 then 'accepted' else 'retry' end,
            case n when 7 then '250 queued' when 2 then '421 closing' else '451 later' end
     from channels as c, generate_series(1, 7) as n where c.site_id = $site`,
    [KEY],
  );
  const story = await storyOf(people, site.name, alert);
  const lines = story!.steps.map(({ what, text }) => `${what}: ${text}`);
  expect(lines.slice(1)).toEqual([
    'queued: Queued for email by the rule “Everything else”.',
    'held: Held for 1 min: others may travel with it, and it may end by itself.',
    'escalation: To be sent to email as well, unless somebody acknowledges it within 1 min.',
    'tried: Try 1, 12 ms: it did not get through by email.',
    'tried: Tries 2 to 6, over 4 min: it did not get through by email (2 different answers, the last of them below).',
    'accepted: Try 7, 12 ms: email accepted it, in one message with 1 other alert.',
  ]);
  const times = story!.steps.map(({ at }) => at?.getTime() ?? Infinity);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(story!.steps.at(-2)?.detail).toBe('451 later');
});

test('of what nobody in person did', async () => {
  await channel('email');
  const alert = await newcomer();
  const link = 'a link sent to email';
  await site.rows(
    `insert into alert_events (site_id, alert_id, at, what, actor, detail)
     values ($site, $1, clock_now(), 'link_opened', $2, '{"channel": "email"}'),
            ($site, $1, clock_now(), 'acted', $2, '{"what": "mute", "by": "link", "channel": "email"}')`,
    [alert, link],
  );
  await acknowledgeAlert(people, site.name, alert, true, 'this site');
  const [device] = await site.rows<{ id: number }>(`select device_id as id from alerts where id = $1`, [
    alert,
  ]);
  await site.wait(1);
  await decideDevice(people, site.name, device!.id, 'accept', link);
  const lines = await told(alert);
  expect(lines).toContain('link_opened: Somebody opened the link sent to email.');
  expect(lines).toContain('acted: It was muted by a link sent to email.');
  expect(lines).toContain('acknowledged: Acknowledged on the web page.');
  expect(lines).toContain('resolved: It is over: the device was accepted by a link sent to email.');
});
