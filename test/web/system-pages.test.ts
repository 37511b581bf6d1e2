// Scans, networks, sensors, the system and the help, as requests.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openSession } from '../../src/store/session.ts';
import { noteLog } from '../../src/store/service-log.ts';
import { listManagedNetworks } from '../../src/store/site-networks.ts';
import { HELP_TOPICS } from '../../src/web/text/help-shape.ts';
import { testSite, type TestSite } from './support.ts';

let site: TestSite;
const HOSTILE = '</td><script>alert(1)</script>\u202e\u0007"';

beforeAll(async () => {
  site = await testSite({
    system: {
      node: '20.20.0',
      startedAt: new Date(),
      settings: [
        {
          section: 'email',
          key: 'url',
          value: 'smtp://••••••@mail.example/••••••',
          source: 'NETUREON_EMAIL_URL',
          isSecret: true,
          help: '',
        },
        { section: 'retention', key: 'log_days', value: '30', source: null, isSecret: false, help: '' },
      ],
      recent: () => [{ at: new Date(), level: 'info', line: `the site is up ${HOSTILE}` }],
    },
  });
});
afterAll(() => site.close());
beforeEach(() =>
  site.database.pool.query(
    'truncate networks, devices, device_macs, connections, discovery_log, scan_hours, scan_days, scan_rollups, service_log, coverage cascade',
  ),
);

const scan = (network = '10.0.0.0/24', { problem = null as string | null, answered = ['10'] } = {}) =>
  site.database.pool.query(
    `select * from record_scan('default', $1, 'e', 'packet', 800, 254, $2, 300, 20, $3, $4::macaddr[], $5::inet[])`,
    [
      network,
      answered.length,
      problem,
      answered.map(n => `3c:37:12:00:00:${n}`),
      answered.map(n => network.replace(/0\/\d+$/, n)),
    ],
  );
const networkId = async (cidr = '10.0.0.0/24') =>
  (await listManagedNetworks(site.db, 'default')).find(one => one.cidr === cidr)?.id ?? 0;
const textOf = async (response: Response | Promise<Response>) => (await response).text();

describe('scans', () => {
  test('are listed, counted and told one by one, with what helps when they failed', async () => {
    await scan();
    await scan('10.0.0.0/24', { problem: 'interface eth0 is down' });
    const page = await textOf(site.get('/scans'));
    expect(page).toContain('1 scan of 2');
    expect(page).toContain('interface eth0 is down');
    const ids = [...page.matchAll(/href="\/scans\/(\d+)"/g)].map(match => match[1]);
    expect(ids).toHaveLength(2);
    const failed = await textOf(site.get(`/scans/${ids[0]}`));
    expect(failed).toContain('ip link set NAME up');
    expect(await textOf(site.get(`/scans/${ids[1]}`))).toContain('1 new');
    const german = await textOf(site.get(`/scans/${ids[0]}`, { cookie: 'language=de' }));
    expect(german).toContain('Suchlauf');
  });

  test('are chosen by outcome, network and method; what does not exist is said at its control', async () => {
    await scan();
    await scan('10.0.1.0/24', { problem: 'cut short' });
    const rows = async (query: string) =>
      [...(await textOf(site.get(`/scans?${query}`))).matchAll(/href="\/scans\/\d+"/g)].length;
    expect(await rows('show=problems')).toBe(1);
    expect(await rows('show=complete')).toBe(1);
    expect(await rows(`network=${await networkId()}&span=year`)).toBe(1);
    expect(await rows('method=kernel')).toBe(0);
    for (const query of [
      'show=odd',
      'network=99',
      'network=x',
      'span=eon',
      'method=%00',
      'before=-1',
      "sensor='",
    ]) {
      const response = await site.get(`/scans?${query}`);
      expect([query, response.status]).toEqual([query, 400]);
      const page = await response.text();
      expect(page).toContain('field-error');
      expect([...page.matchAll(/href="\/scans\/\d+"/g)]).toHaveLength(2);
    }
  });

  test('that never were are not found', async () => {
    for (const id of ['1', '0', 'x', '99999999999999999999'])
      expect((await site.get(`/scans/${id}`)).status).toBe(404);
  });
});

