// The whole month: two hundred watched devices, a scan every two minutes. `npm run bench -- month` goes through it with
// other seeds and patterns, and every 30 s.
import { expect, test } from 'vitest';
import { withCluster } from '../../bench/cluster.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { openSession } from '../../src/store/session.ts';
import { liveThrough } from '../store/month/month.ts';
import { printed } from '../store/month/report.ts';

test.each([['usual', 11]])('a month of %s, seed %i', async (pattern, seed) => {
  await withCluster(async cluster => {
    await cluster.ensureDatabase('month');
    const owner = await openSession(cluster.url('month'), { application: 'test' });
    await migrate(owner, await readMigrations('sql/migrations'));
    const report = await liveThrough(owner, { seed, pattern, days: 30, stepSeconds: 120 });
    await owner.close();
    console.log(
      `${pattern}: ${report.stations} stations, ${report.ticks} scans\n${printed(report).join('\n')}`,
    );
    expect(report.falseDown).toEqual([]);
    expect(report.missed).toEqual([]);
    expect(report.absences).toBeGreaterThan(1000);
  });
});
