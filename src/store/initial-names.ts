/** Names that are known before anybody types one, for example those of a simulated network. */
import type { Db } from './session.ts';

/**
 * Names the devices that have no name yet, by their MACs. Nobody's decision, so it stands in no device's history.
 * @returns how many were named
 */
export async function nameUnnamed(
  db: Db,
  site: string,
  names: readonly { readonly mac: string; readonly name: string }[],
): Promise<number> {
  const named = await db.query(
    `update devices as d set name = n.name
     from unnest($2::macaddr[], $3::text[]) as n (mac, name), device_macs as m, sites as s
     where s.name = $1 and m.site_id = s.id and m.mac = n.mac
       and d.site_id = s.id and d.id = m.device_id and d.name is null
     returning d.id`,
    [site, names.map(one => one.mac), names.map(one => one.name)],
  );
  return named.length;
}
