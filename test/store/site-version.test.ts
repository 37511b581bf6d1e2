import { afterAll, beforeAll, expect, test } from 'vitest';
import { outboxOf } from '../../src/store/outbox.ts';
import { siteVersion } from '../../src/store/site-version.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { devices, recordScan } from './outbox-fixtures.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());

test('the version differs after everything that pages show, and stays while a scan finds all as before', async () => {
  const { pool } = db;
  const outbox = outboxOf(pool, 'default');
  const [one, two] = devices(2);
  if (one === undefined || two === undefined) throw new Error('two devices');
  let before = await siteVersion(pool, 'default');
  const stays = async () => expect(await siteVersion(pool, 'default')).toBe(before);
  const differs = async (after: string) => {
    const now = await siteVersion(pool, 'default');
    expect(now, after).not.toBe(before);
    before = now;
  };

  await outbox.syncChannels([{ name: 'email', kind: 'email', target: 'noc@example.test' }]);
  await recordScan(pool, [one, two]);
  await differs('the first scan');
  await recordScan(pool, [one, two]);
  await stays();
  await recordScan(pool, [one]);
  await differs('one is quiet');
  await recordScan(pool, [two]);
  await differs('it is back, and the other quiet');

  const first = (await outbox.claim('email', 60_000, 10)) ?? expect.fail('nothing was queued');
  await differs('a message is on its way');
  await outbox.retry(first, 'greylisted', 0);
  const again = (await outbox.claim('email', 60_000, 10)) ?? expect.fail('nothing was due');
  await differs('it is tried again');
  await outbox.delivered(again, 'ok');
  await differs('it was delivered');

  await pool.query(`select decide_device('default', 1, 'block', 'test')`);
  await differs('a decision');
  await pool.query(
    `insert into merge_suggestions (site_id, device_a, device_b, reasons, score, made_at) values (1, 1, 2, '[]', 60, now())`,
  );
  await differs('a suggestion');
  await pool.query(`select merge_devices('default', 1, 2, null, null, 'test')`);
  await differs('a merge');
  await pool.query(`select undo_change('default', (select max(id) from device_changes), 'test')`);
  await differs('its undoing');
  await pool.query('select acknowledge_alert($1, 1, true, $2)', ['default', 'test']);
  await differs('an acknowledgement');
});
