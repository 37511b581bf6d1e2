// LISTEN against a real PostgreSQL: cut off, half-open, closed while it reconnects.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import { listen, type Listener } from '../../src/store/listen.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { startProxy, type Proxy } from './half-open.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase(false);
});
afterAll(() => database.drop());

interface Heard {
  readonly listener: Listener;
  readonly lines: readonly string[];
  /** Resolves with what is heard next: `connected`, or `channel payload`. */
  readonly next: () => Promise<string>;
}

function hear(url: string): Heard {
  const heard: string[] = [];
  const lines: string[] = [];
  let tell: (() => void) | undefined;
  const push = (event: string) => {
    heard.push(event);
    tell?.();
  };
  const listener = listen(url, {
    channels: ['netureon_alerts', 'Odd "name"'],
    application: 'test listener',
    onNotify: (channel, payload) => push(`${channel} ${payload}`),
    onConnected: () => push('connected'),
    log: createLog(line => lines.push(line)),
    clock: systemClock,
    random: Math.random,
  });
  onTestFinished(() => listener.close());
  const next = async () => {
    while (heard.length === 0) await new Promise<void>(resolve => (tell = resolve));
    return heard.shift() ?? '';
  };
  return { listener, lines, next };
}

const notify = (channel: string, payload: string) =>
  database.pool.query('select pg_notify($1, $2)', [channel, payload]);
const cutOff = () =>
  database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test listener' and datname = current_database()`,
  );

describe('a listener', () => {
  it('hears payloads as they are, whether empty or not JSON', async () => {
    const { next } = hear(database.url);
    expect(await next()).toBe('connected');
    await notify('netureon_alerts', '');
    expect(await next()).toBe('netureon_alerts ');
    await notify('Odd "name"', '{not json');
    expect(await next()).toBe('Odd "name" {not json');
  });

  it('is back after being cut off, and says so', async () => {
    const { next, lines } = hear(database.url);
    expect(await next()).toBe('connected');
    await cutOff();
    expect(await next()).toBe('connected');
    await notify('netureon_alerts', 'again');
    expect(await next()).toBe('netureon_alerts again');
    expect(lines).toEqual([
      expect.stringMatching(/^lost the connection that listens to the database reason=/),
      'listening to the database again',
    ]);
  });

  it('begins when the server does, however late', async () => {
    const proxy = await proxyForTest();
    await proxy.close();
    const { next, lines } = hear(proxy.url);
    const port = Number(new URL(proxy.url).port);
    const refused = connect(port, '127.0.0.1');
    await once(refused, 'error'); // nobody is there
    const again = await startProxy(database.url, port);
    onTestFinished(() => again.close());
    expect(await next()).toBe('connected');
    expect(lines.filter(line => line.startsWith('lost'))).toHaveLength(1);
  });

  it('can be closed while nothing answers', async () => {
    const proxy = await proxyForTest();
    proxy.swallow({ accept: false });
    const { listener } = hear(proxy.url);
    await listener.close();
    await listener.close();
  });

  it('tells nothing more once it is closed', async () => {
    const { listener, next } = hear(database.url);
    await next();
    await listener.close();
    // The server notices a moment after the client has gone.
    await expect
      .poll(() =>
        database.pool.query(
          `select from pg_stat_activity where application_name = 'test listener' and datname = current_database()`,
        ),
      )
      .toHaveLength(0);
  });
});

describe('a half-open connection', () => {
  it('is noticed and replaced, and the caller told to look', async () => {
    const proxy = await proxyForTest();
    const { next } = hear(proxy.url);
    expect(await next()).toBe('connected');
    await notify('netureon_alerts', 'before');
    expect(await next()).toBe('netureon_alerts before');
    proxy.swallow({ accept: true });
    await notify('netureon_alerts', 'lost on the way');
    expect(await next()).toBe('connected');
    await notify('netureon_alerts', 'after');
    expect(await next()).toBe('netureon_alerts after');
  });
});

async function proxyForTest(): Promise<Proxy> {
  const proxy = await startProxy(database.url);
  onTestFinished(() => proxy.close());
  return proxy;
}
