/** Lists that people keep by a name: their own, and everybody's. See sql/migrations/000048. */
import { changing, type Outcome } from './device-changes.ts';
import type { Db } from './session.ts';

export interface SavedView {
  readonly id: number;
  readonly name: string;
  /** The part of the list's address behind the question mark. */
  readonly query: string;
  /** Everybody's; an administrator made it. */
  readonly isShared: boolean;
}

/** @param db with the site's own rights, as for what is one's own below @param user null: somebody whom the table of users does not know has none of his own */
export function listViews(db: Db, site: string, user: number | null): Promise<SavedView[]> {
  return db.query<SavedView>(
    `select v.id, v.name, v.query, v.user_id is null as "isShared"
     from saved_views as v join sites as s on s.id = v.site_id
     where s.name = $1 and (v.user_id is null or v.user_id = $2::bigint)
     order by v.user_id is not null, lower(v.name)`,
    [site, user],
  );
}

/** In place of the one with this name, if there is. `changed` gives its number. @param user null: for everybody */
export function saveView(
  db: Db,
  site: string,
  user: number | null,
  view: { readonly name: string; readonly query: string },
  actor: string,
): Promise<Outcome> {
  return user === null
    ? changing(db, 'select share_view($1, $2, $3, $4) as change', [site, view.name, view.query, actor])
    : changing(db, 'select save_view($1, $2, $3, $4, $5) as change', [
        site,
        user,
        view.name,
        view.query,
        actor,
      ]);
}

/** @param user whose it has to be; null: everybody's. @returns whether there was one */
export async function removeView(db: Db, site: string, user: number | null, view: number): Promise<boolean> {
  const [row] =
    user === null
      ? await db.query<{ gone: boolean }>('select unshare_view($1, $2) as gone', [site, view])
      : await db.query<{ gone: boolean }>('select remove_view($1, $2, $3) as gone', [site, user, view]);
  return row?.gone ?? false;
}
