import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { suggestMerges } from '../../src/store/suggestions.ts';
import { seedHome } from '../support/seed.ts';
import { testSite, type TestSite } from './support.ts';

let site: TestSite | undefined;
const here = () => site!;
const query = <Row>(sql: string, values: unknown[] = []) => here().database.pool.query<Row>(sql, values);
const plain = (html: string) =>
  html
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"');
const page = async (path: string) => plain(await (await here().get(path)).text());
/** Follows the redirect as a browser does. */
const follow = async (response: Response) => {
  expect(response.status).toBe(303);
  return (await here().get(response.headers.get('location') ?? '')).text();
};
const undo = async (html: string, back: string) => {
  const action = /action="(\/changes\/\d+\/undo)"/.exec(html)?.[1] ?? '';
  return plain(await follow(await here().post(action, { back })));
};
const idOf = async (name: string) => {
  const [row] = await query<{ id: number }>('select id from devices where name = $1', [name]);
  if (row === undefined) throw new Error(`no device is called ${name}`);
  return row.id;
};
const deviceOf = async (mac: string) =>
  (await query<{ id: number }>('select device_id as id from device_macs where mac = $1', [mac]))[0]?.id;
const STRANGER = 29;

beforeEach(async () => {
  await site?.close();
  site = await testSite();
  await seedHome(site.database.pool, new Date());
});
afterAll(() => site?.close());

describe('watching', () => {
  const watch = (fields: Record<string, string>) =>
    here().post('/devices/3/watch', { back: '/devices/3', ...fields });
  const kept = async () =>
    (
      await query('select importance, extract(epoch from down_after)::integer as s from devices where id = 3')
    )[0];

  it('with a limit in minutes, or as learned; the page shows it and offers the way back', async () => {
    const html = await follow(await watch({ watched: 'yes', limit: '2,5' }));
    expect(await kept()).toEqual({ importance: 'watched', s: 150 });
    expect(plain(html)).toContain('NAS saved. Undo');
    expect(html).toMatch(/name="watched" value="yes" checked/);
    expect(html).toContain('value="2.5"');
    expect(plain(html)).toMatch(/the limit is learned from its past: \d+ (?:s|min|h|days) at the moment/);
    await undo(html, '/devices/3');
    expect(await kept()).toEqual({ importance: 'normal', s: null });
    await watch({ watched: 'yes', limit: '' });
    expect(await kept()).toEqual({ importance: 'watched', s: null });
    await watch({ limit: '' });
    expect(await kept()).toEqual({ importance: 'normal', s: null });
  });

  it('shows the limit that is learned', async () => {
    expect(await page('/devices/3')).toMatch(
      /the limit is learned from its past: \d+ (?:s|min|h|days) at the moment/,
    );
  });

  it.each(['0.4', '43201', '-1', '1e3', 'soon', '5 minutes'])(
    'a limit of %s comes back with the reason',
    async limit => {
      const response = await watch({ watched: 'yes', limit });
      expect(response.status).toBe(422);
      const html = await response.text();
      expect(html).toContain('aria-describedby="limit-error"');
      expect(html).toContain(`value="${limit}"`);
      expect(await kept()).toEqual({ importance: 'normal', s: null });
    },
  );
});

describe('putting away', () => {
  it.each([
    ['new', 'When it comes back, you are asked about it like about a new device.'],
    ['stay', 'It raises nothing when it comes back.'],
  ])(
    '%s: it leaves the list, its page says what its return means, and undo brings it back',
    async (onReturn, words) => {
      const html = await follow(
        await here().post('/devices/3/put-away', { on_return: onReturn, back: '/devices' }),
      );
      expect(plain(html)).toContain('NAS put away. Undo');
      expect(html).not.toContain('id="device-3"');
      expect(await page('/devices/3')).toContain(words);
      expect(await undo(html, '/devices')).toContain('Undone. NAS is as it was.');
      expect(await (await here().get('/devices')).text()).toContain('id="device-3"');
    },
  );

  it('a blocked device is told to stay blocked', async () => {
    await here().post('/devices/3/decide', { decision: 'block', back: '/' });
    expect(await page('/devices/3')).toContain('It leaves the lists and stays blocked');
    await here().post('/devices/3/put-away', { on_return: 'new', back: '/' });
    expect(await page('/devices/3')).toContain('It is blocked: when it comes back, there is an alert.');
  });

  it('without a choice changes nothing', async () => {
    expect((await here().post('/devices/3/put-away', { back: '/' })).status).toBe(400);
    expect((await here().post('/devices/999999/put-away', { on_return: 'stay' })).status).toBe(404);
  });
});

