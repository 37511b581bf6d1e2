/** What messages say, from alertd's settings and what people set in the database. */
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { composeWith, type Compose, type Wording } from '../../message/compose.ts';
import { linkSigner, type LinkSigner } from '../../message/links.ts';
import { whenFormat } from '../../message/when.ts';
import { linkKey } from '../../store/links.ts';
import type { Db } from '../../store/session.ts';
import { listTemplates } from '../../store/templates.ts';
import type { AlertdSettings } from './settings.ts';

/** So long a template that was changed may still be used as it was: a flood of messages asks once. */
const FRESH_MS = 1000;

interface Deps {
  readonly clock: Clock;
  readonly log: Log;
}

export function composeOf({ site, publicUrl, timeZone }: AlertdSettings, db: Db, deps: Deps): Compose {
  const home = publicUrl?.replace(/\/+$/, '');
  // The key never changes.
  let signer: LinkSigner | undefined;
  return composeWith(
    { site, publicUrl: home, when: whenFormat(timeZone) },
    wordingFrom(
      async () => ({
        templates: await listTemplates(db, site),
        signer:
          home === undefined
            ? undefined
            : (signer ??= linkSigner(await linkKey(db, site), home, () => deps.clock.now())),
      }),
      deps,
    ),
  );
}

/** Asked anew after a second. While the database is away the last answer counts; before the first one, default texts. */
function wordingFrom(read: () => Promise<Wording>, { clock, log }: Deps): () => Promise<Wording> {
  let last: Wording = { templates: [], signer: undefined };
  let readAt = -Infinity;
  let reading: Promise<void> | undefined;
  const again = async () => {
    try {
      last = await read();
      readAt = clock.monotonic();
    } catch (error) {
      log.warn('templates cannot be read, messages are sent with what was read last', {
        problem: messageOf(error),
      });
    } finally {
      reading = undefined;
    }
  };
  return async () => {
    if (clock.monotonic() - readAt >= FRESH_MS) await (reading ??= again());
    return last;
  };
}
