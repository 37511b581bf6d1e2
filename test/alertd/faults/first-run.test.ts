// The first evening: everything in the house is new to netureon, and nobody wants to hear of it three hundred times.
import { expect, it } from 'vitest';
import { freshDatabase } from '../../support/database.ts';
import { devices, recordScan } from '../../store/outbox-fixtures.ts';
import { around, startAlertd, type Around } from '../fixture.ts';

const NETWORK = { network: '192.168.0.0/22' };
const HOUSE = devices(300);

/** As nobody has used it: no network, no alert. */
async function virgin({ settings }: Around) {
  const database = await freshDatabase();
  return { database, settings: { ...settings, databaseUrl: database.urlAs('netureon_alertd') } };
}

it.each(['before', 'after'])(
  '300 devices are one message, with alertd started %s the first look',
  async when => {
    const all = await around();
    const { database, settings } = await virgin(all);
    try {
      let alertd = when === 'before' ? await startAlertd(settings) : undefined;
      await recordScan(database.pool, HOUSE, NETWORK);
      alertd ??= await startAlertd(settings);
      const mail = await all.mail.nextMessage();
      expect(mail.subject).toMatch(/first look/);
      expect(mail.subject).toContain('300 devices');
      await all.telegram.nextMessage();

      // They stay, and then one comes that was never there: with it all that is to be told has been told.
      await recordScan(database.pool, HOUSE, NETWORK);
      await recordScan(database.pool, HOUSE, NETWORK);
      const guest = devices(1, 400);
      await recordScan(database.pool, [...HOUSE, ...guest], NETWORK);
      await all.mail.nextMessage(({ text }) => text?.includes(guest[0]?.mac ?? '-') === true);
      await all.telegram.nextMessage(({ text }) => text.includes(guest[0]?.mac ?? '-'));
      await alertd.stop();
      expect(all.mail.mails.map(({ subject }) => subject)).toHaveLength(2);
      expect(all.telegram.messages).toHaveLength(2);
    } finally {
      await database.drop();
    }
  },
);
