// alertd (two of them), the mail server and PostgreSQL are killed -9 at random moments, and started again as a supervisor
// would, while alerts of all kinds come in under rules that gather, calm down and escalate. Whoever reads the mailbox at
// the end has been told everything.
import { once } from 'node:events';
import { expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { ALERT_KINDS } from '../../src/store/alert-kinds.ts';
import { saveRule, type RuleInput } from '../../src/store/rules.ts';
import { openPool, type Pool } from '../../src/store/session.ts';
import { servers } from '../alertd/fixture.ts';
import { spawnAlertd, spawnMain, type Spawned } from '../alertd/faults/process.ts';
import { startOwnServer, type OwnServer } from '../alertd/faults/server.ts';
import { devices, recordScan, type Seen } from '../store/outbox-fixtures.ts';
import { PLAIN } from '../store/rules/fixtures.ts';

const MS = 60_000;
/** After the last kill: leases run out, windows close, the backlog drains. */
const SETTLED = { timeout: 60_000, interval: 250 };
const LEASE_MS = 4_000;

/** mulberry32: a kill that broke something comes again with its seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Kept {
  readonly messageId: string;
  readonly subject: string;
  readonly text: string;
}

interface Victim {
  readonly name: string;
  /** Resolves when it runs again. */
  readonly kill: () => Promise<void>;
}

/** One that is started anew whenever it ends, until the test is over. */
function supervised(
  name: string,
  start: () => Promise<Spawned>,
  ready: RegExp,
): { victim: Victim; up: Promise<void> } {
  const over = new AbortController();
  let current: Spawned | undefined;
  onTestFinished(() => over.abort());
  const run = async (): Promise<void> => {
    while (!over.signal.aborted) {
      current = await start();
      try {
        await current.line(ready);
        return;
      } catch {
        await systemClock.sleep(1_000); // it ended before it was ready: the database is away
      }
    }
  };
  return {
    up: run(),
    victim: {
      name,
      kill: async () => {
        const dying = current;
        if (dying === undefined || dying.child.exitCode !== null || dying.child.signalCode !== null)
          return run();
        const died = once(dying.child, 'exit');
        dying.child.kill('SIGKILL');
        await died;
        await run();
      },
    },
  };
}

async function ruled(pool: Pool): Promise<void> {
  const save = async (name: string, input: Partial<RuleInput>) => {
    const rule = { ...PLAIN, name, ...input };
    expect(
      await saveRule(pool, 'default', { id: null, revision: null, input: rule, actor: 'Anna' }),
    ).toMatchObject({
      kind: 'done',
    });
  };
  // These are on top, so that none of the kinds reaches a default rule that gathers for minutes.
  await save('Gathered', {
    kinds: [
      'device_down',
      'device_back',
      'port_opened',
      'ip_changed',
      'ip_conflict',
      'mac_reused',
      'mac_returned',
    ],
    groupS: 2,
  });
  await save('Calm', { kinds: ['flip_flop', 'mac_changed', 'name_changed'], cooldownS: 5 });
  await save('Silent', { kinds: ['proxy_arp'], action: 'silence' });
}

/** What comes in: newcomers by scans, who then trade addresses, and alerts of every kind there is, some soon over. */
async function somethingHappens(pool: Pool, random: () => number, n: number): Promise<void> {
  const here: Seen[] = devices(1 + Math.floor(n / 3));
  if (random() < 0.2 && here.length > 1) {
    const at = Math.floor(random() * (here.length - 1));
    const [one, other] = [here[at], here[at + 1]];
    if (one !== undefined && other !== undefined)
      here.splice(at, 2, { mac: one.mac, ip: other.ip }, { mac: other.mac, ip: one.ip });
  }
  if (random() < 0.5) return recordScan(pool, here);
  const kinds = ALERT_KINDS.filter(kind => kind !== 'test');
  const kind = kinds[Math.floor(random() * kinds.length)];
  const severity = ['info', 'low', 'medium', 'high', 'critical'][Math.floor(random() * 5)];
  const cause = `${kind}:random:${kind === 'flip_flop' ? 'one' : n}`;
  await pool.query(
    `insert into alerts (site_id, kind, severity, summary, detail, dedup_key)
     select id, $1, $2, $3, '{}', $4 from sites where name = 'default' on conflict do nothing`,
    [kind, severity, `Alert number ${n} of the storm`, cause],
  );
  if (random() < 0.3)
    await pool.query(
      'update alerts set resolved_at = clock_timestamp() where dedup_key = $1 and resolved_at is null',
      [cause],
    );
}

