// The examples of docs/API.md, run as they stand there, and what monitors are told.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../../../src/web/app.tsx';
import { allowedHosts } from '../../../src/web/hosts.ts';
import { apiSite, type ApiSite } from './support.ts';

const run = promisify(execFile);
let site: ApiSite;
let server: ReturnType<typeof serve>;
let env: NodeJS.ProcessEnv;
let url: string;

beforeAll(async () => {
  site = await apiSite();
  let fetch: ReturnType<typeof createApp>['fetch'] | undefined;
  server = serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request, bindings) => fetch?.(request, bindings) ?? new Response(null, { status: 503 }),
  });
  await new Promise(resolve => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  fetch = createApp({
    ...site.options,
    metrics: 'loopback',
    hosts: allowedHosts({ host: '127.0.0.1', port }),
  }).fetch;
  url = `http://127.0.0.1:${port}`;
  const [device] = await site.database.pool.query<{ id: number }>(
    `select id from devices where name = 'NAS'`,
  );
  env = {
    PATH: process.env['PATH'],
    URL: url,
    TOKEN: await site.keyOf('admin'),
    METRICS_TOKEN: await site.keyOf('viewer', ['metrics']),
    DEVICE: String(device?.id),
  };
});
afterAll(async () => {
  await new Promise(resolve => server.close(resolve));
  await site.close();
});

test('every example works as it stands', async () => {
  const docs = await readFile('docs/API.md', 'utf8');
  const blocks = [...docs.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
  const examples = blocks
    .flatMap(block => block.split(/^(?=curl )/m))
    .filter(line => line.startsWith('curl '));
  expect(examples.length).toBeGreaterThan(14);
  for (const example of examples) {
    // Fails where the answer is no success.
    const { stdout } = await run('bash', ['-c', example.replace('curl ', 'curl --fail-with-body -sS ')], {
      env,
    }).catch((error: Error & { stdout?: string }) =>
      Promise.reject(new Error(`${example}: ${error.stdout ?? ''}`, { cause: error })),
    );
    expect(stdout.length, example).toBeGreaterThan(2);
  }
});

test('monitors are told whether it lives and serves, and nothing private', async () => {
  const health = await fetch(`${url}/healthz`);
  const ready = await fetch(`${url}/readyz`);
  expect([health.status, await health.text()]).toEqual([200, 'ok\n']);
  expect([ready.status, await ready.text()]).toEqual([200, 'ready\n']);
  const older = createApp({ ...site.options, schema: 9999 });
  const unfit = await older.request('http://127.0.0.1:8080/readyz', { headers: { host: '127.0.0.1:8080' } });
  expect([unfit.status, await unfit.text()]).toEqual([503, 'not ready\n']);
});

test('metrics are in the format of Prometheus, for this machine but not through a proxy', async () => {
  const response = await fetch(`${url}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const text = await response.text();
  for (const line of text.trimEnd().split('\n'))
    expect(line).toMatch(/^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})? -?[\d.e+]+)$/);
  expect(text).toContain('netureon_build_info{version="0.1.0"} 1\n');
  expect(text).toMatch(/netureon_devices\{network="192\.168\.1\.0\/24",presence="here"\} [1-9]/);
  const proxied = await fetch(`${url}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.9' } });
  expect(proxied.status).toBe(401);
});
