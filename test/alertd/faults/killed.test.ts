// kill -9 at each step of a message's way: after the claim, in each stage of the SMTP transaction, after the server has
// kept it but not said so, after it has said so but before that is marked, and between two messages.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import type { AlertdSettings } from '../../../src/cli/alertd/run.ts';
import { startMailSink, type MailStage } from '../../../src/lab/mail-sink.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { openSession } from '../../../src/store/session.ts';
import { devices, recordScan } from '../../store/outbox-fixtures.ts';
import { bundle } from '../../support/bundle.ts';
import { around, deliveryStates, eventually, startAlertd } from '../fixture.ts';

const STEPS = ['connect', 'mail', 'rcpt', 'data', 'kept', 'answered', 'marked'] as const;
type Step = (typeof STEPS)[number];
/** Messages between two kills. */
const APART = 7;

it(
  'loses none of 1,000 alerts; what was in flight comes again as the same message',
  { timeout: 180_000 },
  async () => {
    const all = await around();
    let alertd: ChildProcess | undefined;
    const steps: Step[] = [...STEPS];
    let messages = 0;
    const reached = async (at: MailStage | 'kept') => {
      if (at === 'kept') messages += 1;
      if (messages < APART * (STEPS.length - steps.length) || alertd?.signalCode !== null) return;
      const [step] = steps;
      if (step === at) kill();
      // The mark needs the channel's row: while another holds it, the server's answer is nowhere but in that process.
      if (step === 'answered' && at === 'kept') await hold();
      if (step === 'marked' && at === 'kept')
        void eventually(
          all.changed,
          () => deliveryStates(all.database.pool),
          () => true,
        ).then(kill);
    };
    const kill = () => {
      steps.shift();
      alertd?.kill('SIGKILL');
    };
    const holder = await openSession(all.database.url, { application: 'test' });
    onTestFinished(() => holder.close());
    const hold = async () => {
      await holder.query('begin');
      await holder.query(`select from channels where name = 'email' for update`);
      void waitsForLock().then(kill);
    };
    const waitsForLock = async () => {
      for (;;) {
        const [row] = await all.database.pool.query<{ n: number }>(
          `select count(*)::int as n from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock' and query like '%mark_delivered%'`,
        );
        if ((row?.n ?? 0) > 0) return;
        await systemClock.sleep(20);
      }
    };
    const mail = await startMailSink({ clock: systemClock, onStage: reached });
    onTestFinished(() => mail.close());
    const settings: AlertdSettings = {
      ...all.settings,
      channels: all.settings.channels.filter(({ kind }) => kind === 'email'),
      credentials: { site: 'default', email: { url: mail.url, from: 'netureon <alerts@netureon.test>' } },
      tuning: { ...all.settings.tuning, batch: 10, leaseMs: 5_000 },
    };
    await (await startAlertd(settings)).stop(); // makes the channel known
    const known = devices(2100, 10_000);
    await recordScan(all.database.pool, known, { network: '10.0.0.0/8' });
    const newcomers = devices(999);
    // Beside two thousand that are known these are no flood.
    await recordScan(all.database.pool, newcomers);

    const kills = STEPS.length;
    for (let life = 0; life <= kills; life += 1) {
      alertd = await spawnAlertd(settings);
      if (life < kills) {
        const [, signal] = await once(alertd, 'exit');
        expect(signal, `the ${life + 1}th alertd was to die, at ${STEPS[life]}`).toBe('SIGKILL');
        await holder.query('rollback');
      }
    }
    await eventually(
      all.changed,
      () => deliveryStates(all.database.pool),
      rows => rows.every(({ state }) => state === 'delivered'),
    );
    alertd?.kill('SIGTERM');

    const told = mail.mails.map(({ text }) => text).join();
    expect(newcomers.filter(({ mac }) => !told.includes(mac))).toEqual([]);
    const ids = mail.mails.map(({ messageId }) => messageId);
    // Only after `kept` and `answered` the server had a message that nobody had marked.
    expect(ids.length - new Set(ids).size).toBeLessThanOrEqual(3);
    expect(new Set(mail.mails.map(({ messageId, text }) => `${messageId} ${text}`)).size).toBe(
      new Set(ids).size,
    );
  },
);

async function spawnAlertd(settings: AlertdSettings): Promise<ChildProcess> {
  const child = spawn(process.execPath, [await bundle('test/alertd/alertd-main.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.end(JSON.stringify(settings));
  child.stdout.resume();
  return child;
}
