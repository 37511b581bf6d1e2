import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { seedHome } from '../support/seed.ts';
import { plain } from './plain.ts';
import { testSite, type TestSite } from './support.ts';

let site: TestSite | undefined;
const here = () => site!;
const query = <Row>(sql: string, values: unknown[] = []) => here().database.pool.query<Row>(sql, values);
const page = async (path: string) => plain(await (await here().get(path)).text());
const follow = async (response: Response) => {
  expect(response.status).toBe(303);
  return (await here().get(response.headers.get('location') ?? '')).text();
};
const alertOf = async (where: string) =>
  (await query<{ id: number }>(`select id from alerts where ${where} order by id limit 1`))[0]!.id;
const open = async () =>
  (await query('select from alerts where resolved_at is null and acknowledged_at is null')).length;

beforeEach(async () => {
  await site?.close();
  site = await testSite();
  await seedHome(site.database.pool, new Date());
});
afterAll(() => site?.close());

describe('the list', () => {
  it('is filtered by what became of them, severity, kind and network', async () => {
    const high = await here().get('/alerts?show=all&severity=high');
    const html = await high.text();
    expect(html).toContain('severity high');
    expect(html).not.toMatch(/class="tag severity (?:info|low|medium)"/);
    const failing = await page('/alerts?show=all&kind=scan_failing');
    expect(failing).toContain('Nobody is looking at 192.168.1.0/24');
    expect(failing).not.toContain('New device');
    const [network] = await query<{ id: number }>('select id from networks');
    expect(await page(`/alerts?show=all&network=${network!.id}`)).toContain('Nobody is looking');
    expect(await page('/alerts?show=all&network=99')).toContain('No alert is like that.');
    expect(await page('/alerts?show=acknowledged')).toContain('No alert was acknowledged yet.');
  });

  it.each(['?kind=%27', '?severity=worst&kind[]=x', '?network=-1', '?before=abc', '?show=everything'])(
    'with nonsense in its address (%s) opens without it, and says what is wrong',
    async nonsense => {
      const response = await here().get(`/alerts${nonsense}`);
      expect(response.status).toBe(400);
      const html = await response.text();
      expect(html).toContain('class="field-error"');
      expect(html).toContain('class="alert-list"');
    },
  );

  it('keeps its filter in every way to go on', async () => {
    const html = await (await here().get('/alerts?show=all&severity=low')).text();
    expect(html).toContain('href="/alerts?severity=low"');
    expect(html).toContain('href="/alerts?show=acknowledged&amp;severity=low"');
    expect(html).toContain('name="back" value="/alerts?show=all&amp;severity=low"');
  });

  it('tells in one line where each went', async () => {
    expect(await page('/alerts?show=all')).toMatch(/Sent to Home mail \d\d:\d\d.* Story/);
    const id = await alertOf(`kind = 'new_device' and acknowledged_at is null`);
    await query('delete from deliveries where alert_id = $1', [id]);
    const [channel] = await query<{ id: number; site_id: number }>('select id, site_id from channels');
    const add = (state: string, more: string) =>
      query(
        `insert into deliveries (site_id, alert_id, channel_id, state, ${more.split('=')[0]}) values ($1, $2, $3, $4, ${more.split('=')[1]})`,
        [channel!.site_id, id, channel!.id, state],
      );
    await add('suppressed', `reason, finished_at='muted until Fri 14:00 by Anna', now()`);
    const line = await page('/alerts');
    expect(line).toContain('Not sent to Home mail: muted until Fri 14:00 by Anna Story');
    await query(
      `update deliveries set state = 'queued', reason = null, finished_at = null, attempts = 2,
                 last_error = '451 try later', next_attempt_at = now() + interval '5 minutes' where alert_id = $1`,
      [id],
    );
    expect(await page('/alerts')).toMatch(
      /Home mail did not take it yet, tried 2 times, next try .*: 451 try later/,
    );
  });
});

