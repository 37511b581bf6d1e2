// The dead man's switch, asked by a real alertd of a real HTTP server.
import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { failUrl } from '../../src/alertd/ping.ts';
import { Wake } from '../../src/alertd/wake.ts';
import { around, startAlertd } from './fixture.ts';

interface Asked {
  readonly line: string;
  readonly body: string;
}

/** @param answer status and headers for a path */
async function watcher(answer: (path: string) => [number, Record<string, string>] = () => [200, {}]) {
  const asked: Asked[] = [];
  const came = new Wake();
  const server = createServer((request: IncomingMessage, response) => {
    void text(request).then(body => {
      asked.push({ line: `${request.method} ${request.url}`, body });
      const [status, headers] = answer(request.url ?? '');
      // An answer without an end is let go of, not read.
      response.writeHead(status, headers).write('x'.repeat(100_000));
      came.notify();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const next = async (pattern: RegExp) => {
    for (;;) {
      const found = asked.find(({ line }) => pattern.test(line));
      if (found !== undefined) return found;
      await came.wait(30_000, new AbortController().signal);
    }
  };
  return { asked, next, came, url: `http://127.0.0.1:${address.port}/ping/a-secret-uuid` };
}

const OFTEN = { pingMs: 30, pingTimeoutMs: 2_000 };

it('is asked while all is well, and told what is wrong while it is not, once in the log', async () => {
  const all = await around();
  const { url, asked, next, came } = await watcher();
  const tuning = { ...all.settings.tuning, ...OFTEN, failingMs: 1_000 };
  const alertd = await startAlertd({ ...all.settings, pingUrl: url, tuning });
  expect(await next(/./)).toEqual({ line: 'GET /ping/a-secret-uuid', body: '' });
  await all.database.pool.query(
    `update channels set failing_since = now() - interval '10 minutes', last_error = 'connection refused' where name = 'email'`,
  );
  expect(await next(/fail/)).toEqual({
    line: 'POST /ping/a-secret-uuid/fail',
    body: expect.stringMatching(
      /^channel email has been failing since .* UTC: connection refused$/,
    ) as unknown,
  });
  const n = asked.length;
  while (asked.length < n + 3) await came.wait(30_000, new AbortController().signal);
  await all.database.pool.query('update channels set failing_since = null');
  await alertd.line(/all is well again/);
  // Nobody looks at the network.
  await all.database.pool.query(
    `insert into alerts (site_id, kind, severity, summary, dedup_key)
     select id, 'scan_failing', 'high', 'Nobody is looking', 'scan_failing:x' from sites where name = 'default'`,
  );
  await alertd.line(/something is wrong.*Nobody is looking/);
  await alertd.stop();
  expect(alertd.lines.filter(line => line.includes('something is wrong'))).toHaveLength(2);
  expect(alertd.lines.join()).not.toContain('a-secret-uuid');
});

it('is told when the database does not answer', async () => {
  const all = await around();
  const { url, next } = await watcher();
  await startAlertd({ ...all.settings, pingUrl: url, tuning: { ...all.settings.tuning, ...OFTEN } });
  await next(/^GET/);
  await all.database.pool.query('drop function alerting_trouble');
  expect((await next(/fail/)).body).toMatch(/^the database does not answer: /);
});

it('that sends us elsewhere, or does not answer, is logged once and never followed', async () => {
  const all = await around();
  const elsewhere = await watcher();
  const { url, asked, came } = await watcher(() => [302, { location: elsewhere.url }]);
  const alertd = await startAlertd({
    ...all.settings,
    pingUrl: url,
    tuning: { ...all.settings.tuning, ...OFTEN },
  });
  while (asked.length < 4) await came.wait(30_000, new AbortController().signal);
  expect(await alertd.line(/does not get through/)).toMatch(
    /302: a redirect, which is not followed.*ping_url/,
  );
  await alertd.stop();
  expect(elsewhere.asked).toEqual([]);
  expect(alertd.lines.filter(line => line.includes('does not get through'))).toHaveLength(1);
});

it('has /fail behind its path, whatever follows', () => {
  expect(failUrl('https://hc.example/ping/1')).toBe('https://hc.example/ping/1/fail');
  expect(failUrl('https://hc.example/ping/1/?create=1')).toBe('https://hc.example/ping/1/fail?create=1');
});
