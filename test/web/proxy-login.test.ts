/** A real nginx in front, which says who somebody is; and everybody else who says so. */
import { once } from 'node:events';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createApp } from '../../src/web/app.tsx';
import { allowedHosts } from '../../src/web/hosts.ts';
import { createPeople } from '../../src/web/people.ts';
import { startServer, type RunningSite } from '../../src/web/server.ts';
import { PATIENT } from '../support/patience.ts';
import { testSite, type TestSite } from './support.ts';

const NGINX = '/usr/sbin/nginx';

let site: TestSite;
let server: RunningSite;
let nginx: ChildProcess;
let folder: string;
let front: string;

beforeAll(async () => {
  if (!existsSync(NGINX)) throw new Error('this test puts a proxy in front: apt-get install nginx-light');
  site = await testSite();
  const people = createPeople({
    own: site.dbs.own,
    site: 'default',
    random: randomBytes,
    trustedProxies: ['127.0.0.9/32'],
    proxyLogin: { header: 'X-Remote-User', roleHeader: 'X-Remote-Role', defaultRole: 'viewer' },
  });
  const port = await freePort();
  server = await startServer(
    own =>
      createApp({
        ...site.options,
        people,
        hosts: allowedHosts({ host: '127.0.0.1', port: own }, `http://127.0.0.1:${port}`),
      }),
    { host: '127.0.0.1', port: 0 },
  );
  folder = await mkdtemp(join(tmpdir(), 'people-nginx-'));
  front = `http://127.0.0.1:${port}`;
  await writeFile(join(folder, 'nginx.conf'), config(port, server.port));
  nginx = spawn(NGINX, ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off;'], {
    stdio: 'ignore',
  });
  await vi.waitFor(() => fetch(`${front}/sign-in`, { redirect: 'manual' }), PATIENT);
});
afterAll(async () => {
  nginx.kill('SIGTERM');
  await once(nginx, 'exit');
  await rm(folder, { recursive: true });
  await server.close();
  await site.close();
});

/** It takes the name from the password dialogue, as an htpasswd file would check it, and a connection of its own address. */
const config = (port: number, to: number) => `
worker_processes 1;
pid nginx.pid;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  map $remote_user $role { default ""; boss admin; evil nonsense; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${to};
      proxy_bind 127.0.0.9;
      proxy_set_header Host $http_host;
      proxy_set_header X-Remote-User $remote_user;
      proxy_set_header X-Remote-Role $role;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
`;

const as = (user: string) => ({ authorization: `Basic ${Buffer.from(`${user}:x`).toString('base64')}` });
const ask = (url: string, headers: Record<string, string>) => fetch(url, { headers, redirect: 'manual' });

it('believes the proxy, and makes a user with the role that it says', async () => {
  expect((await ask(`${front}/users`, as('boss'))).status).toBe(200);
  expect((await ask(`${front}/users`, as('someone'))).status).toBe(403);
  expect((await ask(`${front}/`, as('someone'))).status).toBe(200);
  expect((await ask(`${front}/users`, as('evil'))).status).toBe(403);
  const users = await site.database.pool.query(
    `select name, role, password from users where created_by = 'the proxy' order by name`,
  );
  expect(users).toEqual([
    { name: 'boss', role: 'admin', password: null },
    { name: 'evil', role: 'viewer', password: null },
    { name: 'someone', role: 'viewer', password: null },
  ]);
});

it('believes nobody else: not through the proxy, not beside it', async () => {
  const claim = { 'x-remote-user': 'boss', 'x-remote-role': 'admin' };
  expect((await ask(`${front}/users`, claim)).status).toBe(303);
  expect((await ask(`${front}/users`, { ...as('someone'), ...claim })).status).toBe(403);
  const direct = `http://127.0.0.1:${server.port}/users`;
  expect((await ask(direct, claim)).status).toBe(303);
  expect((await ask(direct, { ...claim, 'x-forwarded-for': '127.0.0.9' })).status).toBe(303);
});

it('a user who is disabled here stays out', async () => {
  await site.database.pool.query(`update users set disabled_at = now() where name = 'someone'`);
  expect((await ask(`${front}/`, as('someone'))).status).toBe(303);
});

it('is off unless asked for', async () => {
  const plain = await site.get('/users', { cookie: 'x=y', 'x-remote-user': 'boss' });
  expect(plain.status).toBe(200);
  const none = await site.as(null).get('/users', { 'x-remote-user': 'boss', 'x-remote-role': 'admin' });
  expect(none.status).toBe(303);
});

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
