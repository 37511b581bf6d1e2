/** What a scan can check before it begins: the request fits together, the interfaces exist, the capture can be read. */
import { accessSync, constants } from 'node:fs';
import type { Problem } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { messageOf } from '../../lib/errors.ts';
import { listInterfaces } from '../../link/interfaces.ts';
import { textOf, type Options } from '../command-line.ts';
import { scanRequest } from './request.ts';

export async function checkScan(config: Config, options: Options): Promise<Problem[]> {
  const problems = [...scanRequest(config, options).problems];
  const read = textOf(options['read']);
  // Only what was typed just now is checked here. That an interface of the configuration is gone is for the scan to
  // find, which writes it into the log of scans: nobody reads what a timer's process says.
  if (options['interface'] !== undefined) {
    const names = (await listInterfaces(config.scanInterfaces)).map(({ name }) => name);
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
