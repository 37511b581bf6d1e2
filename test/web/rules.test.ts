import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openSession } from '../../src/store/session.ts';
import { seedHome } from '../support/seed.ts';
import { plain } from './plain.ts';
import { testSite, type TestSite } from './support.ts';

let site: TestSite | undefined;
const here = () => site!;
const query = <Row>(sql: string, values: unknown[] = []) => here().database.pool.query<Row>(sql, values);
const names = async () =>
  (await query<{ name: string }>('select name from rules order by position, id')).map(({ name }) => name);
const idOf = async (name: string) =>
  (await query<{ id: number }>('select id from rules where name = $1', [name]))[0]?.id ?? 0;
const follow = async (response: Response) => {
  expect(response.status).toBe(303);
  return (await here().get(response.headers.get('location') ?? '')).text();
};
const triedIn = (html: string) => /name="tried" value="(\w+)"/.exec(html)?.[1] ?? '';
const RULE = { name: 'Printers', minSeverity: 'medium', action: 'send', enabled: 'yes' };
const attempt = (fields: Record<string, string>, path = '/rules') =>
  here().post(path, { ...RULE, step: 'try', ...fields });
/** Tries it, then presses Save on the page that comes back. */
const save = async (fields: Record<string, string>, path = '/rules') =>
  attempt({ ...fields, step: 'save', tried: triedIn(await (await attempt(fields, path)).text()) }, path);

beforeEach(async () => {
  await site?.close();
  site = await testSite();
  await seedHome(site.database.pool, new Date());
});
afterAll(() => site?.close());

describe('the list', () => {
  it('says each rule in a sentence, from the top', async () => {
    const words = plain(await (await here().get('/rules')).text());
    const at = (await names()).map(name => words.indexOf(name));
    expect(at.every(place => place > 0)).toBe(true);
    expect(at).toEqual(at.toSorted((a, b) => a - b));
    expect(words).toContain('“Watched device is gone” and “watched device is back”: to every channel');
  });

  it('is put in another order, and each end says so', async () => {
    const before = await names();
    const html = await (await here().get('/rules')).text();
    expect(html.match(/ disabled=""/g)).toHaveLength(2);
    await here().post(`/rules/${await idOf(before[1] ?? '')}/move`, { direction: 'up', back: '/rules' });
    expect(await names()).toEqual([before[1], before[0], ...before.slice(2)]);
    expect(
      (await here().post(`/rules/${await idOf(before[1] ?? '')}/move`, { direction: 'away' })).status,
    ).toBe(422);
  });

  it('switches, lets rest, removes and brings back', async () => {
    const id = await idOf('Everything else');
    const off = plain(await follow(await here().post(`/rules/${id}/switch`, { on: 'no', back: '/rules' })));
    expect(off).toContain('Everything else is switched off.');
    await here().post(`/rules/${id}/switch`, { on: 'yes', back: '/rules' });
    const rests = plain(
      await follow(await here().post(`/rules/${id}/snooze`, { for: 'hour', back: '/rules' })),
    );
    expect(rests).toMatch(/Everything else snoozed until/);
    expect(rests).toContain('Work again');
    await here().post(`/rules/${id}/snooze`, { for: 'end', back: '/rules' });
    expect(plain(await (await here().get('/rules')).text())).not.toContain('snoozed until');
    const before = await names();
    const removed = await follow(await here().post(`/rules/${id}/remove`, { back: '/rules' }));
    expect(plain(removed)).toContain('The rule is removed. Undo');
    expect(await names()).not.toContain('Everything else');
    const undo = /action="(\/rules\/\d+\/restore)"/.exec(removed)?.[1] ?? '';
    expect(plain(await follow(await here().post(undo, { back: '/rules' })))).toContain(
      'Everything else is back where it was.',
    );
    expect(await names()).toEqual(before);
  });

  it.each([
    ['/rules/999999/switch', { on: 'yes' }, 404],
    ['/rules/999999/remove', {}, 404],
    ['/rules/abc/move', { direction: 'up' }, 404],
    ['/rules/1/snooze', { for: 'ever' }, 422],
    ['/rules/999999', RULE, 404],
  ])('%s with %j is refused', async (path, fields, status) => {
    expect((await here().post(path, fields as Record<string, string>)).status).toBe(status);
  });
});

