import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideDevice, undoChange, type Outcome } from '../../src/store/device-changes.ts';
import { mergeDevices } from '../../src/store/device-merge.ts';
import { openPool, type Pool } from '../../src/store/session.ts';
import { siteVersion } from '../../src/store/site-version.ts';
import {
  acceptSuggestion,
  dismissSuggestion,
  forgetRule,
  openSuggestions,
  rulesOf,
  suggestMerges,
} from '../../src/store/suggestions.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { at, burntIn, forgetAll, random, rehearse, type Rehearsal } from './people-fixtures.ts';

let database: TestDatabase;
let web: Pool;
let profiler: Pool;
let lan: Rehearsal;

const GATEWAY = at(burntIn(1), 1);
const PHONE = at(random(1), 10);
const AGAIN = at(random(2), 11);
const LAPTOP = at(burntIn(20), 20);

const suggestions = () => openSuggestions(web, 'default', null, 50);
/** Looks, and tells what is suggested as [the one to keep, the other, the reasons]. */
const suggested = async () => {
  // In the rehearsal's session: what is recent depends on its clock.
  await suggestMerges(lan.session, 'default');
  return (await suggestions()).map(({ into, from, reasons }) => [
    into.mac,
    from.mac,
    reasons.map(({ reason }) => reason),
  ]);
};
const changeOf = (outcome: Outcome) => {
  if (outcome.kind !== 'changed') throw new Error(`expected a change, got ${outcome.kind}`);
  return outcome.change;
};
const decided = async (mac: string, decision: 'accept' | 'ignore' | 'block') =>
  decideDevice(web, 'default', await lan.deviceOf(mac), decision, 'Anna');

beforeAll(async () => {
  database = await freshDatabase();
  web = openPool(database.urlAs('netureon_admin'), { application: 'test', max: 2 });
  profiler = openPool(database.urlAs('netureon_profile'), { application: 'test', max: 2 });
});
afterAll(async () => {
  await lan.session.close();
  await Promise.all([web.close(), profiler.close()]);
  await database.drop();
});
beforeEach(async () => {
  await lan?.session.close();
  lan = await rehearse(database);
  await forgetAll(lan.session);
  await lan.scan(GATEWAY);
});

/** The phone was here, went, and another MAC came. */
const rotated = async () => {
  await lan.scan(GATEWAY, PHONE);
  await lan.named(PHONE.mac, 'Annas-Pixel-Phone.local');
  await lan.leaveOnly(GATEWAY);
  await lan.scan(GATEWAY, AGAIN);
};

describe('is suggested', () => {
  it('a random MAC that follows another one on the same name, the one that was decided about kept', async () => {
    await rotated();
    expect(await suggested()).toEqual([]);
    await lan.named(AGAIN.mac, 'annas-pixel-phone');
    expect(await suggested()).toEqual([[PHONE.mac, AGAIN.mac, ['same_name', 'never_together', 'follows']]]);
    const [suggestion] = await suggestions();
    expect(suggestion?.reasons).toMatchObject([
      { name: 'annas-pixel-phone', sources: ['mdns'], devices: 2 },
      { visits: 2 },
      { random_mac: true, device: await lan.deviceOf(AGAIN.mac), gap_seconds: expect.any(Number) },
    ]);
    await decided(AGAIN.mac, 'accept');
    expect(await suggested()).toEqual([[AGAIN.mac, PHONE.mac, ['same_name', 'never_together', 'follows']]]);
  });

  it('two that never meet, once there were visits enough', async () => {
    const dock = at(burntIn(90), 21);
    await lan.scan(GATEWAY, LAPTOP);
    await lan.leaveOnly(GATEWAY);
    await lan.scan(GATEWAY, dock);
    await lan.named(LAPTOP.mac, 'anna-thinkpad', 'netbios');
    await lan.named(dock.mac, 'ANNA-THINKPAD', 'netbios');
    const once = await suggested();
    await lan.leaveOnly(GATEWAY);
    await lan.scan(GATEWAY, LAPTOP);
    await lan.leaveOnly(GATEWAY);
    await lan.scan(GATEWAY, dock);
    expect([once, await suggested()]).toEqual([
      [[LAPTOP.mac, dock.mac, ['same_name', 'never_together', 'follows']]],
      [[LAPTOP.mac, dock.mac, ['same_name', 'never_together']]],
    ]);
  });

  it('two network cards of one machine, here at once: neighbouring MACs, or one vendor', async () => {
    const second = at(burntIn(21), 21);
    const far = at('3c:71:bf:99:00:00', 22);
    await lan.scan(GATEWAY, LAPTOP);
    await lan.scan(GATEWAY, LAPTOP, second);
    for (const { mac } of [LAPTOP, second]) await lan.named(mac, 'build-server', 'mdns');
    expect(await suggested()).toEqual([[LAPTOP.mac, second.mac, ['same_name', 'adjacent_macs']]]);
    await lan.scan(GATEWAY, LAPTOP, far);
    await lan.session.query('delete from device_names');
    for (const { mac } of [LAPTOP, far]) await lan.named(mac, 'build-server', 'mdns');
    expect(await suggested()).toEqual([[LAPTOP.mac, far.mac, ['same_name', 'same_vendor']]]);
  });

  it('a stranger that gives the name of a blocked device', async () => {
    await rotated();
    await lan.named(AGAIN.mac, 'annas-pixel-phone');
    await decided(PHONE.mac, 'block');
    expect(await suggested()).toHaveLength(1);
  });
});

