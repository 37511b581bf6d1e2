// Who changed what, before and after: against a real database, as the site's roles, links, the bot and the command line.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditActors, listAudit } from '../../src/store/audit.ts';
import { addChannel, switchChannel } from '../../src/store/channels.ts';
import { acknowledgeAlert, decideDevice, renameDevice } from '../../src/store/device-changes.ts';
import { prune } from '../../src/store/retention.ts';
import { openSession } from '../../src/store/session.ts';
import { actingDb, openDbs, type SiteDbs } from '../../src/web/dbs.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { at, burntIn, rehearse } from './people-fixtures.ts';

const SITE = 'default';
let database: TestDatabase;
let dbs: SiteDbs;

beforeAll(async () => {
  database = await freshDatabase();
  dbs = openDbs(database.urlAs('netureon_web'), { application: 'netureon web' });
  const lan = await rehearse(database);
  await lan.scan(at(burntIn(1), 1));
  await lan.scan(at(burntIn(1), 1), at(burntIn(2), 2), at(burntIn(3), 3));
  await lan.session.close();
});
afterAll(async () => {
  await dbs.close();
  await database.drop();
});

const entries = (more: Partial<Parameters<typeof listAudit>[2]> = {}) =>
  listAudit(dbs.as.admin, SITE, { before: null, limit: 50, ...more });
const deviceOf = async (n: number) => {
  const [row] = await database.pool.query<{ id: number }>(
    'select device_id as id from device_macs where mac = $1',
    [burntIn(n)],
  );
  if (row === undefined) throw new Error(`nobody has ${burntIn(n)}`);
  return row.id;
};

test('scans write nothing into it, whatever they find', async () => {
  expect(await database.pool.query('select from devices')).toHaveLength(3);
  expect(await entries()).toEqual({ rows: [], next: null });
});

test('a decision and a new name are two entries with what differs, who and how', async () => {
  const device = await deviceOf(2);
  const db = actingDb(dbs.as.operator, 'Anna', 'site');
  await decideDevice(db, SITE, device, 'accept', 'Anna');
  const texts = { name: 'Washing machine', owner: '', notes: 'second floor' };
  await renameDevice(actingDb(dbs.as.operator, 'Anna', 'api'), SITE, device, texts, null, 'Anna');
  const { rows } = await entries({ device });
  expect(rows).toMatchObject([
    {
      actor: 'Anna',
      via: 'api',
      what: 'changed',
      table: 'devices',
      rowId: String(device),
      device: 'Washing machine',
      before: { name: null, notes: '' },
      after: { name: 'Washing machine', notes: 'second floor' },
    },
    { via: 'site', before: { state: 'new' }, after: { state: 'known' } },
  ]);
  expect(rows[0]?.before).toEqual({ name: null, notes: '' });
});

test('what changes nothing writes nothing', async () => {
  const device = await deviceOf(2);
  const count = (await entries({ device })).rows.length;
  await decideDevice(actingDb(dbs.as.operator, 'Anna', 'site'), SITE, device, 'accept', 'Anna');
  expect((await entries({ device })).rows).toHaveLength(count);
});

test('of what may hold a secret only that it changed is kept', async () => {
  const db = actingDb(dbs.as.admin, 'Ben', 'site');
  const url = 'https://ha.example.test/api/webhook/s3cr3t';
  await addChannel(db, SITE, { name: 'garden', kind: 'webhook', settings: { url } }, 'Ben');
  const { rows } = await entries({ table: 'channels' });
  expect(rows).toMatchObject([
    { what: 'added', before: null, after: { name: 'garden', settings: '(secret)' }, actor: 'Ben' },
  ]);
  expect(JSON.stringify(rows)).not.toContain('s3cr3t');
});

test('an acknowledgement is about its alert and its device', async () => {
  const device = await deviceOf(3);
  const [alert] = await database.pool.query<{ id: number }>('select id from alerts where device_id = $1', [
    device,
  ]);
  if (alert === undefined) throw new Error('no alert');
  await acknowledgeAlert(actingDb(dbs.as.operator, 'Anna', 'site'), SITE, alert.id, true, 'Anna');
  expect((await entries({ table: 'alerts', row: String(alert.id) })).rows).toMatchObject([
    { deviceId: device, before: { acknowledged_by: null }, after: { acknowledged_by: 'Anna' } },
  ]);
});

test('the command line says so by itself', async () => {
  const session = await openSession(database.url, { application: 'netureon channel', actor: 'root' });
  const [channel] = await session.query<{ id: number }>(`select id from channels where name = 'garden'`);
  await switchChannel(session, SITE, channel?.id ?? 0, false, 'root');
  await session.close();
  const { rows } = await entries({ actor: 'root' });
  expect(rows).toMatchObject([{ via: 'command line', what: 'changed', after: { off_by: 'root' } }]);
});

test('it is read by who, by how, by time, and page by page', async () => {
  const all = (await entries()).rows;
  expect(await auditActors(dbs.as.admin, SITE)).toEqual(['Anna', 'Ben', 'root']);
  expect((await entries({ actor: 'Ben' })).rows.map(({ actor }) => actor)).toEqual(['Ben']);
  expect((await entries({ via: 'api' })).rows).toHaveLength(1);
  expect((await entries({ from: new Date(Date.now() + 60_000) })).rows).toEqual([]);
  const first = await entries({ limit: 2 });
  const second = await entries({ limit: 50, before: first.next });
  expect([...first.rows, ...second.rows]).toEqual(all);
  expect(second.next).toBeNull();
});

test('administrators read it, nobody else does, and nobody writes it', async () => {
  await expect(listAudit(dbs.as.operator, SITE, { before: null, limit: 1 })).rejects.toMatchObject({
    code: '42501',
  });
  await expect(dbs.as.admin.query('delete from audit_log')).rejects.toMatchObject({ code: '42501' });
  await expect(dbs.as.admin.query(`update audit_log set actor = 'x'`)).rejects.toMatchObject({
    code: '42501',
  });
});

test('it is kept for as long as the settings say', async () => {
  await database.pool.query(`update audit_log set at = at - interval '3 days' where actor = 'Anna'`);
  const session = await openSession(database.url, { application: 'netureon prune' });
  await prune(session, { log: 30, history: 400, audit: 2 }, new AbortController().signal);
  await session.close();
  expect(await auditActors(dbs.as.admin, SITE)).toEqual(['Ben', 'root']);
});
