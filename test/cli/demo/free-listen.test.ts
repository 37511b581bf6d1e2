import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { freeListen } from '../../../src/cli/demo/free-listen.ts';

async function listening() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  return {
    server,
    listen: `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
  };
}

it('takes what it was given when that is free', async () => {
  const { server, listen } = await listening();
  server.close();
  await once(server, 'close');
  expect(await freeListen(listen, false)).toBe(listen);
  expect(await freeListen(listen, true)).toBe(listen);
});

it('takes another port when that is taken, unless somebody insists', async () => {
  const { listen } = await listening();
  expect(await freeListen(listen, false)).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(await freeListen(listen, false)).not.toBe(listen);
  await expect(freeListen(listen, true)).rejects.toMatchObject({
    code: 'usage',
    remedy: expect.stringMatching(/--listen/),
  });
});

it('understands IPv6', async () => {
  expect(await freeListen('[::1]:0', true)).toBe('[::1]:0');
});
