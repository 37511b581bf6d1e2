// A mail server that is away for long: who comes back to a mailbox finds a digest, not a flood. Patience is shrunk, so
// that seconds hold as many tries as an hour does.
import { describe, expect, it } from 'vitest';
import { devices, recordScan } from '../../store/outbox-fixtures.ts';
import { around, CHAT, deliveryStates, eventually, startAlertd, type Around } from '../fixture.ts';

const mailedMacs = ({ mail }: Around) =>
  mail.mails.flatMap(({ text = '' }) => text.match(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g) ?? []);

/** A commit for each newcomer: a hundred alerts, each of which would have been a message of its own. */
async function trickle({ database }: Around, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n++) await recordScan(database.pool, devices(n));
}

describe('an outage of the mail server', () => {
  it.each([1, 2])('ends in one digest, and Telegram is told as ever, with %i alertd', async daemons => {
    const all = await around();
    for (let n = 0; n < daemons; n++) await startAlertd(all.settings);
    await all.mail.refuse();
    await trickle(all, 1, 50);
    // As an hour with a try every quarter of one and the first ones sooner.
    await eventually(
      all.changed,
      () =>
        all.database.pool.query<{ n: number }>(
          `select count(*)::int as n from message_tries where outcome = 'retry'`,
        ),
      ([row]) => (row?.n ?? 0) >= 8,
    );
    await trickle(all, 51, 100);
    // Nobody else waits for the mail.
    await eventually(
      all.changed,
      () => deliveryStates(all.database.pool),
      rows =>
        rows.some(
          ({ channel, state, n }) => channel === `telegram:${CHAT}` && state === 'delivered' && n === 100,
        ),
    );
    expect(all.mail.mails).toEqual([]);

    await all.mail.reopen();
    await eventually(
      all.changed,
      () => deliveryStates(all.database.pool),
      rows => rows.every(({ state }) => state === 'delivered'),
    );
    // What each daemon was trying when the server went away keeps its text, for it might have arrived; all that came
    // since is one mail.
    expect(all.mail.mails.length).toBeLessThanOrEqual(1 + daemons);
    expect(mailedMacs(all).toSorted()).toEqual(
      devices(100)
        .map(({ mac }) => mac)
        .toSorted(),
    );
  });
});