describe('networks', () => {
  test('say who is there and how well they were looked at; one that is retired can be brought back as it was', async () => {
    await scan('10.0.0.0/24', { answered: ['10', '11'] });
    const id = await networkId();
    const here = async () => (await textOf(site.get(`/networks/${id}`))).match(/(\d+) here/)?.[1];
    expect(await here()).toBe('2');
    const retired = await site.post(`/networks/${id}/retire`, { back: '/networks' });
    expect(retired.headers.get('location')).toBe(`/networks?toast=network-retired.${id}`);
    const after = await textOf(site.get(`/networks?toast=network-retired.${id}`));
    expect(after).toContain(`action="/networks/${id}/restore"`);
    expect(await here()).toBe('0');
    await site.post(`/networks/${id}/restore`, { back: '/networks' });
    expect(await here()).toBe('2');
    const [open] = await site.database.pool.query<{ n: number }>(
      'select count(*) as n from connections where ended_at is null',
    );
    expect(open?.n).toBe(2);
    // The next scan finds everything as before.
    expect(await scan('10.0.0.0/24', { answered: ['10', '11'] })).toEqual([
      { new: 0, returned: 0, moved: 0, missing: 0 },
    ]);
  });

  test('brought back, who has been seen with that address since is not here twice', async () => {
    await scan();
    const id = await networkId();
    await site.post(`/networks/${id}/retire`, { back: '/' });
    await scan('10.0.0.0/25');
    await site.post(`/networks/${id}/restore`, { back: '/' });
    expect(
      await site.database.pool.query('select count(*) as n from connections where ended_at is null'),
    ).toEqual([{ n: 1 }]);
    const page = await textOf(site.get(`/networks/${id}`));
    expect(page).toContain('10.0.0.0/25 lies inside this network');
  });

  test('are named and described; a stale form shows both texts and saves nothing', async () => {
    await scan();
    const id = await networkId();
    const revision = async () =>
      /name="revision" value="([0-9a-f]{12})"/.exec(await textOf(site.get(`/networks/${id}`)))?.[1] ?? '';
    const first = await revision();
    const saved = await site.post(`/networks/${id}`, {
      name: 'Office',
      note: 'ground floor',
      revision: first,
      back: '/',
    });
    expect(saved.status).toBe(303);
    const stale = await site.post(`/networks/${id}`, {
      name: 'Home',
      note: 'attic',
      revision: first,
      back: '/',
    });
    expect(stale.status).toBe(409);
    const page = await stale.text();
    for (const said of ['Changed meanwhile', 'Office', 'ground floor', 'Home', 'attic'])
      expect(page).toContain(said);
    expect((await listManagedNetworks(site.db, 'default'))[0]?.name).toBe('Office');
    const long = await site.post(`/networks/${id}`, {
      name: 'x'.repeat(201),
      note: '',
      revision: await revision(),
      back: '/',
    });
    expect(long.status).toBe(422);
    expect(await long.text()).toContain('At most 200 characters.');
    const control = await site.post(`/networks/${id}`, {
      name: 'a\u202eb',
      note: '',
      revision: await revision(),
      back: '/',
    });
    expect(control.status).toBe(422);
  });

  test('and devices in them cannot speak for the page', async () => {
    await scan();
    const id = await networkId();
    await site.database.pool.query('update networks set name = $1, link = $1, interface = $1', [
      HOSTILE.slice(0, 60),
    ]);
    for (const path of ['/networks', `/networks/${id}`, '/scans']) {
      const page = await textOf(site.get(path));
      expect(page).not.toContain('<script>alert');
      expect(page).not.toContain('\u202e');
    }
  });

  test('that do not exist are not found; only an administrator changes them', async () => {
    await scan();
    const id = await networkId();
    expect((await site.get('/networks/77')).status).toBe(404);
    expect((await site.post('/networks/77/retire', { back: '/' })).status).toBe(404);
    expect(
      (await site.post('/networks/77', { name: '', note: '', revision: '0'.repeat(12), back: '/' })).status,
    ).toBe(404);
    for (const role of ['viewer', 'operator'] as const)
      expect((await site.as(role).post(`/networks/${id}/retire`, { back: '/' })).status).toBe(403);
    const page = await textOf(site.as('viewer').get(`/networks/${id}`));
    expect(page).not.toContain('name="revision"');
  });
});

