// What HTTP asks of an API: ETags, conflicts, methods, types, sizes; and that nothing that is sent makes it fail.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operationsOf } from '../../../src/web/api/app.ts';
import { apiSite, jsonOf, type ApiSite } from './support.ts';

let site: ApiSite;
let device: number;

beforeAll(async () => {
  site = await apiSite();
  const [row] = await site.database.pool.query<{ id: number }>(`select id from devices where name = 'NAS'`);
  device = row?.id ?? 0;
});
afterAll(() => site.close());

test('what has not changed is not sent again', async () => {
  const first = await site.ask('GET', `/devices/${device}`);
  const etag = first.headers.get('etag') ?? '';
  expect(etag).toMatch(/^W\/"\d+\.[\w-]{22}"$/);
  const again = await site.ask('GET', `/devices/${device}`, { headers: { 'if-none-match': etag } });
  expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
  const others = await site.ask('GET', '/networks', { headers: { 'if-none-match': etag } });
  expect(others.status).toBe(200);
});

test('who writes on what he read is told when somebody was faster, and nothing is overwritten', async () => {
  const etag = (await site.ask('GET', `/devices/${device}`)).headers.get('etag') ?? '';
  const headers = { 'if-match': etag };
  const first = await site.ask('PATCH', `/devices/${device}`, { json: { notes: 'mine' }, headers });
  expect(first.status).toBe(200);
  const second = await site.ask('PATCH', `/devices/${device}`, { json: { notes: 'theirs' }, headers });
  expect(second.status).toBe(412);
  expect(await jsonOf(await site.ask('GET', `/devices/${device}`))).toMatchObject({ notes: 'mine' });
  const fresh = { 'if-match': first.headers.get('etag') ?? '' };
  expect(
    (await site.ask('PATCH', `/devices/${device}`, { json: { notes: 'theirs' }, headers: fresh })).status,
  ).toBe(200);
  expect(
    (await site.ask('PATCH', `/devices/${device}`, { json: {}, headers: { 'if-match': '"nonsense"' } }))
      .status,
  ).toBe(412);
});

test('that a device was seen again is no conflict', async () => {
  const before = (await site.ask('GET', `/devices/${device}`)).headers.get('etag') ?? '';
  await site.database.pool.query(
    `update connections set ended_at = now() where device_id = $1 and ended_at is null`,
    [device],
  );
  const after = (await site.ask('GET', `/devices/${device}`)).headers.get('etag');
  expect(after).not.toBe(before);
  const headers = { 'if-match': before };
  expect((await site.ask('PATCH', `/devices/${device}`, { json: { owner: 'Ben' }, headers })).status).toBe(
    200,
  );
});

test.each([
  ['PUT', '/devices', 'GET, HEAD'],
  ['DELETE', `/devices/1`, 'GET, PATCH, HEAD'],
  ['GET', '/devices/import', 'POST'],
  ['POST', '/openapi.json', 'GET, HEAD'],
  ['GET', '/rules/1/move', 'POST'],
])('%s %s is not taken, and what is, is said', async (method, path, allow) => {
  const response = await site.ask(method, path);
  expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
  expect(await jsonOf(response)).toMatchObject({ status: 405, title: 'Method not allowed' });
});

test.each([
  '/nothing',
  '/devices/0',
  '/devices/x',
  '/devices/1e3',
  '/devices/99999',
  '/alerts/-1',
  '/rules/99999999999',
])('%s is not there', async path => {
  const response = await site.ask('GET', path);
  expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
});

test('forms, text and half a JSON are refused, each for what it is', async () => {
  const path = `/devices/${device}/decide`;
  const send = (body: string, type: string) =>
    site.ask('POST', path, { body, headers: { 'content-type': type } });
  expect((await send('decision=accept', 'application/x-www-form-urlencoded')).status).toBe(415);
  expect((await send('{"decision":"accept"}', 'text/plain')).status).toBe(415);
  expect((await send('{"decision":', 'application/json')).status).toBe(400);
  expect((await send('[]', 'application/json')).status).toBe(422);
  const wrong = await send('{"decision":"burn"}', 'application/json; charset=utf-8');
  expect(wrong.status).toBe(422);
  expect(await jsonOf(wrong)).toMatchObject({ errors: [{ in: 'body', field: 'decision' }] });
});