async function restart(server: OwnServer): Promise<void> {
  await server.kill();
  await server.start();
}

it('nothing is lost, and what comes twice is the same message', { timeout: 240_000 }, async () => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  console.info(`SEED=${seed}`);
  const random = seeded(seed);
  const { settings } = await servers();
  const server = await startOwnServer();
  const pool = openPool(server.url(), { application: 'test', max: 3, queryTimeoutMs: 5_000 });
  onTestFinished(() => pool.close());
  await recordScan(pool, []);
  await pool.query('update alerts set resolved_at = now()');

  const mails: Kept[] = [];
  let port = 0;
  const startMail = async () => {
    const spawned = await spawnMain('test/alertd/faults/mail-main.ts', [String(port)]);
    spawned.onLine(line => {
      const said = JSON.parse(line) as Kept | { readonly port: number };
      if ('port' in said) port = said.port;
      else mails.push(said);
    });
    return spawned;
  };
  const mail = supervised('mail server', startMail, /"port"/);
  await mail.up;
  const plain = settings(server.url('netureon_alertd'));
  const ours = {
    ...plain,
    channels: plain.channels.filter(({ kind }) => kind === 'email'),
    credentials: {
      ...plain.credentials,
      email: { url: `smtp://127.0.0.1:${port}`, from: 'netureon <alerts@netureon.test>' },
    },
    tuning: { ...plain.tuning, pollMs: 500, leaseMs: LEASE_MS, sendTimeoutMs: 2_000, batch: 20 },
  };
  const daemons = [1, 2].map(n => supervised(`alertd ${n}`, () => spawnAlertd(ours), /alertd is ready/));
  await Promise.all(daemons.map(({ up }) => up));
  await ruled(pool);

  const ends = systemClock.monotonic() + MS;
  const kills: string[] = [];
  const victims: Victim[] = [
    ...daemons.map(({ victim }) => victim),
    mail.victim,
    { name: 'PostgreSQL', kill: () => restart(server) },
  ];
  const kill = async () => {
    while (systemClock.monotonic() < ends) {
      await systemClock.sleep(random() * 2_000);
      const victim = victims[Math.floor(random() * victims.length)];
      if (victim === undefined) continue;
      kills.push(victim.name);
      await victim.kill();
    }
  };
  const happen = async () => {
    for (let n = 1; systemClock.monotonic() < ends; n++) {
      // While the database is away it is not recorded, as in life.
      await somethingHappens(pool, random, n).catch(() => undefined);
      await systemClock.sleep(random() * 100);
    }
  };
  await Promise.all([kill(), happen()]);
  await Promise.all(victims.slice(0, 3).map(({ kill: again }) => again())); // whoever died with the database runs again
  kills.push('all', 'all', 'all');

  await vi.waitFor(async () => {
    const waiting = await pool.query(
      `select a.kind, d.* from deliveries as d join alerts as a on a.site_id = d.site_id and a.id = d.alert_id
       where d.state = 'queued'`,
    );
    expect(waiting).toEqual([]);
  }, SETTLED);
  const unheard = await pool.query(
    `select a.id from alerts as a where not exists
       (select from deliveries as d where d.site_id = a.site_id and d.alert_id = a.id)`,
  );
  expect(unheard).toEqual([]);
  const ended = await pool.query<{
    state: string;
    reason: string | null;
    key: string | null;
    mac: string | null;
  }>(
    `select d.state, d.reason, d.message_key as key, a.mac::text as mac
     from deliveries as d join alerts as a on a.site_id = d.site_id and a.id = d.alert_id`,
  );
  expect(ended.filter(({ state, reason }) => state !== 'delivered' && (reason ?? '') === '')).toEqual([]);
  const delivered = ended.filter(({ state }) => state === 'delivered');
  const text = new Map(mails.map(mail => [mail.messageId, mail.text]));
  // What has a device is told by its MAC; the others in words that depend on their kind.
  const lost = delivered.filter(({ key, mac }) => {
    const said = [...text].find(([id]) => key !== null && id.includes(key))?.[1];
    return said?.includes(mac ?? '') !== true;
  });
  expect(lost).toEqual([]);
  const contents = new Set(mails.map(mail => `${mail.messageId} ${mail.subject} ${mail.text}`));
  expect(contents.size).toBe(text.size);
  console.info(
    `${kills.length} kills, ${ended.length} deliveries, ${delivered.length} delivered, ${mails.length} mails, ${mails.length - text.size} twice`,
  );
  expect(delivered.length).toBeGreaterThan(50);
  expect(mails.length - text.size).toBeLessThanOrEqual(kills.length);
});
