// A service's warnings on their way to the database.
import { describe, expect, test } from 'vitest';
import { createLogKeeper, keepLog } from '../../src/cli/log-keeper.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import type { Db } from '../../src/store/session.ts';

interface Row {
  level: string;
  line: string;
  age_ms: number;
  times: number;
}

function database() {
  const calls: Row[][] = [];
  let away = false;
  const db: Db = {
    query: async (_text, values = []) => {
      if (away) throw new Error('away');
      calls.push(JSON.parse(String(values[2])) as Row[]);
      return [];
    },
  };
  return { db, calls, setAway: (is: boolean) => (away = is) };
}

let now = 0;
const clock = { now: () => new Date(now) };

describe('what the log says', () => {
  test('is kept from info on, warnings are written once, and nothing when nothing was warned about', async () => {
    const keeper = createLogKeeper(clock);
    const { db, calls } = database();
    keeper.write('up', 'info');
    keeper.write('detail', 'debug');
    await keeper.flush(db, 'default', 'web');
    expect(calls).toEqual([]);
    expect(keeper.isEmpty()).toBe(true);
    keeper.write('slow', 'warn');
    now += 2000;
    await keeper.flush(db, 'default', 'web');
    await keeper.flush(db, 'default', 'web');
    expect(calls).toEqual([[{ level: 'warn', line: 'slow', age_ms: 2000, times: 1 }]]);
    expect(keeper.recent().map(({ line }) => line)).toEqual(['slow', 'up']);
  });

  test('in a storm is fifty rows and a number', async () => {
    const keeper = createLogKeeper(clock);
    const { db, calls } = database();
    for (let n = 0; n < 10_000; n++) keeper.write(n % 2 === 0 ? 'the same' : `line ${n}`, 'error');
    await keeper.flush(db, 'default', 'scan');
    expect(calls).toHaveLength(1);
    expect(calls[0]).toHaveLength(50);
    expect(calls[0]?.[0]).toMatchObject({ line: 'the same', times: 5000 });
    expect(calls[0]?.reduce((sum, { times }) => sum + times, 0)).toBe(10_000);
    expect(keeper.recent()).toHaveLength(200);
  });

  test('is told when the database is back, and nothing more is asked of it meanwhile than before', async () => {
    const keeper = createLogKeeper(clock);
    const { db, calls, setAway } = database();
    setAway(true);
    keeper.write('first', 'error');
    await expect(keeper.flush(db, 'default', 'web')).rejects.toThrow('away');
    for (let n = 0; n < 200; n++) keeper.write(`later ${n}`, 'error');
    setAway(false);
    await keeper.flush(db, 'default', 'web');
    expect(calls[0]?.[0]?.line).toBe('first');
    expect(calls[0]?.reduce((sum, { times }) => sum + times, 0)).toBe(201);
  });

  test('is written once more when the service ends', async () => {
    const keeper = createLogKeeper(clock);
    const { db, calls } = database();
    const stop = new AbortController();
    const sleeping: Clock = {
      ...clock,
      monotonic: () => now,
      sleep: async () => {
        keeper.write('going down', 'warn');
        stop.abort();
      },
    };
    await keepLog(
      keeper,
      db,
      { site: 'default', service: 'web' },
      { clock: sleeping, signal: stop.signal, log: createLog(() => undefined) },
    );
    expect(calls[0]?.[0]?.line).toBe('going down');
  });
});
