/** What every `netureon rule` command begins with: the site's rights, its rules and what they speak of. */
import { userInfo } from 'node:os';
import { NetureonError } from '../../lib/errors.ts';
import { inert } from '../../lib/text.ts';
import type { RuleNames } from '../../message/rule-words.ts';
import { ruleContext } from '../../store/rule-context.ts';
import type { RuleContext } from '../../store/rule-input.ts';
import type { Rule, RuleOutcome } from '../../store/rules.ts';
import { openSession, type Db } from '../../store/session.ts';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { enterZone } from '../site-zone.ts';

export interface Site {
  readonly db: Db;
  readonly site: string;
  readonly actor: string;
  readonly known: RuleContext;
  readonly names: RuleNames;
}

export async function withSite<T>(context: Context, work: (site: Site) => Promise<T>): Promise<T> {
  const { config } = context;
  const db = await openSession(databaseUrl(config, 'netureon_web'), {
    application: 'netureon rule',
    role: 'netureon_admin',
    actor: userInfo().username,
  });
  try {
    await enterZone(db, config.siteName);
    const known = await ruleContext(db, config.siteName, null, new Date());
    return await work({
      db,
      site: config.siteName,
      actor: userInfo().username,
      known,
      names: await namesOf(db, config.siteName, known),
    });
  } finally {
    await db.close();
  }
}

async function namesOf(db: Db, site: string, known: RuleContext): Promise<RuleNames> {
  const ids = [...new Set(known.rules.flatMap(({ devices }) => devices ?? []))];
  const devices = await db.query<{ id: number; name: string }>(
    `select d.id, coalesce(d.name, d.called, 'device ' || d.id) as name
     from devices as d join sites as s on s.id = d.site_id where s.name = $1 and d.id = any ($2)`,
    [site, ids],
  );
  return {
    channels: new Map(known.channels.map(({ id, name }) => [id, name])),
    networks: new Map(known.networks.map(({ id, cidr, name }) => [id, name ?? cidr])),
    devices: new Map(devices.map(({ id, name }) => [id, name])),
  };
}

/** @param wanted its number or its name @throws NetureonError('usage') unless there is one */
export function chooseRule(rules: readonly Rule[], wanted: string): Rule {
  const found = rules.find(({ id, name }) => String(id) === wanted || name === wanted);
  if (found !== undefined) return found;
  throw new NetureonError('usage', `there is no rule ${inert(wanted, 100)}`, {
    remedy: 'see `netureon rule list`',
  });
}

/** The number of the rule. @throws NetureonError('usage') with what went wrong */
export function done(outcome: RuleOutcome): number {
  if (outcome.kind === 'done') return outcome.id;
  const problem = {
    missing: 'there is no such rule any more',
    stale: 'somebody else changed this rule meanwhile',
    refused: outcome.kind === 'refused' ? outcome.reason : '',
  }[outcome.kind];
  throw new NetureonError('usage', problem, { remedy: 'see `netureon rule list`' });
}