describe('the same device as', () => {
  const merge = (fields: Record<string, string>, id = STRANGER) =>
    here().post(`/devices/${id}/merge`, { back: `/devices/${id}`, ...fields });

  it.each(['NAS', 'nas', '192.168.1.5', '00:11:32:9d:4e:11', '00-11-32-9D-4E-11'])(
    '%s is the one; the page is its, and undo takes them apart',
    async other => {
      const nas = await idOf('NAS');
      const response = await merge({ other });
      expect(response.headers.get('location')).toMatch(new RegExp(`^/devices/${nas}\\?toast=change\\.\\d+$`));
      const html = await follow(response);
      expect(plain(html)).toContain('NAS and the other are one device now. Undo');
      expect(plain(html)).toMatch(/Merged with another ?: 3c:71:bf/);
      const old = await here().get(`/devices/${STRANGER}`);
      expect([old.status, old.headers.get('location')]).toEqual([302, `/devices/${nas}`]);
      await undo(html, `/devices/${nas}`);
      expect((await here().get(`/devices/${STRANGER}`)).status).toBe(200);
    },
  );

  it('is asked back when the words may mean several, and one of them can be chosen', async () => {
    const response = await merge({ other: 'speaker' });
    expect(response.status).toBe(422);
    const html = await response.text();
    expect(plain(html)).toContain('Which one is it?');
    expect(html).toContain('value="speaker"');
    const kitchen = await idOf('Speaker kitchen');
    expect(html).toMatch(new RegExp(`name="id" value="${kitchen}"`));
    await follow(await merge({ id: String(kitchen) }));
    const [row] = await query('select merged_into from devices where id = $1', [STRANGER]);
    expect(row).toEqual({ merged_into: kitchen });
  });

  it.each([
    ['', 'Type the name, address or MAC of the other device.'],
    ['nobody at all', 'No other device has this name, address or MAC.'],
    ['192.168.1.77', 'No other device has this name, address or MAC.'],
  ])('"%s" comes back with the reason', async (other, reason) => {
    const response = await merge({ other });
    expect(response.status).toBe(422);
    expect(plain(await response.text())).toContain(reason);
  });

  it('itself is refused, and nobody is missing', async () => {
    const response = await merge({ id: String(STRANGER) });
    expect(response.status).toBe(422);
    expect(plain(await response.text())).toContain('A device cannot be merged with itself.');
    expect((await merge({ id: '999999' })).status).toBe(404);
  });
});

describe('a suggestion', () => {
  const AGAIN = '0a:11:22:33:44:55';
  const NAME = 'annas-pixel-phone';
  let phone: number;

  beforeEach(async () => {
    phone = await idOf("Anna's phone");
    await query(
      `update connections set ended_at = now() - interval '10 minutes', misses = 0, last_seen_at = null,
                   missed_from = null, missed_looked_ms = null, gone_looked_ms = null
                 where device_id = $1 and ended_at is null`,
      [phone],
    );
    await query(
      `with d as (insert into devices (site_id, state, first_seen_at) values (1, 'new', now()) returning site_id, id),
            m as (insert into device_macs (site_id, mac, device_id, first_seen_at) select site_id, $1, id, now() from d)
       insert into connections (site_id, device_id, network_id, mac, ip, started_at, opened_as)
       select site_id, id, 1, $1, '192.168.1.140', now() - interval '3 minutes', 'new' from d`,
      [AGAIN],
    );
    for (const id of [phone, await deviceOf(AGAIN)])
      await query(
        `insert into device_names (site_id, device_id, source, name, first_seen_at, last_seen_at)
         values (1, $1, 'mdns', $2, now(), now())`,
        [id, `${NAME}.local`],
      );
    expect(await suggestMerges(here().database.pool, 'default')).toBe(1);
  });
  const suggestion = async () =>
    (await query<{ id: number }>(`select id from merge_suggestions where state = 'open'`))[0]?.id;
  const say = async (answer: string, id?: number) =>
    here().post(`/suggestions/${id ?? (await suggestion())}/answer`, { answer, back: '/' });

  it('is asked on the overview and on both pages, with its reasons in words', async () => {
    for (const path of ['/', `/devices/${phone}`, `/devices/${await deviceOf(AGAIN)}`]) {
      const text = await page(path);
      expect(text).toContain('Is this the same device?');
      expect(text).toContain(`Both say by mDNS that they are “${NAME}”.`);
      expect(text).toMatch(/They were never here at the same time, in \d visits\./);
      expect(text).toMatch(/came [67] min after the other had gone, with a random MAC\./);
    }
  });

  it('Merge: one device; undo asks again', async () => {
    const html = await follow(await say('merge'));
    expect(plain(html)).toContain(`Anna's phone and the other are one device now. Undo`);
    expect(await deviceOf(AGAIN)).toBe(phone);
    expect(plain(html)).not.toContain('Is this the same device?');
    expect(await undo(html, '/')).toContain('Is this the same device?');
  });

  it('Always: the page of the device says by what it is recognised, and the rule can be forgotten', async () => {
    await say('always');
    expect(await page(`/devices/${phone}`)).toMatch(/recognised by “ ?annas-pixel-phone ?” by mDNS/);
    const [rule] = await query<{ id: number }>('select id from identity_rules');
    const html = await follow(
      await here().post(`/identity-rules/${rule!.id}/forget`, { back: `/devices/${phone}` }),
    );
    expect(plain(html)).toContain('is not recognised by that name any more. Undo');
    expect(plain(html)).not.toContain('recognised by “');
    expect(await undo(html, `/devices/${phone}`)).toMatch(/recognised by “/);
    expect((await here().post('/identity-rules/999999/forget', {})).status).toBe(404);
  });

  it('No: not asked again; undo asks again', async () => {
    const html = await follow(await say('no'));
    expect(plain(html)).toContain('stays a device of its own. Undo');
    expect(plain(html)).not.toContain('Is this the same device?');
    expect(await undo(html, '/')).toContain('Is this the same device?');
  });

  it('that is gone, or an answer that is none, changes nothing', async () => {
    expect((await say('merge', 999_999)).status).toBe(404);
    expect((await say('perhaps')).status).toBe(400);
    expect(await suggestion()).toBeDefined();
  });

  it('says a hostile name without harm', async () => {
    await query(`update merge_suggestions set reasons = jsonb_set(reasons, '{0,name}', to_jsonb($1::text))`, [
      '<script>alert(1)</script>\u202ex',
    ]);
    const html = await (await here().get('/')).text();
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).not.toContain('<script>alert');
    expect(html).not.toContain('\u202e');
  });
});

