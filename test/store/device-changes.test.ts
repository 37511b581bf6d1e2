import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  acknowledgeAlert,
  changesOf,
  decideDevice,
  readChange,
  renameDevice,
  undoChange,
} from '../../src/store/device-changes.ts';
import { openPool, openSession, type Pool } from '../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let web: Pool;
let device: number;
let alert: number;

const facts = async () => {
  const [row] = await database.pool.query<Record<string, unknown>>(
    `select state, name, owner, notes, decided_at, d.first_seen_at, a.resolved_at, a.acknowledged_at
     from devices as d join alerts as a on a.site_id = d.site_id and a.device_id = d.id and a.id = $2
     where d.id = $1`,
    [device, alert],
  );
  return row;
};
const scan = (macs: string[], ips: string[]) =>
  database.pool.query(
    `select record_scan('default', '192.168.7.0/24', 'lan0', 'packet', 10, 254, $3, 300, 254, null, $1::macaddr[], $2::inet[])`,
    [macs, ips, macs.length],
  );
const raised = async () =>
  (await database.pool.query(`select from alerts where kind = 'blocked_device_seen' and resolved_at is null`))
    .length;
const changeOf = async (outcome: ReturnType<typeof decideDevice>) => {
  const made = await outcome;
  if (made.kind !== 'changed') throw new Error(`expected a change, got ${made.kind}`);
  return made.change;
};
const GATEWAY = '00:11:32:00:00:01';
const STRANGER = '3c:07:54:00:00:02';

beforeAll(async () => {
  database = await freshDatabase();
  web = openPool(database.urlAs('netureon_admin'), { application: 'test', max: 4 });
});
afterAll(async () => {
  await web.close();
  await database.drop();
});
beforeEach(async () => {
  await database.pool.query(
    'truncate networks, devices, device_macs, connections, alerts, discovery_log cascade',
  );
  await scan([GATEWAY], ['192.168.7.1']);
  await scan([GATEWAY, STRANGER], ['192.168.7.1', '192.168.7.2']);
  const [row] = await database.pool.query<{ id: number; device_id: number }>(
    `select id, device_id from alerts where kind = 'new_device'`,
  );
  device = row!.device_id;
  alert = row!.id;
});

describe('decide', () => {
  it.each([
    ['accept', 'known'],
    ['ignore', 'ignored'],
    ['block', 'blocked'],
  ] as const)(
    '%s makes the device %s, resolves its alert, and undo restores both',
    async (decision, state) => {
      const before = await facts();
      const outcome = await decideDevice(web, 'default', device, decision, 'Anna');
      expect(outcome.kind).toBe('changed');
      const change = outcome.kind === 'changed' ? outcome.change : 0;
      expect(await facts()).toMatchObject({
        state,
        decided_at: expect.any(Date),
        resolved_at: expect.any(Date),
      });
      expect(await readChange(web, 'default', change)).toMatchObject({
        what: decision,
        actor: 'Anna',
        before: { state: 'new' },
        after: { state },
      });

      expect(await undoChange(web, 'default', change, 'Ben')).toEqual({ kind: 'changed', change });
      expect(await facts()).toEqual(before);
      expect((await readChange(web, 'default', change))?.undoneAt).toBeInstanceOf(Date);
    },
  );

  it('the same decision twice changes nothing the second time', async () => {
    await decideDevice(web, 'default', device, 'accept', 'Anna');
    expect(await decideDevice(web, 'default', device, 'accept', 'Anna')).toEqual({ kind: 'unchanged' });
    expect(await changesOf(web, 'default', device, 10)).toHaveLength(1);
  });

  it('blocking a device that is here raises nothing; its return does', async () => {
    await decideDevice(web, 'default', device, 'block', 'Anna');
    expect(await raised()).toBe(0);
    for (let i = 0; i < 3; i++) await scan([GATEWAY], ['192.168.7.1']);
    await scan([GATEWAY, STRANGER], ['192.168.7.1', '192.168.7.2']);
    expect(await raised()).toBe(1);
    await decideDevice(web, 'default', device, 'accept', 'Anna');
    expect(await raised()).toBe(0);
  });

  it('an unknown device, site or change is missing', async () => {
    expect(await decideDevice(web, 'default', 999_999, 'accept', 'Anna')).toEqual({ kind: 'missing' });
    expect(await decideDevice(web, 'elsewhere', device, 'accept', 'Anna')).toEqual({ kind: 'missing' });
    expect(await undoChange(web, 'default', 999_999, 'Anna')).toEqual({ kind: 'missing' });
  });
});

