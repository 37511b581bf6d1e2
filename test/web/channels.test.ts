import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { plain } from './plain.ts';
import { seedHome } from '../support/seed.ts';
import { testSite, type TestSite } from './support.ts';

let site: TestSite | undefined;
const here = () => site!;
const query = <Row>(sql: string, values: unknown[] = []) => here().database.pool.query<Row>(sql, values);
const page = async () => plain(await (await here().get('/channels')).text());
const follow = async (response: Response) => {
  expect(response.status).toBe(303);
  return plain(await (await here().get(response.headers.get('location') ?? '')).text());
};
const channel = async (name: string) =>
  (
    await query<{ id: number; off_by: string | null; settings: unknown; kind: string }>(
      'select id, off_by, settings, kind from channels where name = $1 and removed_at is null',
      [name],
    )
  )[0];

beforeEach(async () => {
  await site?.close();
  site = await testSite();
});
afterAll(() => site?.close());

it('without any, says exactly what to write where', async () => {
  const html = await (await here().get('/channels')).text();
  expect(plain(html)).toContain('No channel is set up: alerts are kept here and sent nowhere.');
  for (const section of ['[email]', '[telegram]', '[webhook]', '[ntfy]', '[matrix]'])
    expect(html).toContain(section);
});

describe('with some', () => {
  beforeEach(() => seedHome(here().database.pool, new Date()));

  it.each([
    [`accepted_at = now() - interval '12 minutes'`, 'Works'],
    [
      `failing_since = now(), last_error = '535 authentication failed'`,
      /Nothing gets through since .*: 535 authentication failed/,
    ],
    [`off_at = now(), off_by = 'Anna'`, /Switched off by Anna .* Nothing is sent through it/],
    [`problem = 'no bot is configured. Set token'`, 'Cannot be used: no bot is configured. Set token'],
    [`enabled = false`, 'Waits for the alert daemon'],
    [`accepted_at = null`, 'Nothing was sent through it yet.'],
  ])('that has %s says so', async (how, words) => {
    await query(`update channels set ${how} where name = 'Home mail'`);
    expect(await page()).toMatch(words);
  });

  it('a test is queued and its answer is shown where the button is', async () => {
    const { id } = (await channel('Home mail'))!;
    const told = await follow(await here().post(`/channels/${id}/test`, { back: '/channels' }));
    expect(told).toMatch(/Test of \d\d:\d\d:\d\d : on its way/);
    await query(
      `update deliveries set state = 'delivered', receipt = '250 2.0.0 Ok: queued as TEST', finished_at = now()
       where alert_id = (select max(id) from alerts where kind = 'test')`,
    );
    expect(await page()).toMatch(/Test of [\d:]+ : accepted 250 2\.0\.0 Ok: queued as TEST/);
    await query(
      `update deliveries set state = 'failed', receipt = null, reason = '550 no such mailbox'
       where alert_id = (select max(id) from alerts where kind = 'test')`,
    );
    expect(await page()).toMatch(/Test of [\d:]+ : not sent 550 no such mailbox/);
  });

  it('is switched off and on', async () => {
    const { id } = (await channel('Home mail'))!;
    const off = await follow(await here().post(`/channels/${id}/switch`, { on: 'no', back: '/channels' }));
    expect(off).toContain('Home mail is switched off: nothing is sent through it.');
    expect((await channel('Home mail'))!.off_by).toBe('Ada');
    await here().post(`/channels/${id}/switch`, { on: 'yes', back: '/channels' });
    expect((await channel('Home mail'))!.off_by).toBeNull();
  });

  it.each([
    ['email', 'anna@example.org, ben@example.org', { to: ['anna@example.org', 'ben@example.org'] }],
    ['telegram', '-1001234', { chatId: '-1001234' }],
    ['ntfy', 'my-topic', { topic: 'my-topic' }],
    ['matrix', '#alerts:example.org', { room: '#alerts:example.org' }],
    ['webhook', 'https://example.org/hook', { url: 'https://example.org/hook' }],
  ])('%s to %s is added, and removed again', async (kind, to, settings) => {
    expect(await follow(await here().post('/channels', { kind, to, name: 'anna' }))).toContain('anna added.');
    const made = await channel('anna');
    expect(made).toMatchObject({ kind, settings });
    const removed = await follow(await here().post(`/channels/${made!.id}/remove`, { back: '/channels' }));
    expect(removed).toContain('The channel is removed.');
    expect(await channel('anna')).toBeUndefined();
  });

  it.each([
    [{ kind: 'email', to: 'anna', name: 'anna' }, 'to'],
    [{ kind: 'email', to: 'a@example.org\r\nBcc: b@example.org', name: 'anna' }, 'to'],
    [{ kind: 'webhook', to: 'http://user:pw@example.org/', name: 'anna' }, 'to'],
    [{ kind: 'webhook', to: 'javascript:alert(1)', name: 'anna' }, 'to'],
    [{ kind: 'telegram', to: '', name: 'anna' }, 'to'],
    [{ kind: 'pigeon', to: 'x', name: 'anna' }, 'kind'],
    [{ kind: 'ntfy', to: 'topic', name: '<b>Anna</b>' }, 'name'],
    [{ kind: 'ntfy', to: 'topic', name: 'email' }, 'name'],
  ])('%j comes back with the reason and what was typed', async (fields, field) => {
    const response = await here().post('/channels', fields);
    expect(response.status).toBe(422);
    const html = await response.text();
    expect(html).toContain(`id="${field}-error"`);
    expect(html).toMatch(new RegExp(`id="${field}"[^>]*aria-invalid="true"`));
    if (field !== 'name') expect(html).toContain('value="anna"');
    expect(await channel('anna')).toBeUndefined();
  });

  it('one of the configuration cannot be removed, and one that there is not is not found', async () => {
    const { id } = (await channel('Home mail'))!;
    const refused = await here().post(`/channels/${id}/remove`, {});
    expect(refused.status).toBe(400);
    expect(await channel('Home mail')).toBeDefined();
    for (const path of ['/channels/999/test', '/channels/999/switch', '/channels/x/remove'])
      expect((await here().post(path, { on: 'yes' })).status).toBe(404);
  });
});
