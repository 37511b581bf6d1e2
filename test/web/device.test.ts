// One device's page: what is typed there and how it comes back, its lists by key, waking and muting it.
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Waker } from '../../src/web/options.ts';
import { seedHome, type SeededSite } from '../support/seed.ts';
import { seedHeavy } from '../support/seed-heavy.ts';
import { plain } from './plain.ts';
import { testSite, type TestBrowser, type TestSite } from './support.ts';

let site: TestSite | undefined;
let seeded: SeededSite;
let nas = 0;
const sent: string[] = [];
let isOn = true;
let failure: Error | undefined;
const waker: Waker = {
  isOn: cidr => isOn && cidr === '192.168.1.0/24',
  send: async (mac, broadcast) => {
    if (failure !== undefined) throw failure;
    sent.push(`${mac} ${broadcast}`);
  },
};
const here = () => {
  if (site === undefined) throw new Error('no site yet');
  return site;
};
const query = <Row>(sql: string, values: unknown[] = []) => here().database.pool.query<Row>(sql, values);
const html = async (path: string, browser: TestBrowser = here()) => (await browser.get(path)).text();
const device = async (id = nas) =>
  (
    await query<{ name: string | null; owner: string | null; notes: string; revision: number }>(
      'select name, owner, notes, revision from devices where id = $1',
      [id],
    )
  )[0];
const rename = async (fields: Record<string, string>, browser: TestBrowser = here()) =>
  browser.post(`/devices/${nas}/rename`, {
    back: `/devices/${nas}`,
    revision: String((await device())?.revision),
    ...fields,
  });

beforeEach(async () => {
  await site?.close();
  site = await testSite({ wake: waker });
  seeded = await seedHome(site.database.pool, new Date());
  nas = (await query<{ id: number }>(`select id from devices where name = 'NAS'`))[0]?.id ?? 0;
  sent.length = 0;
  isOn = true;
  failure = undefined;
});
afterAll(() => site?.close());

describe('what it is called', () => {
  it.each([
    ['name', 'x'.repeat(201), 'At most 200 characters.'],
    ['owner', 'tab\there', 'This contains invisible control characters.'],
    ['notes', 'x'.repeat(20_001), 'At most 20,000 characters.'],
    ['name', 'turned \u202e round', 'This contains invisible control characters.'],
  ])('%s %# comes back with the reason and all that was typed', async (field, value, reason) => {
    const before = await device();
    const response = await rename({ name: 'Mine', owner: 'Me', notes: 'Kept?', [field]: value });
    expect(response.status).toBe(422);
    const page = await response.text();
    expect(page).toContain(`aria-describedby="${field}-error"`);
    expect(plain(page)).toContain(reason);
    expect(page).toContain(field === 'notes' ? 'value="Mine"' : 'Kept?');
    expect(await device()).toEqual(before);
  });

  it('counts an emoji as one character, and takes 20,000 of notes', async () => {
    const response = await rename({ name: '👩'.repeat(200), owner: '', notes: 'ä\n'.repeat(9_999) });
    expect(response.status).toBe(303);
    expect((await device())?.name).toBe('👩'.repeat(200));
  });

  it('says which field differs when somebody else was faster, and loses nothing', async () => {
    const revision = String((await device())?.revision);
    await query(`select rename_device('default', $1, 'Theirs', 'Ben', E'one\nthree', null, 'Ben')`, [nas]);
    const response = await rename({ name: 'Mine', owner: 'Ben', notes: 'one\r\ntwo\r\nthree', revision });
    expect(response.status).toBe(409);
    const page = await response.text();
    const stale = plain(/<div class="stale-edit"[\s\S]*?<\/div>\s*<form/.exec(page)?.[0] ?? '');
    expect(stale).toContain('The latest change was made by Ben.');
    expect(stale).toMatch(/Name Theirs Mine/);
    expect(stale).not.toContain('Owner');
    expect(page).toMatch(/<ins><bdi>two<\/bdi><\/ins>/);
    expect(page).toContain('value="Mine"');
    expect(await device()).toMatchObject({ name: 'Theirs', notes: 'one\nthree' });
    // What comes back is saved by pressing once more.
    const again = /name="revision" value="(\d+)"/.exec(page)?.[1] ?? '';
    expect(
      (await rename({ name: 'Mine', owner: 'Ben', notes: 'one\ntwo\nthree', revision: again })).status,
    ).toBe(303);
    expect(await device()).toMatchObject({ name: 'Mine', notes: 'one\ntwo\nthree' });
  });

  it.each(['', 'x', '-1', '1.5', '99999999999'])(
    'without a revision (%j) nothing is overwritten',
    async revision => {
      expect((await rename({ name: 'Mine', owner: '', notes: '', revision })).status).toBe(422);
      expect((await device())?.name).toBe('NAS');
    },
  );
});

