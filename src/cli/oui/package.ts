/** The registry as the installed package oui-data brings it. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { OuiEdition } from '../../store/oui.ts';
import { packageRoot } from '../paths.ts';

export interface PackagedRegistry {
  /** `oui-data 2.1.9` */
  readonly source: string;
  /** Reading it takes 70 ms and 30 MB. */
  readonly read: () => Promise<OuiEdition>;
}

export function packagedRegistry(): PackagedRegistry {
  const require = createRequire(join(packageRoot(), 'package.json'));
  const entry = require.resolve('oui-data');
  const { version } = require(join(entry, '..', 'package.json')) as { version: string };
  const source = `oui-data ${version}`;
  return {
    source,
    read: () => Promise.resolve({ source, entries: require(entry) as OuiEdition['entries'] }),
  };
}
