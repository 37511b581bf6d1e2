import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { seedHome } from '../support/seed.ts';
import { plain } from './plain.ts';
import { testSite, type TestSite } from './support.ts';

let site: TestSite | undefined;
const here = () => site!;
const query = <Row>(sql: string, values: unknown[] = []) => here().database.pool.query<Row>(sql, values);
const saved = () =>
  query<{ kind: string | null; body: string; subject: string; revision: number }>(
    'select kind, subject, body, revision from templates order by id',
  );
const GOOD = { subject: 'Look: {{ alert.title }}', body: 'Hello,\n{{ device.mac }} is there.' };
const post = (fields: Record<string, string>) =>
  here().post('/templates', { step: 'save', ...GOOD, ...fields });
const frameIn = (html: string) => /<iframe src="(\/templates\/mail\/\w+)"/.exec(html)?.[1] ?? '';

beforeEach(async () => {
  await site?.close();
  site = await testSite();
  await seedHome(site.database.pool, new Date());
});
afterAll(() => site?.close());

describe('a text', () => {
  it('begins as the default one, beside what would be sent', async () => {
    const html = await (await here().get('/templates/edit?kind=new_device')).text();
    expect(html).toContain('{{ default_text }}');
    expect(plain(html)).toContain('New device Espressif Inc. at 192.168.1.77');
    expect(plain(html)).toContain('device.name');
    const mail = await here().get(frameIn(html));
    expect(mail.status).toBe(200);
    expect(await mail.text()).toMatch(/^<!doctype html>/i);
  });

  it('is saved, listed, changed and removed', async () => {
    const first = await post({ kind: 'new_device' });
    expect(first.status).toBe(303);
    expect(first.headers.get('location')).toMatch(
      /^\/templates\/edit\?kind=new_device&toast=template-saved\.\d+$/,
    );
    const list = await (await here().get('/templates')).text();
    expect(plain(list)).toContain('Every channel, “new device”');
    const edit = await (await here().get('/templates/edit?kind=new_device')).text();
    expect(edit).toContain('{{ device.mac }} is there.');
    const revision = /name="revision" value="(\d+)"/.exec(edit)?.[1] ?? '';
    await post({ kind: 'new_device', body: 'Other: {{ alert.title }}', revision });
    expect(await saved()).toMatchObject([{ kind: 'new_device', body: 'Other: {{ alert.title }}' }]);
    const remove = /action="(\/templates\/\d+\/remove)"/.exec(edit)?.[1] ?? '';
    expect((await here().post(remove, { back: '/templates' })).status).toBe(303);
    expect(await saved()).toEqual([]);
    expect((await here().post(remove, { back: '/templates' })).status).toBe(404);
  });

  it.each([
    [{ body: 'a\n{% if %}' }, 'body', /line 2, column/],
    [{ body: '{{ alert.nmae }}' }, 'body', /there is no alert\.nmae/],
    [{ subject: '{{ alert.title' }, 'subject', /line 1, column 1/],
    [{ body: ' \n ' }, 'body', /says nothing/],
    [{ body: '{% include "/etc/passwd" %}' }, 'body', /there is no tag include/],
    [{ body: 'x'.repeat(20_500) }, 'body', /longer than 20,000/],
  ])('%j cannot be saved, and says where it is wrong', async (fields, part, words) => {
    const response = await post(fields);
    expect(response.status).toBe(422);
    const html = await response.text();
    expect(html).toMatch(new RegExp(`id="${part}"[^>]*aria-invalid="true" aria-describedby="${part}-error"`));
    expect(plain(html)).toMatch(words);
    expect(await saved()).toEqual([]);
  });

  it('of two people, the second is told and loses nothing of what was typed', async () => {
    await post({});
    const late = await post({ body: 'mine: {{ count }}' });
    expect(late.status).toBe(409);
    const html = await late.text();
    expect(plain(html)).toContain('Somebody else changed this text meanwhile.');
    expect(html).toContain('mine: {{ count }}');
    const revision = /name="revision" value="(\d+)"/.exec(html)?.[1] ?? '';
    expect((await post({ body: 'mine: {{ count }}', revision })).status).toBe(303);
    expect((await saved())[0]?.body).toBe('mine: {{ count }}');
  });

  it('for a channel that there is not is not found', async () => {
    expect((await here().get('/templates/edit?channel=99')).status).toBe(404);
    expect((await post({ channel: '99' })).status).toBe(404);
  });
});

describe('the preview', () => {
  const preview = async (fields: Record<string, string>) =>
    (await here().post('/templates/preview', { ...GOOD, ...fields })).text();

  it('follows what is typed, as each kind of channel shows it, and saves nothing', async () => {
    const html = await preview({ kind: 'new_device' });
    expect(html).toMatch(/^<section class="panel preview" id="preview"/);
    expect(plain(html)).toContain('Subject Look: New device Espressif Inc. at 192.168.1.77');
    expect(await (await here().get(frameIn(html))).text()).toContain('3c:71:bf:00:00:4d is there.');
    expect(await preview({ as: 'ntfy', example: 'device_down' })).not.toContain('<iframe');
    expect(await saved()).toEqual([]);
  });

  it('says what is wrong and shows the default text', async () => {
    const words = plain(await preview({ body: '{{ nothing_like_that }}', kind: 'new_device' }));
    expect(words).toContain('there is no nothing_like_that');
    expect(words).toContain('It cannot be saved like this.');
    expect(words).toContain('Vendor: Espressif Inc.');
  });

  it('shows markup that somebody writes as text, in a frame that can do nothing', async () => {
    const html = await preview({
      body: '<script>alert(1)</script><img src=x onerror=alert(1)>{{ device.mac }}',
    });
    expect(html).not.toContain('<script>');
    expect(html).toMatch(/<iframe src="[^"]+" title="[^"]+" sandbox=""/);
    const mail = await here().get(frameIn(html));
    expect(await mail.text()).not.toMatch(/<script>|<img/);
    const policy = mail.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain('sandbox');
    expect(policy).toContain("frame-ancestors 'self'");
    expect(policy).toContain("form-action 'none'");
    expect(policy).not.toMatch(/script-src|img-src|connect-src/);
    expect(mail.headers.get('x-frame-options')).toBe('SAMEORIGIN');
  });

  it('is kept for a while and then forgotten', async () => {
    const first = frameIn(await preview({ body: 'first {{ count }}' }));
    for (let i = 0; i < 45; i += 1) await preview({ body: `${i} {{ count }}` });
    expect((await here().get(first)).status).toBe(404);
  });
});
