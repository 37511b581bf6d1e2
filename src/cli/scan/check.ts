/** What a scan can check before it begins: the interfaces exist, the capture can be read. */
import { accessSync, constants } from 'node:fs';
import type { Problem } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { messageOf } from '../../lib/errors.ts';
import { listInterfaces } from '../../link/interfaces.ts';

export async function checkScan(config: Config, read: string | undefined): Promise<Problem[]> {
  const problems: Problem[] = [];
  if (config.scanInterfaces.length > 0) {
    const names = (await listInterfaces()).map(({ name }) => name);
    for (const name of config.scanInterfaces.filter(wanted => !names.includes(wanted)))
      problems.push({
        where: `interface ${name}`,
        problem: 'does not exist on this machine',
        remedy: `interfaces here are: ${names.join(', ')}`,
      });
  }
  if (read !== undefined) {
    try {
      accessSync(read, constants.R_OK);
    } catch (error) {
      problems.push({
        where: `--read ${read}`,
        problem: `cannot be read: ${messageOf(error)}`,
        remedy: 'check the path',
      });
    }
  }
  return problems;
}
