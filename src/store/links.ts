/** What the database knows of links in messages: the key that signs them, and which have acted. See 000036. */
import { acting } from './acting.ts';
import { isSqlError, type Db } from './session.ts';

/** What is signed; src/message/links.ts reads it from a token. */
export interface UsableLink {
  /** UUID */
  readonly id: string;
  readonly alertId: number;
  readonly channel: string;
  readonly expiresAt: Date;
}

export interface LinkUse {
  readonly at: Date;
  readonly what: string;
  readonly actor: string;
}

/**
 * done: it acted, and never will again; `change` can be undone, null when the device already was so; `until`: of a mute.
 * used: it had acted before. missing: its alert or device is not there. refused: `why` is a sentence for the person.
 */
export type LinkOutcome =
  | { readonly kind: 'done'; readonly change: number | null; readonly until: Date | null }
  | { readonly kind: 'used'; readonly use: LinkUse }
  | { readonly kind: 'expired' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly why: string };

/** 32 octets, made when they are first asked for. For the alert daemon and the site; never shown. */
export async function linkKey(db: Db, site: string): Promise<Uint8Array> {
  const [row] = await db.query<{ key: Uint8Array }>('select link_key($1) as key', [site]);
  if (row === undefined) throw new Error('link_key() gave no row');
  return row.key;
}

/** Does `what` and uses the link up, both or neither. @param what accept, ignore, block, mute (1 h) or acknowledge */
export async function useLink(
  db: Db,
  site: string,
  link: UsableLink,
  what: string,
  actor: string,
): Promise<LinkOutcome> {
  try {
    const [row] = await db.query<{
      outcome: 'done' | 'used' | 'expired';
      change: number | null;
      until: Date | null;
      used_at: Date;
      used_what: string;
      used_by: string;
    }>(
      `select a.* from ${acting('$7', 'link')} cross join lateral act_by_link($1, $2, $3, $4, $5, $6, g.actor) as a`,
      [site, link.id, link.expiresAt, link.alertId, link.channel, what, actor],
    );
    if (row === undefined) throw new Error('act_by_link() gave no row');
    if (row.outcome === 'done') return { kind: 'done', change: row.change, until: row.until };
    if (row.outcome === 'used')
      return { kind: 'used', use: { at: row.used_at, what: row.used_what, actor: row.used_by } };
    return { kind: 'expired' };
  } catch (error) {
    if (isSqlError(error) && error.code === 'NE404') return { kind: 'missing' };
    if (isSqlError(error) && error.code === 'NE422') return { kind: 'refused', why: error.message };
    throw error;
  }
}

/** "A person looked at it", once for each link in the alert's story. `missing`: the alert is not there any more. */
export async function openLink(
  db: Db,
  site: string,
  link: UsableLink,
  actor: string,
): Promise<'opened' | 'again' | 'missing'> {
  try {
    const [row] = await db.query<{ first: boolean }>('select open_link($1, $2, $3, $4, $5) as first', [
      site,
      link.id,
      link.alertId,
      link.channel,
      actor,
    ]);
    return row?.first === true ? 'opened' : 'again';
  } catch (error) {
    if (isSqlError(error) && error.code === 'NE404') return 'missing';
    throw error;
  }
}

/** undefined: it has not acted yet. */
export async function linkUse(db: Db, site: string, link: UsableLink): Promise<LinkUse | undefined> {
  const [row] = await db.query<{ used_at: Date; what: string; actor: string }>(
    'select * from link_use($1, $2)',
    [site, link.id],
  );
  return row === undefined ? undefined : { at: row.used_at, what: row.what, actor: row.actor };
}