describe('acknowledging all that are shown', () => {
  it('takes exactly those, tells how many, and takes them back', async () => {
    const before = await open();
    const html = await (await here().get('/alerts')).text();
    const alerts = /name="alerts" value="([\d.]+)"/.exec(html)?.[1] ?? '';
    expect(alerts.split('.')).toHaveLength(before);
    const [network] = await query<{ site_id: number; id: number }>('select site_id, id from networks');
    await query(
      `insert into alerts (site_id, kind, severity, network_id, summary, dedup_key)
       values ($1, 'scan_failing', 'high', $2, 'came meanwhile', 'meanwhile')`,
      [network!.site_id, network!.id],
    );
    const told = await follow(await here().post('/alerts/acknowledge', { alerts, back: '/alerts' }));
    expect(plain(told)).toContain(`${before} alerts acknowledged. Undo`);
    expect(plain(told)).toContain('came meanwhile');
    expect(await open()).toBe(1);
    const undone = await follow(await here().post('/alerts/reopen', { alerts, back: '/alerts' }));
    expect(plain(undone)).toContain(`Undone. ${before} alerts open again.`);
    expect(await open()).toBe(before + 1);
  });

  it.each(['', 'x', '1.2.<script>', '1..2', Array.from({ length: 80 }, (_, i) => i + 1).join('.')])(
    'takes no other list (%s)',
    async alerts => {
      const before = await open();
      expect((await here().post('/alerts/acknowledge', { alerts })).status).toBe(400);
      expect(await open()).toBe(before);
    },
  );
});

describe('one alert', () => {
  it('tells its story, what speaks for it, and its device', async () => {
    const id = await alertOf(`kind = 'new_device'`);
    const html = await (await here().get(`/alerts/${id}`)).text();
    const words = plain(html);
    expect(words).toContain('What happened');
    expect(words).toMatch(/Home mail.*250 2\.0\.0 Ok: queued as [0-9A-F]{10}/);
    expect(words).toContain('What speaks for it');
    expect(html).toMatch(/<a href="\/devices\/\d+"><bdi>/);
    expect(html).toContain(`action="/alerts/${id}/acknowledge"`);
    await here().post(`/alerts/${id}/acknowledge`, { back: `/alerts/${id}` });
    expect(await page(`/alerts/${id}`)).toMatch(/cknowledged by Ada/);
  });

  it.each(['/alerts/999999', '/alerts/abc', '/alerts/0', '/alerts/1e3'])('%s is not found', async path => {
    const response = await here().get(path);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('There is no such alert.');
  });
});

describe('muting', () => {
  const muted = () =>
    query<{ device_id: number | null; kind: string | null; hours: number; ended_at: Date | null }>(
      `select device_id, kind, extract(epoch from until - from_at) / 3600 as hours, ended_at from mutes order by id`,
    );

  it.each([
    ['device', { kind: null }],
    ['kind', { device_id: null, kind: 'new_device' }],
    ['both', { kind: 'new_device' }],
  ])('%s for an hour, listed, ended by its button', async (what, kept) => {
    const id = await alertOf(`kind = 'new_device' and device_id is not null`);
    const told = await follow(
      await here().post('/mutes', { alert: String(id), what, for: 'hour', back: '/alerts' }),
    );
    expect(plain(told)).toMatch(/Muted until \d\d:\d\d|Muted until \d+ \w+, \d\d:\d\d/);
    expect(plain(told)).toContain('Muted now');
    const [mute] = await muted();
    expect(mute).toMatchObject(kept);
    expect(mute!.hours).toBeCloseTo(1, 2);
    const end = /action="(\/mutes\/\d+\/end)"/.exec(told)?.[1] ?? '';
    expect(plain(await follow(await here().post(end, { back: '/alerts' })))).toContain('The mute has ended.');
    expect((await muted())[0]!.ended_at).not.toBeNull();
    expect(await page('/alerts')).not.toContain('Muted now');
  });

  it.each([
    [{ what: 'device', for: 'ever' }, 400],
    [{ what: 'everything', for: 'hour' }, 400],
    [{ what: 'device', for: 'hour', alert: '999999' }, 404],
    [{ what: 'device', for: 'hour', alert: '' }, 404],
  ])('%j mutes nothing', async (fields, status) => {
    const id = await alertOf(`kind = 'new_device'`);
    expect((await here().post('/mutes', { alert: String(id), ...fields })).status).toBe(status);
    expect(await muted()).toEqual([]);
  });

  it('a device cannot be muted by an alert that is about none', async () => {
    const id = await alertOf(`device_id is null`);
    const html = await (await here().get(`/alerts/${id}`)).text();
    expect(html).not.toContain('<option value="device">');
    expect((await here().post('/mutes', { alert: String(id), what: 'device', for: 'hour' })).status).toBe(
      400,
    );
    expect((await here().post('/mutes/77/end', {})).status).toBe(404);
  });
});
