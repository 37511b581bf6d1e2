import { afterAll, beforeAll, expect, it } from 'vitest';
import { nameUnnamed } from '../../src/store/initial-names.ts';
import { beginScan, recordScan } from '../../src/store/scan-record.ts';
import { listDevices } from '../../src/store/site-devices.ts';
import { readEvents } from '../../src/store/site-events.ts';
import { freshDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => (database = await freshDatabase()));
afterAll(() => database.drop());

const NETWORK = '10.0.0.0/24';
const DEVICES = [
  { ip: '10.0.0.1', mac: '38:10:d5:4e:21:07', name: 'fritz.box' },
  { ip: '10.0.0.2', mac: '90:09:d0:2b:77:1e', name: 'NAS' },
];

it('names devices by MAC, once, as nobody’s decision', async () => {
  const { pool } = database;
  expect(await nameUnnamed(pool, 'default', DEVICES)).toBe(0);
  await pool.transaction(async db => {
    await beginScan(db, 'default', [NETWORK]);
    await recordScan(db, 'default', {
      network: NETWORK,
      interface: 'lan0',
      method: 'packet',
      durationMs: 300,
      probed: 253,
      answered: 2,
      frames: 300,
      broadcasts: 300,
      problem: null,
      macs: DEVICES.map(device => device.mac),
      ips: DEVICES.map(device => device.ip),
    });
  });
  expect(await nameUnnamed(pool, 'default', DEVICES)).toBe(2);
  expect(await nameUnnamed(pool, 'default', [{ mac: '90:09:d0:2b:77:1e', name: 'other' }])).toBe(0);
  const { rows } = await listDevices(pool, 'default', {
    text: '',
    state: null,
    presence: null,
    network: null,
    sort: 'address',
    limit: 10,
    after: null,
  });
  expect(rows.map(row => row.name)).toEqual(['fritz.box', 'NAS']);
  const events = await readEvents(pool, 'default', new Date(0), 100);
  expect(events.map(event => event.kind)).toEqual(['baseline']);
});
