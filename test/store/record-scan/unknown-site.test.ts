// Statistics that know nothing of a site count it as one row. Four thousand devices that appear there at once are found
// by as many looks into an index; a plan that joins everybody with everybody would take minutes, and run into the limit
// of this test.
import { expect, test } from 'vitest';
import { recordScan } from '../../../src/store/scan-record.ts';
import { freshDatabase } from '../../support/database.ts';

const hex = (n: number) => n.toString(16).padStart(2, '0');
const macs = (site: number, count: number) =>
  Array.from({ length: count }, (_, n) => `3c:37:12:${hex(site)}:${hex(n >> 8)}:${hex(n & 255)}`);
const ips = (net: number, count: number) =>
  Array.from({ length: count }, (_, n) => `10.${net}.${n >> 8}.${n & 255}`);

test('a site that the statistics do not know is recorded in time that grows with its devices', async () => {
  const db = await freshDatabase();
  const scan = (site: string, network: string, who: readonly string[], where: readonly string[]) =>
    recordScan(db.pool, site, {
      network,
      interface: 'eth0',
      method: 'packet',
      durationMs: 1,
      probed: who.length,
      answered: who.length,
      frames: who.length,
      broadcasts: 0,
      problem: null,
      macs: who,
      ips: where,
    });
  try {
    await scan('large', '10.0.0.0/16', macs(1, 3000), ips(0, 3000));
    await scan('small', '10.0.0.0/16', macs(2, 40), ips(0, 40));
    await db.pool.query('analyze');
    await scan('unknown', '10.1.0.0/24', macs(3, 12), ips(1, 12));
    expect(await scan('unknown', '10.2.0.0/16', macs(4, 4000), ips(2, 4000))).toMatchObject({ new: 4000 });
    expect(await scan('unknown', '10.2.0.0/16', macs(4, 4000), ips(2, 4000))).toMatchObject({
      new: 0,
      missing: 0,
    });
  } finally {
    await db.drop();
  }
});
