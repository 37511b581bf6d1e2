// The document against the program: every operation is called, and each answer is held against what is declared of it.
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operationsOf } from '../../../src/web/api/app.ts';
import { apiSite, jsonOf, type ApiSite, type Asked } from './support.ts';

interface Answer {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}
interface Documented {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, Answer>>;
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Documented>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

let site: ApiSite;
let document: OpenApi;
let ajv: Ajv2020;
const ids: Record<string, number> = {};

beforeAll(async () => {
  site = await apiSite();
  document = await jsonOf<OpenApi>(await site.ask('GET', '/openapi.json', { token: null }));
  ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'doc', components: document.components });
  const one = async (name: string, sql: string) => {
    const [row] = await site.database.pool.query<{ id: number }>(sql);
    ids[name] = row?.id ?? 0;
  };
  await one('device', `select id from devices where name = 'NAS'`);
  await one('other', `select id from devices where name = 'Doorbell'`);
  await one('new', `select id from devices where state = 'new' limit 1`);
  await one('alert', 'select id from alerts where device_id is not null order by id desc limit 1');
  await one('network', 'select id from networks limit 1');
});
afterAll(() => site.close());

/** Holds an answer against the schema of its status and type. */
function expectDeclared(operation: Documented, response: Response, body: unknown): void {
  const declared = operation.responses[String(response.status)];
  expect(
    declared,
    `${operation.operationId} answers ${response.status} ${JSON.stringify(body)}`,
  ).toBeDefined();
  const type = (response.headers.get('content-type') ?? '').split(';', 1)[0] ?? '';
  if (declared?.content === undefined) return;
  const schema = declared.content[type]?.schema;
  expect(schema, `${operation.operationId} answers ${type}`).toBeDefined();
  if (type.endsWith('json')) {
    const validate = compiled(schema ?? {});
    expect(validate(body) ? [] : validate.errors, operation.operationId).toEqual([]);
  }
}
const known = new Map<object, ValidateFunction>();
function compiled(schema: object): ValidateFunction {
  const found =
    known.get(schema) ??
    ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('#/components', 'doc#/components')) as object);
  known.set(schema, found);
  return found;
}

async function call(
  id: string,
  path: string,
  more: Asked = {},
  status?: number,
): Promise<Record<string, unknown>> {
  const [template, method, operation] =
    Object.entries(document.paths)
      .flatMap(([p, methods]) => Object.entries(methods).map(([m, o]) => [p, m, o] as const))
      .find(([, , { operationId }]) => operationId === id) ?? [];
  if (template === undefined || method === undefined || operation === undefined)
    throw new Error(`no operation ${id}`);
  called.add(id);
  const response = await site.ask(method.toUpperCase(), path, more);
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  const body: unknown = isJson && text !== '' ? JSON.parse(text) : text;
  expectDeclared(operation, response, body);
  expect(response.status, `${id}: ${text} ${site.logged.join('\n')}`).not.toBe(500);
  if (status !== undefined) expect(response.status, `${id}: ${text}`).toBe(status);
  return (typeof body === 'object' ? body : { text: body }) as Record<string, unknown>;
}
const called = new Set<string>();

test('the document is a valid OpenAPI 3.1', async () => {
  const result = await new Validator().validate({ ...document });
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
});

test('every operation but those of files and the stream is made of the list', () => {
  const inDocument = Object.values(document.paths).flatMap(methods =>
    Object.values(methods).map(o => o.operationId),
  );
  const listed = operationsOf(site.options).map(({ id }) => id);
  expect(inDocument.toSorted()).toEqual(
    [...listed, 'exportDevices', 'importDevices', 'undoImport', 'listen'].toSorted(),
  );
  expect(new Set(inDocument).size).toBe(inDocument.length);
});

