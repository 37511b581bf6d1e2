/** What a rule of a site may speak of, for `checkRule`. */
import { listManagedNetworks } from './site-networks.ts';
import type { KnownOfDevices, RuleContext } from './rule-input.ts';
import { listRules, timeZoneOf } from './rules.ts';
import type { Db } from './session.ts';

/** @param id the rule that is about to be changed; null: a new one */
export async function ruleContext(db: Db, site: string, id: number | null, now: Date): Promise<RuleContext> {
  const channels = await db.query<{ id: number; name: string }>(
    `select c.id, c.name from channels as c join sites as s on s.id = c.site_id
     where s.name = $1 and c.removed_at is null order by c.name`,
    [site],
  );
  const networks = await listManagedNetworks(db, site);
  const rules = await listRules(db, site);
  const devices = await knownOfDevices(db, site);
  return { channels, networks, rules, devices, timeZone: await timeZoneOf(db, site), id, now };
}

/** By what rules match them: what people say of a device's kind comes before what it was found to be. */
async function knownOfDevices(db: Db, site: string): Promise<KnownOfDevices> {
  const [row] = await db.query<KnownOfDevices>(
    `with owned as materialized (
       select distinct d.owner, coalesce(d.kind, p.kind) as kind
       from devices as d join sites as s on s.id = d.site_id
       left join device_profiles as p on p.site_id = d.site_id and p.device_id = d.id
       where s.name = $1
     )
     select array(select distinct owner from owned where owner is not null order by owner) as owners,
            array(select distinct kind from owned where kind is not null order by kind) as kinds,
            array(select distinct m.vendor from device_macs as m join sites as s on s.id = m.site_id
                  where s.name = $1 and m.vendor is not null order by m.vendor) as vendors`,
    [site],
  );
  return row ?? { owners: [], kinds: [], vendors: [] };
}