describe('is not suggested', () => {
  it.each([
    'iPhone',
    'android-1f2e3d4c5b6a7988',
    'localhost',
    'esp_12F0AA',
    'Galaxy-S21',
    'HP LaserJet M110we',
    'raspberrypi.local',
  ])('for a name that says nothing: %s', async name => {
    await rotated();
    for (const { mac } of [PHONE, AGAIN]) {
      await lan.session.query('delete from device_names where device_id = $1', [await lan.deviceOf(mac)]);
      await lan.named(mac, name);
    }
    expect(await suggested()).toEqual([]);
  });

  it('for a name of the address (reverse DNS), a product (TLS, HTTP), or of two sources', async () => {
    await rotated();
    for (const source of ['rdns', 'tls', 'http'])
      for (const { mac } of [PHONE, AGAIN]) await lan.named(mac, 'host-40', source);
    await lan.named(AGAIN.mac, 'annas-pixel-phone', 'netbios');
    expect(await suggested()).toEqual([]);
  });

  it('when more than three share the name, nor when one was here at the same time', async () => {
    const four = [1, 2, 3, 4].map(n => at(random(n), 10 + n));
    await lan.scan(GATEWAY, ...four.slice(0, 2));
    for (const { mac } of four.slice(0, 2)) await lan.named(mac, 'meeting-room');
    expect(await suggested()).toEqual([]);
    await lan.leaveOnly(GATEWAY);
    for (const one of four.slice(2)) {
      await lan.scan(GATEWAY, one);
      await lan.named(one.mac, 'meeting-room');
      await lan.leaveOnly(GATEWAY);
    }
    expect(await suggested()).toEqual([]);
  });

  it('when people decided differently about the two', async () => {
    await rotated();
    await lan.named(AGAIN.mac, 'annas-pixel-phone');
    await decided(PHONE.mac, 'accept');
    await decided(AGAIN.mac, 'ignore');
    expect(await suggested()).toEqual([]);
  });

  it('when one is put away', async () => {
    await rotated();
    await lan.named(AGAIN.mac, 'annas-pixel-phone');
    await web.query(`select archive_device('default', $1, 'stay', 'Anna')`, [await lan.deviceOf(PHONE.mac)]);
    expect(await suggested()).toEqual([]);
  });

  it('for names of long ago', async () => {
    await rotated();
    await lan.named(AGAIN.mac, 'annas-pixel-phone');
    await lan.pass(100 * 24 * 3600);
    expect(await suggested()).toEqual([]);
  });
});

