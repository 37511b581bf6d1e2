// What a cooldown keeps back, and what it only delays; and mutes that come while something waits.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mute, unmute } from '../../../src/store/mutes.ts';
import { storyOf } from '../../../src/store/alert-story.ts';
import { openSession, type Session } from '../../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { setClock } from './replay.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.parse('2026-11-12T12:00:00Z');

let database: TestDatabase;
let session: Session;
beforeAll(async () => {
  database = await freshDatabase();
  session = await openSession(database.url, { application: 'test' });
  await session.query(`select site_of('default')`);
  await session.query(`insert into networks (site_id, cidr, interface) values (1, '10.0.0.0/24', 'lan')`);
  await session.query(
    `insert into devices (site_id, id, name, state, first_seen_at)
     values (1, 1, 'Camera', 'known', now()), (1, 2, 'Printer', 'known', now()), (1, 3, 'Stranger', 'blocked', now())`,
  );
  await session.query(
    `insert into channels (site_id, name, kind, target) values (1, 'email', 'email', 'a@b')`,
  );
});
afterAll(async () => {
  await session.close();
  await database.drop();
});
beforeEach(async () => {
  await session.query('truncate rules, mutes, alerts cascade');
  await session.query('select add_default_rules(1)');
});

interface Raised {
  readonly kind: string;
  readonly severity: string;
  readonly device: number | null;
  readonly cause: string;
  readonly detail?: unknown;
  /** It happened, and is over: nothing that ends by itself. */
  readonly isEvent?: boolean;
}

/** @returns its number */
async function raise(afterMs: number, one: Raised): Promise<number> {
  await setClock(session, new Date(NOON + afterMs));
  const [row] = await session.query<{ id: number }>(
    `insert into alerts (site_id, kind, severity, device_id, network_id, summary, dedup_key, detail, resolved_at)
     values (1, $1, $2, $3, 1, 'x', $4, $5, case when $6 then clock_now() end) returning id`,
    [one.kind, one.severity, one.device, one.cause, JSON.stringify(one.detail ?? {}), one.isEvent ?? false],
  );
  return row?.id ?? 0;
}
const end = (id: number) =>
  session.query('update alerts set resolved_at = clock_now() where id = $1 and resolved_at is null', [id]);

/** What became of it: `now`, the minutes after noon at which it is told, or why it is not. */
async function fate(id: number): Promise<number | string> {
  const [row] = await session.query<{ state: string; reason: string | null; hold: Date | null }>(
    'select state, reason, hold_until as hold from deliveries where alert_id = $1',
    [id],
  );
  if (row === undefined) return 'nothing';
  if (row.state === 'suppressed') return row.reason ?? '';
  return row.hold === null ? 'now' : (row.hold.getTime() - NOON) / MINUTE;
}
const heldBecause = async (id: number) =>
  (await storyOf(database.pool, 'default', id))?.steps.find(({ what }) => what === 'held')?.text;

const port = (number: number, device = 1): Raised => ({
  kind: 'port_opened',
  severity: 'medium',
  device,
  cause: `port_opened:${device}:${number}`,
});