describe('notes', () => {
  const versions = async () => plain(await html(`/devices/${nas}/notes`));

  it('keep every version with who wrote it, and any of them can come back', async () => {
    await query(`select rename_device('default', $1, 'NAS', '', E'a\nb', null, 'Anna')`, [nas]);
    await query(`select rename_device('default', $1, 'NAS', '', '', null, 'Ben')`, [nas]);
    const page = await html(`/devices/${nas}/notes`);
    expect(plain(page)).toMatch(/by Ben as they are now The notes were emptied\..*by Anna/);
    const [, version = ''] = /name="version" value="(\d+)"/.exec(page) ?? [];
    const revision = String((await device())?.revision);
    const restore = (fields: Record<string, string>) =>
      here().post(`/devices/${nas}/notes/restore`, { back: `/devices/${nas}`, ...fields });
    const response = await restore({ version, revision });
    expect(response.status).toBe(303);
    expect(await device()).toMatchObject({ name: 'NAS', notes: 'a\nb' });
    // Undone, the emptiness is a version again.
    const undo = /action="(\/changes\/\d+\/undo)"/.exec(await html(`/devices/${nas}/changes`))?.[1] ?? '';
    await here().post(undo, { back: '/' });
    expect(await versions()).toContain('came back by an undo');
    expect((await device())?.notes).toBe('');
    expect((await restore({ version, revision })).status).toBe(409);
    expect((await restore({ version: '999999', revision })).status).toBe(404);
    expect((await restore({ version: 'u', revision })).status).toBe(404);
  });
});

describe('waking', () => {
  const wake = (browser: TestBrowser = here()) =>
    browser.post(`/devices/${nas}/wake`, { back: `/devices/${nas}` });

  it('sends one packet to the network it is on, keeps who did it, and not too often', async () => {
    expect((await wake()).status).toBe(303);
    expect(sent).toEqual(['00:11:32:9d:4e:11 192.168.1.255']);
    expect(plain(await html(`/devices/${nas}`))).toMatch(/Woken \d\d:\d\d , by /);
    expect((await wake()).status).toBe(429);
    expect(sent).toHaveLength(1);
    const [kept] = await query(`select what, table_name from audit_log where table_name = 'wakes'`);
    expect(kept).toEqual({ what: 'added', table_name: 'wakes' });
  });

  it('says why not where this machine is not on its network', async () => {
    isOn = false;
    expect(plain(await html(`/devices/${nas}`))).toContain('This machine is not on 192.168.1.0/24');
    expect((await wake()).status).toBe(409);
    isOn = true;
    await query(`update networks set link = 'lan0.20'`);
    expect((await wake()).status).toBe(409);
    expect([sent, await query('select 1 from wakes')]).toEqual([[], []]);
  });

  it('keeps that a packet could not be sent', async () => {
    failure = new Error('the interface is down');
    expect((await wake()).status).toBe(503);
    expect(await query('select problem from wakes')).toEqual([{ problem: 'the interface is down' }]);
    expect(plain(await html(`/devices/${nas}`))).toContain('Not woken');
  });

  it('is no way to flood a network, whichever devices are woken', async () => {
    await query(
      `insert into wakes (site_id, device_id, network_id, mac, actor)
       select 1, d.id, $1, '02:00:00:00:00:01', 'Ben' from devices as d where d.id <> $2 limit 20`,
      [seeded.networkId, nas],
    );
    expect((await wake()).status).toBe(429);
    expect((await here().post('/devices/999999/wake', {})).status).toBe(404);
  });
});

describe('who may only look', () => {
  it('sees no button, and is refused', async () => {
    const viewer = here().as('viewer');
    const page = await html(`/devices/${nas}`, viewer);
    for (const word of ['Wake it', 'Block', 'Put away', 'Save', 'Mute', 'Ask again'])
      expect(page, word).not.toMatch(new RegExp(`<(?:button|summary)[^>]*>${word}<`));
    for (const what of ['wake', 'mute', 'rename', 'notes/restore', 'watch', 'put-away', 'merge'])
      expect((await viewer.post(`/devices/${nas}/${what}`, { for: 'hour' })).status, what).toBe(403);
    expect(sent).toEqual([]);
  });
});

describe('muting', () => {
  it('lasts as long as was chosen, says so, and can be ended', async () => {
    const mute = (choice: string) =>
      here().post(`/devices/${nas}/mute`, { for: choice, back: `/devices/${nas}` });
    expect((await mute('ever')).status).toBe(400);
    expect((await mute('hour')).status).toBe(303);
    const page = await html(`/devices/${nas}`);
    expect(plain(page)).toMatch(/Muted until/);
    const end = /action="(\/mutes\/\d+\/end)"/.exec(page)?.[1] ?? '';
    await here().post(end, { back: '/' });
    expect(plain(await html(`/devices/${nas}`))).not.toMatch(/Muted until/);
  });
});

