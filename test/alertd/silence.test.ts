// A scanner that reports no more, noticed by the daemon that would tell people.
import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { runAlertd } from '../../src/cli/alertd/run.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import { around, eventually } from './fixture.ts';

test('is told by mail, once, and a restarted daemon does not tell it again', async () => {
  const { database, mail, settings, changed } = await around();
  await database.pool.query(`update networks set last_scan_at = now() - interval '1 hour'`);
  await database.pool.query(`update discovery_log set finished_at = now() - interval '1 hour'`);
  // A wall clock on which a minute passes between two looks.
  let minutes = 0;
  const clock = { ...systemClock, now: () => new Date(minutes++ * 60_000) };
  const daemon = () => {
    const stopping = new AbortController();
    const done = runAlertd(
      { ...settings, tuning: { ...settings.tuning, pollMs: 40 } },
      {
        log: createLog(() => undefined),
        clock,
        random: Math.random,
        uuid: randomUUID,
        signal: stopping.signal,
      },
    );
    const stop = async () => {
      stopping.abort();
      await done;
    };
    onTestFinished(stop);
    return stop;
  };
  const told = () =>
    database.pool.query<{ state: string; summary: string }>(
      `select d.state, a.summary from alerts as a join deliveries as d on d.site_id = a.site_id and d.alert_id = a.id
       join channels as c on c.id = d.channel_id where a.kind = 'service_silent' and c.kind = 'email'`,
    );
  const stop = daemon();
  const rows = await eventually(changed, told, found => found.some(({ state }) => state === 'delivered'));
  expect(rows).toEqual([
    {
      state: 'delivered',
      summary: expect.stringMatching(/^The scanner has fallen silent: nobody looks at /),
    },
  ]);
  // The first look is told as well: there was no channel yet when it was raised.
  const texts = mail.mails.map(({ text }) => text);
  expect(texts.filter(text => text?.includes('has fallen silent'))).toHaveLength(1);
  await stop();
  daemon();
  const before = minutes;
  await expect.poll(() => minutes).toBeGreaterThan(before + 10);
  expect(await told()).toHaveLength(1);
});
