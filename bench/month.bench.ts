// A simulated month of 200 watched devices at one scan in 30 s, and whether presence was right about them.
// The peer is the rule that nobody learns: gone with the third missed scan, for everybody.
import { migrate, readMigrations } from '../src/store/migrate.ts';
import { openSession } from '../src/store/session.ts';
import { liveThrough } from '../test/store/month/month.ts';
import { printed } from '../test/store/month/report.ts';
import { withCluster } from './cluster.ts';

export const name = 'month: presence in a simulated month';

export async function run({ log }: { log: (line: string) => void }): Promise<void> {
  const { SEED = '1', PATTERN = 'usual', DAYS = '30', STEP = '30' } = process.env;
  await withCluster(async cluster => {
    for (const seed of SEED.split(',').map(Number)) {
      for (const pattern of PATTERN.split(',')) {
        const database = `month_${seed}_${pattern.replaceAll('-', '_')}`;
        await cluster.ensureDatabase(database);
        const owner = await openSession(cluster.url(database), { application: 'bench' });
        await migrate(owner, await readMigrations('sql/migrations'));
        const start = performance.now();
        const report = await liveThrough(owner, {
          seed,
          pattern,
          days: Number(DAYS),
          stepSeconds: Number(STEP),
        });
        await owner.close();
        const seconds = (performance.now() - start) / 1000;
        log(
          `seed ${seed}, ${pattern}: ${report.stations} stations, ${report.ticks} scans in ${seconds.toFixed(0)} s`,
        );
        for (const line of printed(report)) log(`  ${line}`);
      }
    }
  });
}
