/** What a rule of a site may speak of, for `checkRule`. */
import { listManagedNetworks } from './site-networks.ts';
import type { RuleContext } from './rule-input.ts';
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
  return { channels, networks, rules, timeZone: await timeZoneOf(db, site), id, now };
}
