import { afterAll, beforeAll, expect, it } from 'vitest';
import { nameDevices } from '../../../src/cli/demo/names.ts';
import { DEMO_HOSTS, DEMO_NETWORK } from '../../../src/lab/population.ts';
import { beginScan, recordScan } from '../../../src/store/scan-record.ts';
import { listDevices } from '../../../src/store/site-devices.ts';
import { freshDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
beforeAll(async () => (database = await freshDatabase()));
afterAll(() => database.drop());

it('names the devices of the demo, once, and leaves what people renamed', async () => {
  const { pool } = database;
  expect(await nameDevices(pool, 'default', DEMO_HOSTS)).toBe(0);
  await pool.transaction(async db => {
    await beginScan(db, 'default', [DEMO_NETWORK]);
    await recordScan(db, 'default', {
      network: DEMO_NETWORK,
      interface: 'lan0',
      method: 'packet',
      durationMs: 300,
      probed: 253,
      answered: 24,
      frames: 300,
      broadcasts: 300,
      problem: null,
      macs: DEMO_HOSTS.map(host => host.mac),
      ips: DEMO_HOSTS.map(host => host.ip),
    });
  });
  expect(await nameDevices(pool, 'default', DEMO_HOSTS)).toBe(24);
  const query = {
    text: '',
    state: null,
    presence: null,
    network: null,
    sort: 'address',
    limit: 100,
    after: null,
  } as const;
  const named = await listDevices(pool, 'default', query);
  expect(named.rows.map(row => [row.mac, row.name])).toEqual(DEMO_HOSTS.map(host => [host.mac, host.name]));
  expect(
    await nameDevices(
      pool,
      'default',
      DEMO_HOSTS.map(host => ({ ...host, name: 'other' })),
    ),
  ).toBe(24);
  expect((await listDevices(pool, 'default', query)).rows).toEqual(named.rows);
});