describe('a new rule', () => {
  it('is tried before it is saved, and changes nothing by that', async () => {
    const before = await names();
    const tried = await attempt({ group: '10m' });
    expect(tried.status).toBe(200);
    const html = await tried.text();
    const words = plain(html);
    expect(words).toMatch(/This would have sent \d+ messages?, (?:none|\d+) at night\./);
    expect(words).toMatch(/With today’s rules: \d+, \d+ at night\./);
    expect(words).toContain(
      'Every alert if medium or worse: to every channel, together with what else comes within 10 min.',
    );
    expect(html).toMatch(
      /<svg viewBox="0 0 \d+ 56"[^>]* role="img" aria-label="Messages per day: on \d+ of 30 days/,
    );
    expect(html).toContain('value="Printers"');
    expect(await names()).toEqual(before);
  });

  it('is saved as it was tried, on top', async () => {
    const page = await follow(await save({ group: '10m', quiet: '22:00-07:00', timeZone: 'Europe/Berlin' }));
    expect(plain(page)).toContain('Printers saved.');
    expect((await names())[0]).toBe('Printers');
    const [row] = await query<Record<string, unknown>>(
      `select made_by, group_for::text, quiet_from::text, time_zone, min_severity from rules where name = 'Printers'`,
    );
    expect(row).toEqual({
      made_by: 'Ada',
      group_for: '00:10:00',
      quiet_from: '22:00:00',
      time_zone: 'Europe/Berlin',
      min_severity: 'medium',
    });
  });

  it('that was changed since it was tried is tried again instead', async () => {
    const tried = triedIn(await (await attempt({})).text());
    const response = await attempt({ minSeverity: 'info', step: 'save', tried });
    expect(response.status).toBe(200);
    expect(plain(await response.text())).toContain('Not saved yet: this is what it would have sent.');
    expect(await names()).not.toContain('Printers');
  });

  it('says what is wrong with each field, and keeps what was typed', async () => {
    const response = await attempt({
      name: '',
      quiet: 'late',
      cooldown: 'often',
      escalateAfter: '15m',
      timeZone: 'Mars/Olympus',
      owners: 'Anna, "Ben"',
    });
    expect(response.status).toBe(422);
    const html = await response.text();
    for (const field of ['name', 'quiet', 'cooldown', 'escalateTo', 'timeZone']) {
      expect(html).toContain(`id="${field}-error"`);
      expect(html).toMatch(
        new RegExp(`id="${field}"[^>]*aria-invalid="true" aria-describedby="${field}-error"`),
      );
      expect(html).toContain(`href="#${field}"`);
    }
    expect(html).toContain('value="late"');
    expect(html).toContain('value="Anna, &quot;Ben&quot;"');
    // What is wrong is not folded away.
    expect(html).toMatch(/<details class="fold" open=""><summary>More: network/);
    expect(await names()).not.toContain('');
  });

  it('for one device, by its name; who is not found or may be two is asked back', async () => {
    const unknown = await attempt({ addDevice: 'Toaster' });
    expect(unknown.status).toBe(422);
    expect(plain(await unknown.text())).toContain('No device has this name, address or MAC.');
    const vague = await attempt({ addDevice: 'speaker' });
    expect(plain(await vague.text())).toContain('Did you mean Speaker');
    const found = await (await attempt({ addDevice: 'nas' })).text();
    expect(found).toMatch(/name="devices" value="\d+" checked=""\/?> <bdi>NAS<\/bdi>/);
    expect(plain(found)).toContain('Every alert if medium or worse, of NAS: ');
  });

  it('that hides others is warned of, and saved nevertheless', async () => {
    const html = await (await attempt({ minSeverity: 'info', action: 'silence' })).text();
    expect(plain(html)).toContain('Nothing is sent any more while this rule is on.');
    expect(html).toContain('Save it nevertheless');
    const slip = await (await attempt({ owners: 'Kdis' })).text();
    expect(plain(slip)).toMatch(/No device belongs to “Kdis”; (?:owners are|there are no owners yet)/);
    expect(slip).toMatch(/list="vendors-known".*<datalist id="vendors-known"><option value="[^",]+"/s);
    expect(plain(html)).toMatch(/It would have kept \d+ alerts? back\.|It would have kept nothing back/);
    await save({ minSeverity: 'info', action: 'silence' });
    expect((await names())[0]).toBe('Printers');
  });

  it('that takes too long to try loses nothing, and can be saved untried', async () => {
    const slow = await testSite({ rehearsalTimeoutMs: 300 });
    const holder = await openSession(slow.database.url, { application: 'test holder' });
    try {
      // A rehearsal goes through the alerts, and nothing else on this page does.
      await holder.query('begin');
      await holder.query('lock table alerts in access exclusive mode');
      const fields = { ...RULE, name: 'Patience', vendors: 'Espressif, AVM', cooldown: '1h 30m' };
      const response = await slow.post('/rules', { ...fields, step: 'try' });
      expect(response.status).toBe(200);
      const html = await response.text();
      expect(plain(html)).toContain('Trying it took too long');
      expect(html).toContain('value="Patience"');
      expect(html).toContain('value="Espressif, AVM"');
      const tried = triedIn(html);
      expect(tried).not.toBe('');
      const changed = await slow.post('/rules', { ...fields, cooldown: '2h', step: 'save', tried });
      expect(plain(await changed.text())).toContain('Not saved yet. Save it once more');
      const saved = await slow.post('/rules', { ...fields, step: 'save', tried });
      expect(saved.status).toBe(303);
      expect(
        await slow.database.pool.query(`select cooldown::text from rules where name = 'Patience'`),
      ).toEqual([{ cooldown: '01:30:00' }]);
      expect(
        await slow.database.pool.query(
          `select from pg_stat_activity where query like '%rehearse_rules%' and state = 'active' and pid <> pg_backend_pid()
             and datname = current_database()`,
        ),
      ).toEqual([]);
    } finally {
      await holder.close();
      await slow.close();
    }
  });

  it('of a name that there is already is refused', async () => {
    const response = await attempt({ name: 'Everything else' });
    expect(response.status).toBe(422);
    expect(plain(await response.text())).toContain('There is a rule called "Everything else" already.');
  });

  it('begins with what a link says', async () => {
    const html = await (await here().get('/rules/new?devices=3&kinds=device_down&minSeverity=high')).text();
    expect(html).toMatch(/name="devices" value="3" checked=""\/?> <bdi>NAS/);
    expect(html).toMatch(/name="kinds" value="device_down" checked=""/);
    expect(html).toContain('<option value="high" selected="">');
  });
});

