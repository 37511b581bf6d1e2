// A server that refuses what a stranger's device calls itself: the alerts arrive all the same.
import { expect, it } from 'vitest';
import { storyOf } from '../../src/store/alert-story.ts';
import { devices, recordScan } from '../store/outbox-fixtures.ts';
import { around, eventually, startAlertd, type Around } from './fixture.ts';

const GTUBE = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X';
const WORDS = /GTUBE/;

/** Two new devices, one of which calls itself what filters refuse, told in one mail. */
async function told(all: Around) {
  await all.database.pool.query(
    `update rules set group_for = null, cooldown = null, kinds = null, min_severity = 'info' where position is not null`,
  );
  // Named before anybody is told: as a profile's self-given name becomes the device's.
  await recordScan(all.database.pool, devices(2));
  await all.database.pool.query(
    `update devices set name = $1 where id = (select max(device_id) from alerts where kind = 'new_device')`,
    [GTUBE],
  );
}

const mails = ({ database, changed }: Around) =>
  eventually(
    changed,
    () =>
      database.pool.query<{ alert: number; state: string; receipt: string | null; reason: string | null }>(
        `select d.alert_id as alert, d.state, d.receipt, d.reason from deliveries as d
         join channels as c on c.id = d.channel_id where c.name = 'email' order by d.alert_id`,
      ),
    rows => rows.length === 2 && rows.every(({ state }) => state !== 'queued'),
  );

it('a text refused after DATA goes once more without names, and the story tells both tries', async () => {
  const all = await around();
  await (await startAlertd(all.settings)).stop(); // makes the channels known
  await told(all);
  all.mail.faults.always({ kind: 'filter', words: WORDS, code: 554, text: '5.7.1 Looks like spam' });
  await startAlertd(all.settings);
  const rows = await mails(all);
  expect(rows.map(({ state }) => state)).toEqual(['delivered', 'delivered']);
  expect(rows[0]?.receipt).toMatch(/^250 .*; without names, because the full text was refused$/);
  expect(all.mail.mails).toHaveLength(1);
  const [mail] = all.mail.mails;
  expect(mail?.messageId).toMatch(/\.plain@netureon\.test>$/);
  expect(mail?.subject).toBe('netureon: new device, and 1 more alert');
  for (const text of [mail?.text, mail?.html]) {
    expect(text).toContain('3c:71:bf:00:00:0a at 192.168.1.10');
    expect(text).toContain('3c:71:bf:00:00:0b at 192.168.1.11');
    expect(text).toContain('https://netureon.example.test/alerts');
    expect(text).not.toMatch(/GTUBE|Espressif/);
  }
  const story = await storyOf(all.database.pool, 'default', rows[1]?.alert ?? 0);
  const tries = story?.steps.filter(({ channel, text }) => channel === 'email' && text.startsWith('Try'));
  expect(tries?.map(({ text, detail }) => `${text} ${detail ?? ''}`)).toEqual([
    expect.stringMatching(/^Try 1, .*did not get through.*refused the text of the message.*Looks like spam/),
    expect.stringMatching(/^Try 2, .*email accepted it.*250 .*without names/),
  ]);
});

it('fails with the true reason where even that is refused', async () => {
  const all = await around();
  await (await startAlertd(all.settings)).stop();
  await told(all);
  all.mail.faults.always({ kind: 'filter', words: /./, code: 554, text: '5.7.1 Nothing from you' });
  await startAlertd(all.settings);
  const rows = await mails(all);
  expect(rows.map(({ state }) => state)).toEqual(['failed', 'failed']);
  expect(rows[0]?.reason).toMatch(
    /refused the text of the message: .*Nothing from you.*Without names: .*Nothing from you/,
  );
  expect(rows[0]?.reason).not.toMatch(/Check from and to/);
});

it('a text that is put off again and again goes without names at the third try', async () => {
  const all = await around();
  await (await startAlertd(all.settings)).stop();
  await told(all);
  all.mail.faults.always({ kind: 'filter', words: WORDS, code: 451, text: '4.7.1 Looks like spam' });
  await startAlertd(all.settings);
  expect((await mails(all)).map(({ state }) => state)).toEqual(['delivered', 'delivered']);
  const tries = await all.database.pool.query<{ attempt: number; outcome: string }>(
    `select t.attempt, t.outcome from message_tries as t join channels as c on c.id = t.channel_id
     where c.name = 'email' order by t.id`,
  );
  expect(tries).toEqual([
    { attempt: 1, outcome: 'retry' },
    { attempt: 2, outcome: 'retry' },
    { attempt: 3, outcome: 'retry' },
    { attempt: 4, outcome: 'accepted' },
  ]);
  expect(all.mail.mails).toHaveLength(1);
});

it('an address that is refused is final at once', async () => {
  const all = await around();
  await (await startAlertd(all.settings)).stop();
  await told(all);
  all.mail.faults.always({ kind: 'reply', at: 'rcpt', code: 550, text: '5.1.1 No such user' });
  await startAlertd(all.settings);
  expect((await mails(all))[0]).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(/Check from and to/) as unknown,
  });
  const tries = await all.database.pool.query(
    `select from message_tries as t join channels as c on c.id = t.channel_id where c.name = 'email'`,
  );
  expect(tries).toHaveLength(1);
});