describe('every operation, and what is declared of it', () => {
  test('devices', async () => {
    const list = await call('listDevices', '/devices?limit=3&sort=-name&state=known&state=new', {}, 200);
    expect(list['items']).toHaveLength(3);
    const more = await call(
      'listDevices',
      `/devices?limit=3&sort=-name&state=known&state=new&cursor=${String(list['next'])}`,
      {},
      200,
    );
    expect(more['items']).not.toEqual(list['items']);
    await call('getDevice', `/devices/${ids['device']}`, {}, 200);
    await call('getDevice', '/devices/999999', {}, 404);
    const renamed = await call(
      'changeDevice',
      `/devices/${ids['device']}`,
      { json: { owner: 'Anna', notes: null } },
      200,
    );
    expect(renamed).toMatchObject({ name: 'NAS', owner: 'Anna', notes: '' });
    await call('changeDevice', `/devices/${ids['device']}`, { json: { name: 'x'.repeat(201) } }, 422);
    await call('changeDevice', `/devices/${ids['device']}`, { json: { nmae: 'x' } }, 422);
    const decided = await call(
      'decideDevice',
      `/devices/${ids['new']}/decide`,
      { json: { decision: 'accept' } },
      200,
    );
    await call('undoChange', `/changes/${String(decided['change'])}/undo`, {}, 200);
    await call('undoChange', `/changes/${String(decided['change'])}/undo`, {}, 409);
    await call(
      'watchDevice',
      `/devices/${ids['device']}/watch`,
      { json: { watched: true, downAfterMs: 60_000 } },
      200,
    );
    await call(
      'watchDevice',
      `/devices/${ids['device']}/watch`,
      { json: { watched: true, downAfterMs: 1 } },
      422,
    );
    await call('mergeDevices', `/devices/${ids['device']}/merge`, { json: { from: ids['other'] } }, 200);
    await call('mergeDevices', `/devices/${ids['device']}/merge`, { json: { from: ids['device'] } });
    await call('archiveDevice', `/devices/${ids['device']}/archive`, { json: {} }, 200);
    const connections = await call(
      'listConnections',
      `/devices/${ids['device']}/connections?limit=5`,
      {},
      200,
    );
    expect(connections['items']).not.toEqual([]);
    await call('listDeviceChanges', `/devices/${ids['device']}/changes`, {}, 200);
  });

  test('files', async () => {
    await call('exportDevices', '/devices/export?format=json', {}, 200);
    await call('exportDevices', '/devices/export?format=csv&q=anna', {}, 200);
    await call('exportDevices', '/devices/export?format=xml', {}, 400);
    const body = 'mac,name\n00:17:88:2b:6f:55,Lamps\n';
    const headers = { 'content-type': 'text/csv' };
    expect(await call('importDevices', '/devices/import', { body, headers }, 200)).toMatchObject({
      import: null,
      counts: { change: 1 },
    });
    const done = await call('importDevices', '/devices/import?dryRun=false', { body, headers }, 200);
    await call('undoImport', `/imports/${String(done['import'])}/undo`, {}, 200);
    await call('undoImport', `/imports/${String(done['import'])}/undo`, {}, 409);
    await call('undoImport', '/imports/99999/undo', {}, 404);
  });

  test('alerts and mutes', async () => {
    const list = await call('listAlerts', '/alerts?limit=2&status=all', {}, 200);
    expect(list['items']).toHaveLength(2);
    await call('getAlert', `/alerts/${ids['alert']}`, {}, 200);
    await call('acknowledgeAlert', `/alerts/${ids['alert']}/acknowledge`, { json: {} }, 200);
    await call(
      'acknowledgeAlert',
      `/alerts/${ids['alert']}/acknowledge`,
      { json: { acknowledged: false } },
      200,
    );
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const muted = await call('muteAlert', `/alerts/${ids['alert']}/mute`, { json: { until } }, 201);
    await call('addMute', '/mutes', { json: { kind: 'ip_changed', until, note: 'moving' } }, 201);
    await call('addMute', '/mutes', { json: { until: '2020-01-01T00:00:00Z' } }, 422);
    await call('addMute', '/mutes', { json: { device: 99_999, until } });
    expect((await call('listMutes', '/mutes', {}, 200))['items']).toHaveLength(2);
    await call('endMute', `/mutes/${String(muted['id'])}`, {}, 204);
    await call('endMute', '/mutes/99999', {}, 404);
  });

  test('rules', async () => {
    const rule = {
      name: 'nights',
      minSeverity: 'high',
      quietFrom: '22:00',
      quietTo: '07:00',
      owners: ['Meier, Anna'],
      expiresAt: '2027-01-01T00:00:00Z',
      days: [1, 2],
    };
    const made = await call('addRule', '/rules', { json: rule }, 201);
    const path = `/rules/${String(made['id'])}`;
    expect(await call('getRule', path, {}, 200)).toMatchObject({
      name: 'nights',
      owners: ['Meier, Anna'],
      quietFrom: '22:00',
      days: [1, 2],
    });
    await call('addRule', '/rules', { json: rule }, 422);
    await call('addRule', '/rules', { json: { ...rule, name: 'b', channels: [9999] } }, 422);
    await call('changeRule', path, { json: { ...rule, name: 'evenings' } }, 200);
    await call('moveRule', `${path}/move`, { json: { direction: 'down' } }, 200);
    await call(
      'rehearseRule',
      '/rules/rehearse',
      { json: { rule: { name: 'try', action: 'silence' }, days: 7 } },
      200,
    );
    await call('listRules', '/rules', {}, 200);
    await call('removeRule', path, {}, 204);
    await call('removeRule', path, {}, 404);
  });

  test('channels and texts', async () => {
    const made = await call(
      'addChannel',
      '/channels',
      { json: { name: 'garden', kind: 'ntfy', to: 'garden' } },
      201,
    );
    await call('addChannel', '/channels', { json: { name: 'G A', kind: 'ntfy', to: 'garden' } }, 422);
    const path = `/channels/${String(made['id'])}`;
    await call('switchChannel', `${path}/switch`, { json: { on: false } }, 200);
    await call('switchChannel', `${path}/switch`, { json: { on: true } }, 200);
    await call('testChannel', `${path}/test`);
    const list = await call('listChannels', '/channels', {}, 200);
    expect(list['items']).toContainEqual(expect.objectContaining({ name: 'garden' }));
    const text = await call(
      'saveTemplate',
      '/templates',
      { json: { kind: 'new_device', body: 'New: {{ alert.summary }}' } },
      200,
    );
    await call('saveTemplate', '/templates', { json: { kind: 'test', body: '{{ unclosed' } }, 422);
    await call('listTemplates', '/templates', {}, 200);
    await call('removeTemplate', `/templates/${String(text['id'])}`, {}, 204);
    await call('removeChannel', path, {}, 204);
  });

  test('the site', async () => {
    expect(await call('getMe', '/me', {}, 200)).toMatchObject({ role: 'admin', name: 'Ada (key test)' });
    await call('getStatus', '/status', {}, 200);
    await call('listNetworks', '/networks', {}, 200);
    expect(
      await call('renameNetwork', `/networks/${ids['network']}`, { json: { name: 'Home' } }, 200),
    ).toMatchObject({ name: 'Home' });
    await call('listScans', '/scans?limit=5&show=changes', {}, 200);
    await call('getPast', '/past', {}, 200);
    await call('getPast', '/past?address=192.168.1.5', {}, 200);
    await call('getPast', '/past?at=2099-01-01T00:00:00Z', {}, 400);
    const audit = await call('listAudit', '/audit?limit=3&via=api', {}, 200);
    expect(audit['items']).toContainEqual(expect.objectContaining({ actor: 'Ada (key test)', via: 'api' }));
  });

  test('nothing in the document was left out', () => {
    const all = Object.values(document.paths).flatMap(methods =>
      Object.values(methods).map(o => o.operationId),
    );
    expect(all.filter(id => !called.has(id))).toEqual(['listen']);
  });
});