describe('the answer', () => {
  beforeEach(async () => {
    await rotated();
    await lan.named(AGAIN.mac, 'annas-pixel-phone');
    await suggested();
  });
  const only = async () => {
    const [suggestion] = await suggestions();
    if (suggestion === undefined) throw new Error('nothing is suggested');
    return suggestion.id;
  };

  it('yes: merges, and the undo asks again', async () => {
    const id = await only();
    const change = changeOf(await acceptSuggestion(web, 'default', id, false, 'Anna'));
    expect(await lan.deviceOf(AGAIN.mac)).toBe(await lan.deviceOf(PHONE.mac));
    expect(await suggested()).toEqual([]);
    expect(await rulesOf(web, 'default', await lan.deviceOf(PHONE.mac))).toEqual([]);
    expect(await acceptSuggestion(web, 'default', id, false, 'Ben')).toEqual({ kind: 'stale' });
    await undoChange(web, 'default', change, 'Anna');
    expect(await only()).toBe(id);
    expect(await lan.deviceOf(AGAIN.mac)).not.toBe(await lan.deviceOf(PHONE.mac));
  });

  it('always: makes a rule too, which the undo takes back; a rule can be forgotten, and that undone', async () => {
    const change = changeOf(await acceptSuggestion(web, 'default', await only(), true, 'Anna'));
    const device = await lan.deviceOf(PHONE.mac);
    const [rule] = await rulesOf(web, 'default', device);
    expect(rule).toMatchObject({ source: 'mdns', name: 'annas-pixel-phone', actor: 'Anna', applied: 0 });
    const forgotten = changeOf(await forgetRule(web, 'default', rule!.id, 'Anna'));
    expect(await rulesOf(web, 'default', device)).toEqual([]);
    expect(await forgetRule(web, 'default', rule!.id, 'Anna')).toEqual({ kind: 'missing' });
    await undoChange(web, 'default', forgotten, 'Anna');
    expect(await rulesOf(web, 'default', device)).toHaveLength(1);
    await undoChange(web, 'default', change, 'Anna');
    expect(await rulesOf(web, 'default', device)).toEqual([]);
  });

  it('no: stays dismissed whatever is looked at again, and can be undone', async () => {
    const id = await only();
    const change = changeOf(await dismissSuggestion(web, 'default', id, 'Anna'));
    expect(await dismissSuggestion(web, 'default', id, 'Anna')).toEqual({ kind: 'unchanged' });
    expect(await suggested()).toEqual([]);
    expect(await acceptSuggestion(web, 'default', id, false, 'Ben')).toEqual({ kind: 'stale' });
    await undoChange(web, 'default', change, 'Anna');
    expect(await only()).toBe(id);
  });

  it('of two people, one is told that it is decided', async () => {
    const id = await only();
    const outcomes = await Promise.all(
      ['Anna', 'Ben'].map(who => acceptSuggestion(web, 'default', id, false, who)),
    );
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['changed', 'stale']);
  });

  it('is withdrawn when the two are merged by hand', async () => {
    const side = async (mac: string) => ({ device: await lan.deviceOf(mac), revision: null });
    await mergeDevices(web, 'default', await side(PHONE.mac), await side(AGAIN.mac), 'Anna');
    expect(await suggestions()).toEqual([]);
    expect(await suggested()).toEqual([]);
  });

  it('what a suggestion was about is missing elsewhere', async () => {
    expect(await acceptSuggestion(web, 'default', 999_999, true, 'x')).toEqual({ kind: 'missing' });
    expect(await dismissSuggestion(web, 'elsewhere', await only(), 'x')).toEqual({ kind: 'missing' });
  });
});

it('looking again without news changes nothing that pages show, and writes nothing', async () => {
  await rotated();
  await lan.named(AGAIN.mac, 'annas-pixel-phone');
  const before = await siteVersion(web, 'default');
  expect(await suggestMerges(lan.session, 'default')).toBe(1);
  const shown = await siteVersion(web, 'default');
  expect(shown).not.toBe(before);
  const rows = () => lan.session.query('select xmin::text, * from merge_suggestions');
  const made = await rows();
  expect(await suggestMerges(lan.session, 'default')).toBe(0);
  expect(await rows()).toEqual(made);
  expect(await siteVersion(web, 'default')).toBe(shown);
});

it('is for the profiler to look, and for the site to answer', async () => {
  expect(await suggestMerges(profiler, 'default')).toBe(0);
  await expect(suggestMerges(web, 'default')).rejects.toMatchObject({ code: '42501' });
  await expect(acceptSuggestion(profiler, 'default', 1, true, 'x')).rejects.toMatchObject({ code: '42501' });
});