test('more than a form can hold is refused, whether it says its size or not', async () => {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ notes: 'x'.repeat(300_000) });
  expect((await site.ask('PATCH', `/devices/${device}`, { body, headers })).status).toBe(413);
  const said = { ...headers, 'content-length': '9999999999' };
  expect((await site.ask('PATCH', `/devices/${device}`, { body: '{}', headers: said })).status).toBe(413);
  const file = 'mac,name\n' + 'x'.repeat(5 * 1024 * 1024);
  const csv = { 'content-type': 'text/csv' };
  expect((await site.ask('POST', '/devices/import', { body: file, headers: csv })).status).toBe(413);
});

test('a wrong filter says which', async () => {
  const response = await site.ask('GET', '/devices?sort=colour&limit=0&network=x');
  expect(response.status).toBe(400);
  const { errors } = await jsonOf<{ errors: { field: string }[] }>(response);
  expect(errors.map(({ field }) => field).toSorted()).toEqual(['limit', 'network', 'sort']);
});

test('whatever is sent, it is answered, and never with 500', async () => {
  const operations = operationsOf(site.options);
  const odd = fc.oneof(
    fc.constantFrom(
      '',
      '0',
      '-1',
      '1',
      '999999999999999',
      '9'.repeat(40),
      'null',
      '\0',
      '%',
      "'; drop table devices;--",
      '../../etc/passwd',
      '😀',
      '\ud800',
      'true',
      '2026-02-31T25:00:00Z',
      '2026-11-20T18:00:00Z',
      '0001-01-01T00:00:00Z',
      'W10',
    ),
    fc.string({ unit: 'binary', maxLength: 30 }),
  );
  const names = [
    'q',
    'state',
    'presence',
    'network',
    'sort',
    'limit',
    'cursor',
    'status',
    'kind',
    'severity',
    'device',
    'since',
    'urgent',
    'show',
    'at',
    'address',
    'actor',
    'via',
    'table',
    'row',
    'from',
    'to',
    'vendor',
    'watched',
  ];
  const body = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(
      fc.constantFrom(
        'name',
        'owner',
        'notes',
        'decision',
        'watched',
        'downAfterMs',
        'onReturn',
        'from',
        'acknowledged',
        'until',
        'kind',
        'device',
        'network',
        'channel',
        'note',
        'days',
        'rule',
        'direction',
        'to',
        'on',
        'subject',
        'body',
        'revision',
        'networks',
        'owners',
        'cooldownS',
        'quietFrom',
        'expiresAt',
      ),
      fc.oneof(odd, fc.jsonValue(), fc.integer(), fc.double()),
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...operations),
      odd,
      fc.array(fc.tuple(fc.constantFrom(...names), odd), { maxLength: 4 }),
      body,
      async ({ method, path }, id, query, json) => {
        const params = new URLSearchParams(
          query.map(([name, value]): [string, string] => [name, Buffer.from(value).toString()]),
        );
        const at = path.replace(
          '{id}',
          encodeURIComponent(Buffer.from(id).toString()).replaceAll('.', '%2E') || '1',
        );
        const response = await site.ask(
          method.toUpperCase(),
          `${at}?${params.toString()}`,
          method === 'get' ? {} : { json },
        );
        await response.arrayBuffer();
        expect(
          response.status,
          `${method} ${at}?${params.toString()} ${JSON.stringify(json)} ${site.logged.at(-1) ?? ''}`,
        ).toBeLessThan(500);
      },
    ),
    { numRuns: 250 },
  );
});
