/** The rules of the site in sentences. */
import { describeRule, type RuleNames } from '../message/rule-words.ts';
import { listChannels } from '../store/channels.ts';
import { listRules, type RuleInput } from '../store/rules.ts';
import { listNetworks } from '../store/site-status.ts';
import { labelledDevice } from './device-label.ts';
import type { SiteOptions } from './options.ts';
import type { RuleLine } from './views/rules.tsx';

/** From the top. */
export async function readLines(options: SiteOptions): Promise<RuleLine[]> {
  const rules = await listRules(options.db, options.site);
  const words = await wordsFor(options, rules);
  return rules.map(rule => ({ rule, sentence: describeRule(rule, words) }));
}

/** What the channels, networks and devices are called that these rules name by their numbers. */
export async function wordsFor({ db, site }: SiteOptions, rules: readonly RuleInput[]): Promise<RuleNames> {
  const ids = [...new Set(rules.flatMap(({ devices }) => devices ?? []))];
  const [channels, networks, devices] = await Promise.all([
    listChannels(db, site),
    listNetworks(db, site),
    Promise.all(ids.map(id => labelledDevice(db, site, id))),
  ]);
  return {
    channels: new Map(channels.map(({ id, name }) => [id, name])),
    networks: new Map(networks.map(({ id, cidr }) => [id, cidr])),
    devices: new Map(
      devices.flatMap(device => (device === undefined ? [] : [[device.id, device.label] as const])),
    ),
  };
}
