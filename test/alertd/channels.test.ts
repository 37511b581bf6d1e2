// Channels come and go while alertd runs, and some messages are sent without one running.
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { drainOnce } from '../../src/cli/alertd/once.ts';
import type { AlertdSettings } from '../../src/cli/alertd/run.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import { devices, recordScan } from '../store/outbox-fixtures.ts';
import { around, deliveryStates, startAlertd } from './fixture.ts';

/** A poll that a test does not live to see: what happens, a notification made happen. */
const UNPOLLED = { pollMs: 600_000 };

it('one that a person adds is served at once, one that is switched off no more', async () => {
  const all = await around();
  const { pool } = all.database;
  const alertd = await startAlertd({ ...all.settings, tuning: { ...all.settings.tuning, ...UNPOLLED } });
  await pool.query(
    `insert into channels (site_id, name, kind, target, settings, origin)
     select id, 'boss', 'email', 'boss@example.test', '{"to": ["boss@example.test"]}', 'person'
     from sites where name = 'default'`,
  );
  await recordScan(pool, devices(1));
  const mails = await Promise.all([all.mail.nextMessage(), all.mail.nextMessage()]);
  expect(mails.flatMap(({ envelopeTo }) => envelopeTo).toSorted()).toEqual([
    'boss@example.test',
    'noc@example.test',
  ]);
  await pool.query(`update channels set off_at = now(), off_by = 'Anna' where name = 'email'`);
  await alertd.line(/no longer served.*email/);
  await recordScan(pool, devices(2));
  const next = await all.mail.nextMessage();
  expect(next.envelopeTo).toEqual(['boss@example.test']);
  // Switched on again it is served, and another address is another channel.
  await pool.query(
    `update channels set off_at = null, off_by = null, settings = '{"to": ["new@example.test"]}' where name = 'email'`,
  );
  await recordScan(pool, devices(3));
  await all.mail.nextMessage(({ envelopeTo }) => envelopeTo.includes('new@example.test'));
});

it('one that cannot be used says why, and holds up nobody', async () => {
  const all = await around();
  const { pool } = all.database;
  await pool.query(
    `insert into channels (site_id, name, kind, target, settings, origin)
     select id, 'phones', 'ntfy', 'topic x', '{"topic": "x"}', 'person' from sites where name = 'default'`,
  );
  const alertd = await startAlertd(all.settings);
  await alertd.line(/cannot be used.*phones.*no ntfy server is configured/);
  expect(await pool.query(`select problem from channels where problem is not null`)).toEqual([
    { problem: expect.stringMatching(/no ntfy server is configured/) as unknown },
  ]);
  await recordScan(pool, devices(1));
  await all.mail.nextMessage();
});

const once = (settings: AlertdSettings) =>
  drainOnce(settings, {
    log: createLog(() => undefined),
    clock: systemClock,
    random: Math.random,
    uuid: randomUUID,
    signal: new AbortController().signal,
  });

it('what is due is sent without a daemon, once, and what does not get through is counted', async () => {
  const all = await around();
  await (await startAlertd(all.settings)).stop(); // makes the channels known
  await recordScan(all.database.pool, devices(2));
  expect(await once(all.settings)).toEqual({ sent: 2, failed: 0 });
  expect(await once(all.settings)).toEqual({ sent: 0, failed: 0 });
  await all.mail.refuse();
  await recordScan(all.database.pool, devices(3));
  expect(await once(all.settings)).toEqual({ sent: 1, failed: 1 });
  expect(await deliveryStates(all.database.pool)).toContainEqual({ channel: 'email', state: 'queued', n: 1 });
  // Not due again so soon: whoever runs it every minute does not press a server that is down.
  await all.database.pool.query(
    `update deliveries set next_attempt_at = now() + interval '5 min' where state = 'queued'`,
  );
  expect(await once(all.settings)).toEqual({ sent: 0, failed: 0 });
});
