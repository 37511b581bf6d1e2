/** Who the default gateway of a network is, as people say; see sql/migrations/000017. */
import { changing, type Outcome } from './device-changes.ts';
import type { Db } from './session.ts';

/** This MAC is the gateway from now on. `changed` gives back the network; `stale`: nobody has ever had this MAC. */
export function acceptGateway(
  db: Db,
  site: string,
  network: number,
  mac: string,
  actor: string,
): Promise<Outcome> {
  return changing(db, 'select $2::bigint as change from accept_gateway($1, $2::integer, $3::macaddr, $4)', [
    site,
    network,
    mac,
    actor,
  ]);
}