describe('sensors', () => {
  const unique = `w${randomBytes(4).toString('hex')}`;
  const passwordOf = (page: string) => /<pre[^>]*><code>([\w-]{32})<\/code>/.exec(page)?.[1] ?? '';

  test('are added with a password that is shown once and works, changed, and revoked', async () => {
    const made = await site.post('/sensors', { name: unique });
    expect(made.status).toBe(200);
    expect(made.headers.get('cache-control')).toBe('no-store');
    const page = await made.text();
    expect(page).toContain(`netureon_sensor_${unique}`);
    expect(page).toContain('listens on its own machine only');
    const first = passwordOf(page);
    expect(first).toHaveLength(32);
    onTestFinished(async () => {
      await site.database.pool.query(`select remove_sensor($1, 'test') from sensors where name = $1`, [
        unique,
      ]);
    });
    const [stored] = await site.database.pool.query<{ verifier: string; member: string[]; super: boolean }>(
      `select a.rolpassword as verifier, r.rolsuper as super,
              array(select g.rolname::text from pg_auth_members as m join pg_roles as g on g.oid = m.roleid where m.member = r.oid) as member
       from pg_authid as a join pg_roles as r on r.oid = a.oid where a.rolname = $1`,
      [`netureon_sensor_${unique}`],
    );
    expect(stored).toEqual({
      verifier: expect.stringMatching(/^SCRAM-SHA-256/),
      super: false,
      member: ['netureon_sensor'],
    });
    const session = await openSession(site.database.urlAs(`netureon_sensor_${unique}`), {
      application: 'test',
    });
    await session.query(`select * from begin_scan('default', '{10.9.0.0/24}')`);
    await session.close();
    expect((await site.post('/sensors', { name: unique })).status).toBe(409);
    const again = await textOf(site.post(`/sensors/${unique}/password`, { back: '/sensors' }));
    expect(passwordOf(again)).not.toBe(first);
    expect(await textOf(site.get('/sensors'))).not.toContain(passwordOf(again));
    expect(await textOf(site.get(`/sensors/${unique}/revoke`))).toContain('Revoke sensor');
    expect((await site.post(`/sensors/${unique}/revoke`, {})).status).toBe(303);
    expect((await site.post(`/sensors/${unique}/revoke`, {})).status).toBe(404);
    expect(
      await site.database.pool.query('select from pg_roles where rolname = $1', [
        `netureon_sensor_${unique}`,
      ]),
    ).toEqual([]);
  });

  test.each(['', 'Big', 'a b', "x';drop role netureon_web", '../x', '-x', 'x'.repeat(41), 'a\0b'])(
    'are not called %j',
    async name => {
      const response = await site.post('/sensors', { name });
      expect(response.status).toBe(422);
      expect(await response.text()).toContain('Use 1 to 40');
    },
  );

  test('only an administrator makes them, and nobody makes anything else by the same way', async () => {
    expect((await site.as('operator').post('/sensors', { name: unique })).status).toBe(403);
    const as = async (role: string, sql: string) => {
      const session = await openSession(site.database.urlAs(role), { application: 'test' });
      try {
        return await session.query(sql);
      } finally {
        await session.close();
      }
    };
    for (const verifier of ['plain', '', 'md5aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', `SCRAM-SHA-256$1:x$y:z`])
      await expect(
        as('netureon_admin', `select site_add_sensor('default', 'x', '${verifier}')`),
      ).rejects.toMatchObject({ code: 'NE422' });
    await expect(
      as('netureon_admin', `select site_remove_sensor('default', 'nobody', 'x')`),
    ).rejects.toMatchObject({ code: 'NE404' });
    await expect(
      as('netureon_operator', `select site_remove_sensor('default', 'x', 'x')`),
    ).rejects.toMatchObject({ code: '42501' });
    await expect(as('netureon_admin', `select add_sensor('default', 'x', 'x')`)).rejects.toMatchObject({
      code: '42501',
    });
    await expect(as('netureon_admin', 'create role netureon_x')).rejects.toMatchObject({ code: '42501' });
  });
});