describe('within a cooldown', () => {
  it('another port is held until it ends, all in one message; the same one is not told', async () => {
    const web = await raise(0, port(8080));
    const early = await raise(2 * MINUTE, port(8443));
    const telnet = await raise(17 * MINUTE, port(23));
    const desktop = await raise(3 * HOUR, port(3389));
    await end(web);
    const again = await raise(4 * HOUR, port(8080));
    const other = await raise(4 * HOUR, port(23, 2));
    // Gathered for five minutes; six hours are counted from when that was told.
    expect(await fate(web)).toBe(5);
    expect(await fate(early)).toBe(5);
    expect(await fate(telnet)).toBe(365);
    expect(await fate(desktop)).toBe(365);
    expect(await fate(again)).toBe('told 3 h 55 min ago; this rule tells at most once in 6 h');
    expect(await fate(other)).toBe(245);
    expect(await heldBecause(early)).toMatch(/others may travel with it/);
    expect(await heldBecause(telnet)).toBe(
      'Held for 5 h 48 min: told 12 min ago, at most one message in 6 h.',
    );
    expect(await heldBecause(desktop)).toBe(
      'Held for 3 h 5 min: another message about it waits already, at most one message in 6 h.',
    );
    // What was told then begins the next six hours, and after them all is as at first.
    expect(await fate(await raise(7 * HOUR, port(21)))).toBe(365 + 360);
    expect(await fate(await raise(20 * HOUR, port(22)))).toBe(20 * 60 + 5);
  });

  it('of a held one that is over when it is told is still told: nobody had heard of it', async () => {
    await raise(0, port(8080));
    const telnet = await raise(HOUR, port(23));
    await setClock(session, new Date(NOON + 2 * HOUR));
    await end(telnet);
    expect(await fate(telnet)).toBe(365);
  });

  it('another taker of the printer’s address is told after a harmless one', async () => {
    const taken = (by: string): Raised => ({
      kind: 'mac_changed',
      severity: 'medium',
      device: 2,
      cause: 'mac_changed:1:10.0.0.9:2',
      detail: { new_macs: [by] },
      isEvent: true,
    });
    expect(await fate(await raise(0, taken('02:00:00:00:00:01')))).toBe(5);
    expect(await fate(await raise(HOUR, taken('02:00:00:00:00:02')))).toBe(365);
    expect(await fate(await raise(2 * HOUR, taken('02:00:00:00:00:01')))).toMatch(/^told 1 h 55 min ago/);
  });

  it('a critical alert about something else is told at once', async () => {
    const gateway = (by: string): Raised => ({
      kind: 'gateway_changed',
      severity: 'critical',
      device: null,
      cause: 'gateway_changed:1',
      detail: { new_macs: [by] },
      isEvent: true,
    });
    expect(await fate(await raise(0, gateway('02:00:00:00:00:01')))).toBe('now');
    expect(await fate(await raise(MINUTE, gateway('02:00:00:00:00:02')))).toBe('now');
    expect(await fate(await raise(2 * MINUTE, gateway('02:00:00:00:00:01')))).toBe(
      'told 2 min ago; this rule tells at most once in 1 h',
    );
  });

  it('a blocked device that comes and goes forty times in two hours is two messages', async () => {
    const fates: (number | string)[] = [];
    for (let visit = 0; visit < 40; visit++) {
      const id = await raise(visit * 3 * MINUTE, {
        kind: 'blocked_device_seen',
        severity: 'critical',
        device: 3,
        cause: 'blocked_device_seen:3',
      });
      fates.push(await fate(id));
      await end(id);
    }
    expect(fates.filter(one => one === 'now')).toHaveLength(2);
    expect(fates[1]).toBe('told 3 min ago; this rule tells at most once in 1 h');
    expect(fates[20]).toBe('now');
  });
});

describe('a mute that comes while something waits', () => {
  const until = (minutes: number) => new Date(NOON + minutes * MINUTE);

  it('holds back what would be told while it runs, and nothing else', async () => {
    const waits = await raise(0, port(8080));
    const later = await raise(HOUR, port(23));
    const other = await raise(HOUR, port(23, 2));
    await setClock(session, new Date(NOON + HOUR + MINUTE));
    await mute(session, 'default', { deviceId: 1, until: until(400), actor: 'Anna' });
    expect(await fate(waits)).toBe(5); // due already
    expect(await fate(later)).toBe('muted until Thu 18:40 by Anna');
    expect(await fate(other)).toBe(65);
  });

  it('that ends before lets it be', async () => {
    await raise(0, port(8080));
    const later = await raise(HOUR, port(23));
    await mute(session, 'default', { kind: 'port_opened', until: until(300), actor: 'Anna' });
    expect(await fate(later)).toBe(365);
  });

  it('gives it back when it is ended', async () => {
    await raise(0, port(8080));
    const later = await raise(HOUR, port(23));
    const gone = await raise(HOUR, port(24, 2));
    const made = await mute(session, 'default', { until: until(900), actor: 'Anna' });
    if (made.kind !== 'changed') throw new Error(made.kind);
    expect(await fate(later)).toMatch(/^muted/);
    await end(gone);
    await setClock(session, new Date(NOON + 2 * HOUR));
    await unmute(session, 'default', made.change, 'Anna');
    expect(await fate(later)).toBe(365);
    expect(await fate(gone)).toMatch(/^muted/);
  });

  it('of everything passes what is critical', async () => {
    await session.query('delete from rules');
    await session.query(
      `insert into rules (site_id, position, name, escalate_after, escalate_to)
       select 1, 1, 'Call', '1 hour', id from channels`,
    );
    const id = await raise(0, {
      kind: 'gateway_changed', severity: 'critical', device: null, cause: 'gateway_changed:1',
    }); // prettier-ignore
    await mute(session, 'default', { until: until(900), actor: 'Anna' });
    const waiting = await session.query('select from deliveries where alert_id = $1 and state = $2', [
      id,
      'queued',
    ]);
    expect(waiting).toHaveLength(2);
  });
});
