// What people do to rules and mutes, as the site's own role.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listMutes, mute, unmute } from '../../../src/store/mutes.ts';
import {
  getRule,
  listRules,
  moveRule,
  removeRule,
  restoreRule,
  saveRule,
  setTimeZone,
  snoozeRule,
  switchRule,
  timeZoneOf,
  type RuleInput,
} from '../../../src/store/rules.ts';
import { openPool, type Pool } from '../../../src/store/session.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { PLAIN } from './fixtures.ts';

const HOUR = 3_600_000;
let database: TestDatabase;
let web: Pool;
beforeAll(async () => {
  database = await freshDatabase();
  web = openPool(database.urlAs('netureon_admin'), { application: 'test', max: 4 });
  await database.pool.query(
    `insert into channels (site_id, name, kind, target) select id, 'email', 'email', 'a@b' from sites`,
  );
  await database.pool.query(
    `insert into networks (site_id, cidr, interface) values (1, '10.0.0.0/24', 'lan')`,
  );
});
afterAll(async () => {
  await web.close();
  await database.drop();
});
beforeEach(async () => {
  await database.pool.query('truncate rules, removed_rules, mutes');
  await database.pool.query('select add_default_rules(1)');
});

const save = (input: Partial<RuleInput>, id: number | null = null, revision: number | null = null) =>
  saveRule(web, 'default', { id, revision, input: { ...PLAIN, ...input }, actor: 'anna' });
const names = async () => (await listRules(web, 'default')).map(({ name }) => name);
const idOf = async (name: string) => {
  const rule = (await listRules(web, 'default')).find(one => one.name === name);
  if (rule === undefined) throw new Error(`there is no rule ${name}`);
  return rule.id;
};
async function saved(input: Partial<RuleInput>): Promise<number> {
  const outcome = await save(input);
  if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome));
  return outcome.id;
}

describe('saving', () => {
  it('keeps all that was said, on top', async () => {
    const input: RuleInput = {
      name: 'Anna at night',
      enabled: true,
      kinds: ['device_down', 'new_device'],
      minSeverity: 'high',
      networks: [1],
      devices: null,
      owners: ['Anna', 'O’Neill, "B"'],
      deviceKinds: ['phone'],
      states: ['new', 'known'],
      vendors: ['apple'],
      randomMac: false,
      watched: true,
      days: [1, 2, 7],
      fromTime: '22:00',
      toTime: '07:05',
      timeZone: 'Europe/Berlin',
      action: 'send',
      channels: [1],
      setSeverity: 'critical',
      cooldownS: 3600,
      groupS: 90,
      quietFrom: '23:00',
      quietTo: '06:30',
      escalateAfterS: 600,
      escalateTo: 1,
      expiresAt: new Date('2031-05-06T07:08:09Z'),
    };
    const id = await saved(input);
    expect(await getRule(web, 'default', id)).toMatchObject({
      ...input,
      id,
      position: 1,
      origin: 'person',
      madeBy: 'anna',
      revision: 0,
      snoozedUntil: null,
    });
    expect((await names())[0]).toBe('Anna at night');
  });

  it('changes one in its place, once for each reader', async () => {
    const id = await idOf('High and critical');
    const rule = await getRule(web, 'default', id);
    expect(await save({ name: 'Urgent', groupS: 30 }, id, rule?.revision ?? -1)).toEqual({
      kind: 'done',
      id,
    });
    expect(await names()).toEqual([
      'Quiet nights', 'Watched devices', 'Urgent', 'Addresses that change hands', 'Everything else',
    ]); // prettier-ignore
    expect(await getRule(web, 'default', id)).toMatchObject({ origin: 'person', madeBy: 'anna', groupS: 30 });
    expect(await save({ name: 'Late' }, id, rule?.revision ?? -1)).toEqual({ kind: 'stale' });
    expect(await save({ name: 'Nobody' }, 99_999)).toEqual({ kind: 'missing' });
  });

  it.each<[Partial<RuleInput>, RegExp]>([
    [{ name: ' ' }, /name of 1 to 100/],
    [{ name: 'Everything else' }, /called Everything else already/],
    [{ timeZone: 'Mars/Olympus' }, /no time zone Mars/],
    [{ timeZone: 'foo5bar' }, /no time zone foo5bar/],
    [{ channels: [77] }, /channel that is not there/],
    [{ escalateAfterS: 600 }, /time and a channel/],
    [{ escalateAfterS: 600, escalateTo: 77 }, /channel that is not there/],
    [{ networks: [77] }, /network that is not there/],
    [{ devices: [77] }, /device that is not there/],
    [{ fromTime: '22:00' }, /begin and another end/],
    [{ quietFrom: '07:00', quietTo: '07:00' }, /begin and another end/],
    [{ fromTime: '25:00', toTime: '26:00' }, /cannot be read/],
    [{ days: [8] }, /1 \(Monday\) to 7/],
    [{ days: [] }, /empty list/],
    [{ cooldownS: 0 }, /cooldown/],
    [{ groupS: 90_000 }, /gathered/],
    [{ states: ['gone'] }, /a state is/],
  ])('refuses %j in a sentence', async (input, why) => {
    const outcome = await save(input);
    expect(outcome).toMatchObject({ kind: 'refused' });
    expect(outcome.kind === 'refused' && outcome.reason).toMatch(why);
    expect(await names()).toHaveLength(5);
  });
});

