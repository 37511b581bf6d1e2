/** What messages say, from alertd's settings. */
import { defaultCompose, type Compose } from '../../message/compose.ts';
import { whenFormat } from '../../message/when.ts';
import type { AlertdSettings } from './settings.ts';

export function composeOf({ site, publicUrl, timeZone }: AlertdSettings): Compose {
  return defaultCompose({
    site,
    publicUrl: publicUrl?.replace(/\/+$/, ''),
    when: whenFormat(timeZone),
  });
}
