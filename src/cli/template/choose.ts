/** Which template is meant: by the name of a channel and a kind of alert, both of which may be left out. */
import { NetureonError } from '../../lib/errors.ts';
import { nearest } from '../../message/nearest.ts';
import { ALERT_KINDS, type AlertKind } from '../../store/alert-kinds.ts';
import { listChannels, type SiteChannel } from '../../store/channels.ts';
import type { Db } from '../../store/session.ts';
import type { Template } from '../../store/templates.ts';

export interface Which {
  readonly channel: string | undefined;
  readonly kind: string | undefined;
}

/** Null: all kinds. */
export function chooseKind(wanted: string | undefined): AlertKind | null {
  if (wanted === undefined) return null;
  const kind = ALERT_KINDS.find(one => one === wanted);
  if (kind !== undefined) return kind;
  const close = nearest(wanted, ALERT_KINDS);
  throw new NetureonError(
    'usage',
    `there is no kind of alert “${wanted}”${close === undefined ? '' : `; did you mean ${close}?`}`,
    { remedy: `use one of ${ALERT_KINDS.join(', ')}` },
  );
}

/** undefined: all channels. */
export async function chooseChannel(
  db: Db,
  site: string,
  wanted: string | undefined,
): Promise<SiteChannel | undefined> {
  if (wanted === undefined) return undefined;
  const channels = await listChannels(db, site);
  const found = channels.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const names = channels.map(({ name }) => name).join(', ');
  throw new NetureonError('usage', `there is no channel “${wanted}”`, {
    remedy: names === '' ? 'set one up first; see [email] and [telegram]' : `use one of ${names}`,
  });
}

export function chooseTemplate(
  templates: readonly Template[],
  channelId: number | null,
  kind: AlertKind | null,
): Template {
  const found = templates.find(one => one.channelId === channelId && one.kind === kind);
  if (found === undefined)
    throw new NetureonError('usage', 'there is no such template', {
      remedy: '“netureon template list” has them; name its --channel and --kind as there',
    });
  return found;
}