it('rules move, are switched, sleep, go and come back as they were', async () => {
  const id = await saved({ name: 'Mine', cooldownS: 60, devices: null });
  await moveRule(web, 'default', id, 'down', 'anna');
  await moveRule(web, 'default', id, 'down', 'anna');
  expect((await names()).indexOf('Mine')).toBe(2);
  await moveRule(web, 'default', id, 'up', 'anna');
  for (let i = 0; i < 3; i++) await moveRule(web, 'default', await idOf('Quiet nights'), 'up', 'anna');
  expect((await names()).slice(0, 3)).toEqual(['Quiet nights', 'Mine', 'Watched devices']);

  await switchRule(web, 'default', id, false, 'anna');
  const until = new Date(Date.now() + HOUR);
  await snoozeRule(web, 'default', id, until, 'anna');
  const before = await getRule(web, 'default', id);
  expect(before).toMatchObject({ enabled: false, snoozedUntil: until });
  expect(await snoozeRule(web, 'default', id, new Date(0), 'anna')).toMatchObject({ kind: 'refused' });

  expect(await removeRule(web, 'default', id, 'anna')).toEqual({ kind: 'done', id });
  expect(await names()).not.toContain('Mine');
  expect(await removeRule(web, 'default', id, 'anna')).toEqual({ kind: 'missing' });
  expect(await restoreRule(web, 'default', id, 'anna')).toEqual({ kind: 'done', id });
  expect(await getRule(web, 'default', id)).toEqual({ ...before, revision: (before?.revision ?? 0) + 1 });
  expect((await names()).slice(0, 3)).toEqual(['Quiet nights', 'Mine', 'Watched devices']);

  await removeRule(web, 'default', id, 'anna');
  await saved({ name: 'Mine' });
  expect(await restoreRule(web, 'default', id, 'anna')).toMatchObject({ kind: 'refused' });
  expect(await restoreRule(web, 'default', 99_999, 'anna')).toEqual({ kind: 'missing' });
});

it('mutes run until they end or are ended', async () => {
  const until = new Date(Date.now() + HOUR);
  const first = await mute(web, 'default', { kind: 'new_device', until, actor: 'anna', note: 'party' });
  if (first.kind !== 'changed') throw new Error(first.kind);
  await mute(web, 'default', { networkId: 1, until: new Date(until.getTime() + 1), actor: 'bert' });
  expect(await listMutes(web, 'default')).toMatchObject([
    { id: first.change, kind: 'new_device', device: null, until, actor: 'anna', note: 'party' },
    { networkId: 1, network: '10.0.0.0/24', actor: 'bert' },
  ]);
  expect(await unmute(web, 'default', first.change, 'bert')).toEqual(first);
  expect(await unmute(web, 'default', first.change, 'bert')).toEqual({ kind: 'unchanged' });
  expect(await unmute(web, 'default', 99_999, 'bert')).toEqual({ kind: 'missing' });
  expect(await listMutes(web, 'default')).toHaveLength(1);
  expect(await mute(web, 'default', { until: new Date(0), actor: 'anna' })).toMatchObject({
    kind: 'refused',
  });
  expect(await mute(web, 'default', { deviceId: 7, until, actor: 'anna' })).toEqual({ kind: 'missing' });
});

it('a site has a time zone, and no other role changes a rule', async () => {
  await setTimeZone(web, 'default', 'America/New_York');
  expect(await timeZoneOf(web, 'default')).toBe('America/New_York');
  await expect(setTimeZone(web, 'default', 'nowhere')).rejects.toThrow(/no time zone/);
  const scan = openPool(database.urlAs('netureon_scan'), { application: 'test', max: 1 });
  await expect(scan.query(`select remove_rule('default', 1, 'x')`)).rejects.toThrow(/permission denied/);
  await scan.close();
  await expect(web.query('delete from rules')).rejects.toThrow(/permission denied/);
});