describe('undo', () => {
  const texts = { name: 'Kettle', owner: '', notes: 'by the sink' };

  it('refuses while something newer stands, then goes back step by step', async () => {
    const before = await facts();
    const accepted = await changeOf(decideDevice(web, 'default', device, 'accept', 'Anna'));
    const renamed = await changeOf(renameDevice(web, 'default', device, texts, 1, 'Ben'));
    expect(await undoChange(web, 'default', accepted, 'Anna')).toEqual({ kind: 'stale' });
    expect(await undoChange(web, 'default', renamed, 'Anna')).toEqual({ kind: 'changed', change: renamed });
    expect(await undoChange(web, 'default', renamed, 'Anna')).toEqual({ kind: 'stale' });
    expect(await undoChange(web, 'default', accepted, 'Anna')).toEqual({ kind: 'changed', change: accepted });
    expect(await facts()).toEqual(before);
  });

  it('of two people who undo at once, one is told that it is done', async () => {
    const change = await changeOf(decideDevice(web, 'default', device, 'block', 'Anna'));
    const outcomes = await Promise.all(['Anna', 'Ben'].map(who => undoChange(web, 'default', change, who)));
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['changed', 'stale']);
  });

  it('compares instants, not their text in one time zone', async () => {
    const change = await changeOf(decideDevice(web, 'default', device, 'accept', 'Anna'));
    const elsewhere = await openSession(database.url, { application: 'test' });
    await elsewhere.query(`set timezone = 'Asia/Kolkata'`);
    expect((await undoChange(elsewhere, 'default', change, 'Anna')).kind).toBe('changed');
    await elsewhere.close();
  });
});

describe('rename', () => {
  it('refuses an edit of what somebody else changed meanwhile', async () => {
    await decideDevice(web, 'default', device, 'accept', 'Anna');
    const texts = { name: 'Kettle', owner: '', notes: '' };
    expect(await renameDevice(web, 'default', device, texts, 0, 'Ben')).toEqual({ kind: 'stale' });
    expect((await renameDevice(web, 'default', device, texts, 1, 'Ben')).kind).toBe('changed');
    expect(await renameDevice(web, 'default', device, texts, 2, 'Ben')).toEqual({ kind: 'unchanged' });
    expect(await facts()).toMatchObject({ name: 'Kettle', owner: null, notes: '' });
  });
});

describe('acknowledge', () => {
  it('marks the alert and takes the mark off again', async () => {
    await acknowledgeAlert(web, 'default', alert, true, 'Anna');
    expect(await facts()).toMatchObject({ acknowledged_at: expect.any(Date), resolved_at: null });
    await acknowledgeAlert(web, 'default', alert, false, 'Anna');
    expect(await facts()).toMatchObject({ acknowledged_at: null });
    expect(await acknowledgeAlert(web, 'default', 999_999, true, 'Anna')).toEqual({ kind: 'missing' });
  });
});

describe('the role of the site', () => {
  it.each([
    `update devices set state = 'known'`,
    `insert into device_changes (site_id, device_id, actor, what, before, after) values (1, 1, 'x', 'accept', '{}', '{}')`,
    `update alerts set resolved_at = now()`,
    `delete from connections`,
    `select record_scan_failure('default', null, 'x', 'y')`,
    `select device_for_change('default', 1)`,
  ])('may not: %s', async sql => {
    await expect(web.query(sql)).rejects.toMatchObject({ code: '42501' });
  });

  it('no other service may press its buttons', async () => {
    for (const role of ['netureon_scan', 'netureon_alertd']) {
      const session = await openSession(database.urlAs(role), { application: 'test' });
      await expect(decideDevice(session, 'default', device, 'accept', 'x')).rejects.toMatchObject({
        code: '42501',
      });
      await session.close();
    }
  });
});

it('tells open pages once per change, with the site', async () => {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const heard: unknown[] = [];
  client.on('notification', ({ payload }) => heard.push(JSON.parse(payload ?? '')));
  await client.query('listen netureon_changes');
  await decideDevice(web, 'default', device, 'accept', 'Anna');
  await client.query('select 1'); // notifications arrive before the answer of the next statement
  expect(heard).toEqual([{ what: 'device', site: expect.any(Number) }]);
  await client.end();
});
