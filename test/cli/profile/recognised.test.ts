// Who says it is a device that somebody told to recognise by its name: found out by `netureon profile` as its timer runs it.
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Lan } from '../../../src/lab/lan.ts';
import { outboxOf } from '../../../src/store/outbox.ts';
import { bundle } from '../../support/bundle.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { lanForTest } from '../../support/lan.ts';
import { startAvahi } from '../../scan/profile/name-servers.ts';

let db: TestDatabase;
let program: string;
beforeAll(async () => {
  program = await bundle('src/cli/main.ts');
});
beforeEach(async () => {
  db = await freshDatabase();
});
afterEach(() => db.drop());

const PHONE = { ip: '10.66.0.1', mac: '02:00:00:00:00:01' };
const LIAR = { ip: '10.66.0.9', mac: '02:00:00:00:00:99' };
const NAME = 'annas-pixel-phone';

const run = async (lan: Lan, command: 'scan' | 'profile', args: readonly string[] = []) => {
  const env = {
    ...process.env,
    DATABASE_URL: db.urlAs(`netureon_${command}`),
    NETUREON_PROFILE_PORTS: 'none',
    NETUREON_PROFILE_TIMEOUT: '1',
    NETUREON_PROFILE_RESOLVERS: '127.0.0.1', // refuses at once
  };
  const { code, stdout, stderr } = await lan.exec(process.execPath, [program, command, ...args], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
};
const scan = (lan: Lan) => run(lan, 'scan', ['--quiet']);
const deviceOf = async (mac: string) =>
  (await db.pool.query<{ id: number }>('select device_id as id from device_macs where mac = $1', [mac]))[0]
    ?.id;
const alerts = () =>
  db.pool.query(
    `select kind, severity, summary, routine, resolved_at is null as open,
            (select min(d.state) from deliveries as d where d.site_id = a.site_id and d.alert_id = a.id) as delivery
     from alerts as a where kind in ('new_device', 'name_changed') order by id`,
  );

test('a liar that takes the place of a phone that is away: a row at once, and an alert when the phone is home', async () => {
  const lan = await lanForTest({ hosts: [PHONE, { ip: '10.66.0.2', mac: '3c:37:12:00:00:02' }] });
  await outboxOf(db.pool, 'default').syncChannels([
    { name: 'email', kind: 'email', target: 'anna@example.test' },
  ]);
  await scan(lan);
  await run(lan, 'profile');
  const phone = await deviceOf(PHONE.mac);
  await db.pool.query(`update devices set state = 'known', name = 'Anna''s phone' where id = $1`, [phone]);
  await db.pool.query(
    `insert into identity_rules (site_id, device_id, source, name, made_at, actor) values (1, $1, 'mdns', $2, now(), 'Anna')`,
    [phone, NAME],
  );

  await lan.removeHost(PHONE.ip);
  await scan(lan);
  await lan.addHosts([LIAR]);
  await startAvahi(lan, { interface: 'h3', hostName: NAME });
  await scan(lan);
  await run(lan, 'profile');
  expect(await deviceOf(LIAR.mac)).toBe(phone);
  const recognised = [
    { kind: 'new_device', open: false, delivery: 'suppressed' },
    {
      kind: 'name_changed',
      severity: 'low',
      summary: `Recognised ${LIAR.mac} at ${LIAR.ip} as Anna's phone by its name`,
      routine: true,
      open: false,
      delivery: 'suppressed',
    },
  ];
  expect(await alerts()).toMatchObject(recognised);

  await lan.addHosts([PHONE]);
  await scan(lan);
  await run(lan, 'profile');
  expect(await alerts()).toMatchObject(recognised);
  // They have been side by side for minutes.
  await db.pool.query(
    `update connections set started_at = started_at - interval '5 minutes' where ended_at is null`,
  );
  expect(await run(lan, 'profile')).toBe('No device was due.\n');
  expect(await alerts()).toMatchObject([
    ...recognised,
    {
      kind: 'name_changed',
      severity: 'medium',
      summary: `Two stations say they are Anna's phone: ${LIAR.mac} at ${LIAR.ip} and ${PHONE.mac} at ${PHONE.ip}`,
      routine: false,
      open: true,
      delivery: 'queued',
    },
  ]);
});

test('pairs are looked for once a day, although nobody is due', async () => {
  const lan = await lanForTest();
  const looked = async () =>
    (
      await db.pool.query<{ at: Date | null; today: boolean }>(
        `select suggested_at as at, suggested_at > now() - interval '1 hour' as today from sites where name = 'default'`,
      )
    )[0];
  for (const before of [`null`, `now() - interval '25 hours'`, `now() + interval '1 day'`]) {
    await db.pool.query(`update sites set suggested_at = ${before}`);
    expect(await run(lan, 'profile')).toBe('No device was due.\n');
    expect(await looked()).toMatchObject({ today: true });
  }
  const { at } = (await looked()) ?? {};
  await run(lan, 'profile');
  expect(await looked()).toEqual({ at, today: true });
});
