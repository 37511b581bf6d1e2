// The database's machine dies, and the standby takes over: alertd goes on with the one URL that it was given.
import { describe, expect, it } from 'vitest';
import { openPool } from '../../../src/store/session.ts';
import { around, deliveryStates, startAlertd } from '../fixture.ts';
import { devices, recordScan } from '../../store/outbox-fixtures.ts';
import { startPair } from './pair.ts';

describe('failover to a synchronous standby', () => {
  it('loses no alert, and repeats what was in flight only as the same message', async () => {
    const { settings, mail } = await around();
    const pair = await startPair();
    const pool = openPool(pair.url(), { application: 'test', max: 2, queryTimeoutMs: 10_000 });
    try {
      await recordScan(pool, []); // the baseline
      const email = settings.channels.filter(({ kind }) => kind === 'email');
      const alertd = await startAlertd({
        ...settings,
        databaseUrl: pair.url('netureon_alertd'),
        channels: email,
      });
      const before = devices(20);
      // Each a commit of its own, so that messages are under way when the lights go out.
      for (let n = 1; n <= before.length; n += 1) await recordScan(pool, before.slice(0, n));
      await pair.killPrimary();
      await pair.promote();
      await alertd.line(/database is back|listening to the database again/);
      const after = [...before, ...devices(20, 100)];
      await recordScan(pool, after);

      const told = () => mail.mails.map(({ text }) => text).join();
      await new Promise<void>(resolve => {
        const look = () => {
          if (after.every(({ mac }) => told().includes(mac))) resolve();
        };
        mail.watch(look);
        look();
      });
      await alertd.stop();

      expect((await deliveryStates(pool)).map(({ state }) => state)).toEqual(['delivered']);
      const ids = mail.mails.map(({ messageId }) => messageId);
      const repeated = ids.length - new Set(ids).size;
      expect(repeated).toBeLessThanOrEqual(1); // one was in flight at most
      const contents = new Set(mail.mails.map(({ messageId, text }) => `${messageId} ${text}`));
      expect(contents.size).toBe(new Set(ids).size);
    } finally {
      await pool.close();
    }
  });
});