describe('the system', () => {
  test('says what runs, how large it is, how it is set up, and what was warned about, all of it inert', async () => {
    await noteLog(site.dbs.own, 'default', 'alertd', [
      { level: 'warn', line: `mail was refused ${HOSTILE}`, ageMs: 1000, times: 2 },
      { level: 'error', line: 'gave up', ageMs: 0, times: 1 },
    ]);
    const page = await textOf(site.get('/system'));
    for (const said of [
      '20.20.0',
      'number ',
      'mail was refused',
      '2 times',
      'gave up',
      'smtp://••••••@mail.example',
      'NETUREON_EMAIL_URL',
      'discovery_log',
      'This machine and the database agree',
    ])
      expect(page).toContain(said);
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('\u202e');
    const one = await textOf(site.get('/system?service=web'));
    expect(one).not.toContain('gave up');
    expect((await site.get('/system?service=cron')).status).toBe(400);
    expect((await site.as('operator').get('/system')).status).toBe(403);
  });

  test('keeps a thousand lines of each service, and the same line again as a number', async () => {
    for (let n = 0; n < 22; n++)
      await noteLog(
        site.dbs.own,
        'default',
        'scan',
        Array.from({ length: 50 }, (_, i) => ({
          level: 'warn' as const,
          line: `line ${n} ${i}`,
          ageMs: 0,
          times: 1,
        })),
      );
    for (let n = 0; n < 3; n++)
      await noteLog(site.dbs.own, 'default', 'scan', [
        { level: 'warn', line: 'once more', ageMs: 0, times: 5 },
      ]);
    const [kept] = await site.database.pool.query<{ n: number; times: number }>(
      'select count(*) as n, max(times) as times from service_log',
    );
    expect(kept).toEqual({ n: 1000, times: 15 });
  });

  test('changes the time zone, refuses one that is none, and a start of alertd leaves what a person chose', async () => {
    const zone = async () =>
      (await site.database.pool.query<{ z: string }>('select time_zone as z from sites'))[0]?.z;
    expect((await site.post('/system/time-zone', { zone: 'Europe/Berlin', back: '/system' })).status).toBe(
      303,
    );
    expect(await zone()).toBe('Europe/Berlin');
    for (const wrong of ['', 'Mars/Olympus', "x'; drop table sites", 'a'.repeat(3000)]) {
      const response = await site.post('/system/time-zone', { zone: wrong, back: '/system' });
      expect(response.status).toBe(422);
      expect(await response.text()).toContain('There is no such time zone');
    }
    const alertd = await openSession(site.database.urlAs('netureon_alertd'), { application: 'test' });
    await alertd.query(`select declare_time_zone('default', 'UTC', false)`);
    expect(await zone()).toBe('Europe/Berlin');
    await alertd.query(`select declare_time_zone('default', 'Asia/Tokyo', true)`);
    expect(await zone()).toBe('Asia/Tokyo');
    await alertd.close();
  });
});

test('the help has every topic in both languages, and every “?” leads to one', async () => {
  for (const language of ['en', 'de']) {
    const page = await textOf(site.get('/help', { cookie: `language=${language}` }));
    for (const topic of HELP_TOPICS) expect(page).toContain(`<section id="${topic}"`);
  }
  for (const path of ['/scans', '/networks', '/sensors', '/system']) {
    const [, topic] = /href="\/help#([a-z]+)"/.exec(await textOf(site.get(path))) ?? [];
    expect(HELP_TOPICS).toContain(topic);
  }
});
