// The stream of hints: what is told, to whom, and when it ends.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { revokeToken } from '../../../src/store/api-tokens.ts';
import { apiSite, type ApiSite } from './support.ts';

let site: ApiSite;
beforeAll(async () => {
  site = await apiSite();
  site.reconnect();
});
afterAll(() => site.close());

async function listen(token: string, headers: Record<string, string> = {}) {
  const response = await site.ask('GET', '/events', { token, headers });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let told = '';
  return {
    response,
    /** Reads on until it is told. False: the stream ended without. */
    until: async (text: string) => {
      while (!told.includes(text)) {
        const part = await reader?.read();
        if (part === undefined || part.done) return false;
        told += part.value;
      }
      return true;
    },
    close: () => reader?.cancel(),
  };
}

test('a change is told, and who was away meanwhile is told at once', async () => {
  const token = await site.keyOf('viewer');
  const stream = await listen(token);
  expect(stream.response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(await stream.until('retry:')).toBe(true);
  const before = site.live.version();
  await site.ask('POST', '/channels', { json: { name: 'garden', kind: 'ntfy', to: 'garden' } });
  site.notify('{}');
  expect(await stream.until('event: change')).toBe(true);
  await stream.close();
  const later = await listen(token, { 'last-event-id': before });
  expect(await later.until('event: change')).toBe(true);
  await later.close();
});

test('a token that is revoked hears no more', async () => {
  const token = await site.keyOf('operator');
  const stream = await listen(token);
  expect(await stream.until('retry:')).toBe(true);
  const [row] = await site.database.pool.query<{ id: number }>('select max(id) as id from api_tokens');
  await revokeToken(site.db, 'default', row?.id ?? 0, null, 'test');
  await site.ask('POST', '/channels', { json: { name: 'roof', kind: 'ntfy', to: 'roof' } });
  site.notify('{}');
  expect(await stream.until('event: change')).toBe(false);
});

test('nobody hears it without a token', async () => {
  expect((await site.ask('GET', '/events', { token: null })).status).toBe(401);
  expect((await site.ask('POST', '/events')).status).toBe(405);
});