describe('presence', () => {
  it('is drawn for any time, with what nobody looked at as such, and as a table', async () => {
    const day = await html(`/devices/${nas}`);
    expect(day).toMatch(/<rect class="unseen"/);
    expect(day).toMatch(/aria-label="here 100 % of the time that somebody looked, in all/);
    expect(plain(await html(`/devices/${nas}?range=year`))).toContain('12 months');
    const asked = await here().get(`/devices/${nas}?from=2026-01-01T00:00&to=2026-01-02T00:00`);
    expect([asked.status, plain(await asked.text())]).toEqual([
      200,
      expect.stringContaining('It was not here in this time.'),
    ]);
  });

  it.each(['range=century', 'from=x', 'from=2026-01-02&to=2026-01-01'])('%s is explained', async bad => {
    const response = await here().get(`/devices/${nas}?${bad}`);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('id="range-error"');
  });

  it('comes alone for the page that asks for it', async () => {
    const headers = { 'hx-request': 'true', 'hx-target': 'section#device-presence' };
    const part = await (await here().get(`/devices/${nas}?range=week`, headers)).text();
    expect(part).toMatch(/^<section[^>]*id="device-presence"/);
  });
});

describe('a device that has done a year of everything', () => {
  const size = { intervals: 2_000, addresses: 240, alerts: 60, names: 230, ports: 210, notes: 12 };
  /** Every row of a list, page by page. */
  const walk = async (path: string, row: RegExp): Promise<string[]> => {
    const found: string[] = [];
    let next: string | undefined = path;
    for (let pages = 0; next !== undefined && pages < 50; pages++) {
      const page: string = await html(next);
      found.push(...[...page.matchAll(row)].map(([, value]) => value ?? ''));
      next = /<a class="button small" href="([^"]*\?after=[^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&');
    }
    return found;
  };

  it('has every row of each list on exactly one page', async () => {
    const id = await seedHeavy(here().database.pool, seeded, new Date(), size);
    for (const [part, row, count] of [
      ['addresses', /<tr><td class="mono">([^<]+)<\/td>/g, 2 * (size.addresses / 2)],
      ['names', /<td class="told"><bdi>([^<]+)</g, size.names],
      ['ports', /<td class="mono">(\d+)<\/td>/g, size.ports],
      ['intervals', /<tr><td><time datetime="([^"]+)"/g, size.intervals],
      ['alerts', /<li id="alert-(\d+)"/g, size.alerts],
      // The latest is what they are now, and needs no way back.
      ['notes', /name="version" value="(\d+)"/g, size.notes - 1],
    ] as const) {
      const found = await walk(`/devices/${id}/${part}`, row);
      expect([part, found.length, new Set(found).size]).toEqual([part, count, count]);
    }
    const page = await html(`/devices/${id}`);
    expect(page).toContain(`href="/devices/${id}/addresses"`);
    expect(page.length).toBeLessThan(120_000);
    expect((await html(`/devices/${id}?range=year`)).length).toBeLessThan(250_000);
  });

  it.each(['x', '%00', '999999999999', 'a'.repeat(500), "1'--"])(
    'a key that is none of ours (%s) harms nothing',
    async after => {
      for (const part of [
        'addresses',
        'names',
        'ports',
        'intervals',
        'alerts',
        'changes',
        'notes',
        'first-hour',
      ])
        expect(
          (await here().get(`/devices/${nas}/${part}?after=${encodeURIComponent(after)}`)).status,
          part,
        ).toBe(200);
    },
  );

  it('that does not exist has no lists', async () => {
    for (const id of ['999999', '0', 'x'])
      expect((await here().get(`/devices/${id}/addresses`)).status, id).toBe(404);
  });
});

describe('the first hour', () => {
  it('tells what happened, and who else was there', async () => {
    const [fresh] = await query<{ id: number }>(
      `select id from devices where state = 'new' order by id limit 1`,
    );
    const id = fresh?.id ?? 0;
    await query(
      `insert into device_names (site_id, device_id, source, name, first_seen_at, last_seen_at)
       select 1, id, 'mdns', '<b>lamp</b>', first_seen_at + interval '1 minute', now() from devices where id = $1`,
      [id],
    );
    const page = await html(`/devices/${id}/first-hour`);
    expect(plain(page)).toMatch(/is at 192\.168\.1\.77 in 192\.168\.1\.0\/24/);
    expect(plain(page)).toContain('says it is “<b>lamp</b>” (mDNS, by itself)');
    expect(page).not.toContain('<b>lamp');
    expect(plain(page)).toMatch(/alert: New device/);
    expect(plain(page)).toMatch(/\d+ other devices.*NAS/);
  });
});
