// What a scan by IPv6 leaves in the database: real kernels, the whole command line.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../../support/bundle.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { lanForTest, manyHosts } from '../../support/lan.ts';

let db: TestDatabase;
let program: string;
beforeAll(async () => {
  db = await freshDatabase();
  program = await bundle('src/cli/main.ts');
});
afterAll(() => db.drop());

const IPV6_ONLY = '02:00:00:00:0a:01';

test('devices are joined by MAC, an IPv6-only one is new, a silent one goes quiet, and all by itself', async () => {
  const hosts = manyHosts(3).map((host, i) => ({ ...host, ip6: `fd66::${i + 1}` }));
  const lan = await lanForTest({ address6: 'fd66::fe', hosts });
  const scan = async () => {
    const env = { ...process.env, DATABASE_URL: db.urlAs('netureon_scan') };
    const { code, stdout, stderr } = await lan.exec(
      process.execPath,
      [program, 'scan', '--quiet', '--ipv6'],
      { env },
    );
    expect(code, stderr).toBe(0);
    return stdout;
  };
  const presence = async () =>
    (
      await db.pool.query<{ line: string }>(
        `select host(p.ip) || ' ' || p.mac || ' ' || p.presence || ' ' || n.cidr || ' ' || n.link as line
         from device_presence as p join networks as n on n.site_id = p.site_id and n.id = p.network_id
         where family(p.ip) = 6 order by p.ip`,
      )
    ).map(({ line }) => line);

  expect(await scan()).toContain(', lan0 by IPv6: 3 here');
  const network = 'fe80::/64 lan0';
  expect(await presence()).toEqual([
    ...hosts.map(({ mac, ip6 }) => `${ip6} ${mac} gone ${network}`),
    ...hosts.map(({ mac }, i) => `fe80::ff:fe00:${i + 1} ${mac} here ${network}`),
  ]);
  expect(await db.pool.query('select count(*)::integer as devices from devices')).toEqual([{ devices: 3 }]);

  await lan.addIpv6Hosts([{ mac: IPV6_ONLY }]);
  await lan.setHostDown('10.66.0.3');
  expect(await scan()).toContain('; 1 new, 0 returned, 0 moved, 1 silent');
  expect(await db.pool.query('select kind from alerts order by id')).toEqual(
    ['baseline', 'baseline', 'new_device'].map(kind => ({ kind })),
  );
  expect((await presence()).slice(-4)).toEqual([
    `fe80::ff:fe00:1 02:00:00:00:00:01 here ${network}`,
    `fe80::ff:fe00:2 02:00:00:00:00:02 here ${network}`,
    `fe80::ff:fe00:3 02:00:00:00:00:03 quiet ${network}`,
    `fe80::ff:fe00:a01 ${IPV6_ONLY} here ${network}`,
  ]);
}, 30_000);