describe('changing a rule', () => {
  it('shows every field as it is kept, and saves them again unchanged', async () => {
    await save({
      kinds: 'device_down',
      days: '1',
      hours: '08:00-18:00',
      states: 'new',
      vendors: 'Espressif, AVM',
      randomMac: 'no',
      watched: 'yes',
      cooldown: '1h 30m',
      setSeverity: 'high',
      expires: '2099-12-24 18:00',
      deviceKinds: 'printer',
      channels: String((await query<{ id: number }>('select id from channels'))[0]!.id),
    });
    const id = await idOf('Printers');
    const kept = () =>
      query(
        `select to_jsonb(r) - array['revision', 'made_at', 'origin', 'made_by'] as rule from rules as r where id = $1`,
        [id],
      );
    const before = await kept();
    const html = await (await here().get(`/rules/${id}`)).text();
    const fields: Record<string, string> = {};
    for (const [, name, value] of html.matchAll(/<input (?:id="\w+" )?name="(\w+)" value="([^"]*)"/g))
      fields[name ?? ''] = value ?? '';
    for (const [, name, value] of html.matchAll(
      /<input type="(?:checkbox|radio)" name="(\w+)" value="([^"]*)" checked=""/g,
    ))
      fields[name ?? ''] = value ?? '';
    for (const [, name, value] of html.matchAll(
      /<select id="\w+" name="(\w+)">(?:(?!<\/select>).)*<option value="([^"]*)" selected="">/g,
    ))
      fields[name ?? ''] = value ?? '';
    fields['revision'] = /name="revision" value="(\d+)"/.exec(html)?.[1] ?? '';
    delete fields['q'];
    expect(fields).toMatchObject({ hours: '08:00-18:00', vendors: 'Espressif, AVM', cooldown: '1 h 30 min' });
    await follow(await save(fields, `/rules/${id}`));
    expect(await kept()).toEqual(before);
  });

  it('of two people, the second is told and loses nothing of what was typed', async () => {
    const id = await idOf('Everything else');
    const revision =
      /name="revision" value="(\d+)"/.exec(await (await here().get(`/rules/${id}`)).text())?.[1] ?? '';
    await follow(await save({ name: 'All the rest', revision }, `/rules/${id}`));
    const late = await save({ name: 'Whatever', revision }, `/rules/${id}`);
    expect(late.status).toBe(409);
    const html = await late.text();
    expect(plain(html)).toContain('Somebody else changed this rule meanwhile.');
    expect(html).toContain('value="Whatever"');
    expect(await names()).toContain('All the rest');
    const now = /name="revision" value="(\d+)"/.exec(html)?.[1] ?? '';
    await follow(await save({ name: 'Whatever', revision: now }, `/rules/${id}`));
    expect(await names()).toContain('Whatever');
  });
});