describe('a gateway that is another one', () => {
  const NEW = '02:00:00:00:00:99';
  const OLD = '3c:37:12:00:00:01';
  const gateway = async () =>
    (await query<{ mac: string }>('select gateway_mac::text as mac from networks where id = 1'))[0]?.mac;
  const raise = async () => {
    await query(
      `insert into device_macs (site_id, mac, device_id, first_seen_at) values (1, $1, 29, now()) on conflict do nothing`,
      [OLD],
    );
    await query('update networks set gateway_mac = $1 where id = 1', [OLD]);
    const [row] = await query<{ id: number }>(
      `insert into alerts (site_id, kind, severity, network_id, mac, ip, summary, detail, dedup_key)
       values (1, 'gateway_changed', 'critical', 1, $1::macaddr, '192.168.1.1', 'The gateway is somebody else',
               jsonb_build_object('ip', '192.168.1.1', 'old_mac', $2::text, 'new_macs', jsonb_build_array($1::text)),
               'gateway_changed:1')
       returning id`,
      [NEW, OLD],
    );
    return row!.id;
  };

  it('is accepted by one button, and the alert is over', async () => {
    const id = await raise();
    expect(await (await here().get('/alerts')).text()).toContain(`action="/alerts/${id}/accept-gateway"`);
    const html = await follow(
      await here().post(`/alerts/${id}/accept-gateway`, { mac: NEW, back: '/alerts' }),
    );
    expect(plain(html)).toContain('Noted: this is the gateway from now on. Undo');
    expect(await gateway()).toBe(NEW);
    expect(await (await here().get('/alerts')).text()).not.toContain(`/alerts/${id}/accept-gateway`);
  });

  it('is taken back by Undo, while it stands', async () => {
    const id = await raise();
    const accept = (mac: string) => here().post(`/alerts/${id}/accept-gateway`, { mac, back: '/alerts' });
    const html = await follow(await accept(NEW));
    expect(html).toMatch(new RegExp(`name="mac" value="${OLD}"`));
    const undone = await follow(await accept(OLD));
    expect(plain(undone)).toContain('Undone. The gateway is the one from before.');
    expect(undone).not.toContain(`/alerts/${id}/accept-gateway`);
    expect(await gateway()).toBe(OLD);
    await query(`update networks set gateway_mac = '02:00:00:00:00:98' where id = 1`);
    expect((await accept(OLD)).status).toBe(404);
    expect(await page(`/alerts?toast=gateway.${id}`)).not.toMatch(/Noted|Undone/);
  });

  it('only by a MAC that the alert is about', async () => {
    const id = await raise();
    for (const [alert, mac] of [
      [id, '02:00:00:00:00:98'],
      [id, ''],
      [999_999, NEW],
    ] as const)
      expect((await here().post(`/alerts/${alert}/accept-gateway`, { mac })).status).toBe(404);
  });
});

it('a message that waits for a name says so, and until when', async () => {
  await query(
    `insert into channels (site_id, name, kind, target) values (1, 'mail', 'email', 'a@example.test')`,
  );
  const [alert] = await query<{ id: number }>(
    `insert into alerts (site_id, kind, severity, device_id, summary, dedup_key)
     values (1, 'new_device', 'medium', 29, 'New device: random MAC', 'x') returning id`,
  );
  await query(`update deliveries set hold_until = now() + interval '2 minutes' where alert_id = $1`, [
    alert!.id,
  ]);
  expect(await page('/alerts')).toMatch(/Held until \d\d:\d\d ?, then to (?:Home mail and )?mail/);
  await query(
    `update deliveries set state = 'suppressed', reason = 'recognised as Anna''s phone', finished_at = now() where alert_id = $1`,
    [alert!.id],
  );
  expect(await page('/alerts')).toMatch(
    /to (?:Home mail and mail|mail and Home mail): recognised as Anna's phone/,
  );
});
