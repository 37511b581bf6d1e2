// A rule as people type it.
import { describe, expect, it } from 'vitest';
import { fieldsOf } from '../../../src/cli/rule/fields.ts';
import { checkRule, type RuleContext, type RuleFields } from '../../../src/store/rule-input.ts';
import type { Rule, RuleInput } from '../../../src/store/rules.ts';
import { PLAIN } from './fixtures.ts';

const now = new Date('2026-11-20T12:00:00Z');
const saved = (id: number, over: Partial<Rule>): Rule => ({
  ...PLAIN,
  id,
  name: `rule ${id}`,
  position: id,
  origin: 'person',
  snoozedUntil: null,
  madeBy: 'anna',
  madeAt: now,
  revision: 0,
  ...over,
});
const context = (rules: readonly Rule[] = [], id: number | null = null): RuleContext => ({
  channels: [
    { id: 1, name: 'email' },
    { id: 2, name: 'telegram:42' },
  ],
  networks: [{ id: 7, cidr: '192.168.1.0/24', name: 'home' }],
  rules,
  timeZone: 'Europe/Berlin',
  id,
  now,
});
const input = (fields: RuleFields, known = context()): RuleInput => {
  const result = checkRule({ name: 'Mine', ...fields }, known);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.input;
};
const problems = (fields: RuleFields, known: RuleContext | undefined = context()) => {
  const result = checkRule({ name: 'Mine', ...fields }, known);
  return 'problems' in result ? result.problems.map(({ field, problem }) => `${field}: ${problem}`) : [];
};
const warnings = (fields: RuleFields, known = context()) => {
  const result = checkRule({ name: 'Mine', ...fields }, known);
  return 'warnings' in result ? result.warnings : [JSON.stringify(result.problems)];
};

describe('reading', () => {
  it('takes nothing but a name', () => {
    expect(input({})).toEqual(PLAIN);
    expect(input({ kinds: '', days: [], quiet: ' ', cooldown: '' })).toEqual(PLAIN);
  });

  it('takes every field, and gives back what it was made of', () => {
    const full = input({
      enabled: 'no',
      kinds: ['device_down', 'new_device'],
      minSeverity: 'high',
      networks: 'home',
      devices: '4, 9',
      owners: ['Anna', ' Bert '],
      deviceKinds: 'phone',
      states: 'new,known',
      vendors: ['Apple, Inc.'],
      randomMac: 'no',
      watched: 'yes',
      days: 'mon-wed, Sun',
      hours: '22:00 - 7:00',
      timeZone: 'America/New_York',
      action: 'silence',
      channels: ['email', '2'],
      setSeverity: 'low',
      cooldown: '1h 30m',
      group: '90s',
      quiet: '23:00-06:30',
      escalateAfter: '10m',
      escalateTo: 'email',
      expires: '2026-12-24 18:00',
    });
    expect(full).toEqual({
      name: 'Mine',
      enabled: false,
      kinds: ['device_down', 'new_device'],
      minSeverity: 'high',
      networks: [7],
      devices: [4, 9],
      owners: ['Anna', 'Bert'],
      deviceKinds: ['phone'],
      states: ['new', 'known'],
      vendors: ['Apple, Inc.'],
      randomMac: false,
      watched: true,
      days: [1, 2, 3, 7],
      fromTime: '22:00',
      toTime: '07:00',
      timeZone: 'America/New_York',
      action: 'silence',
      channels: [1, 2],
      setSeverity: 'low',
      cooldownS: 5400,
      groupS: 90,
      quietFrom: '23:00',
      quietTo: '06:30',
      escalateAfterS: 600,
      escalateTo: 1,
      expiresAt: new Date('2026-12-24T23:00:00Z'),
    });
    expect(input(fieldsOf(full))).toEqual(full);
  });

  it('reads a date in the zone of the site, and days around the week', () => {
    expect(input({ expires: '2026-12-24' }).expiresAt).toEqual(new Date('2026-12-23T23:00:00Z'));
    expect(input({ days: 'fri-mon' }).days).toEqual([1, 5, 6, 7]);
  });
});

it.each<[RuleFields, string]>([
  [{ name: ' ' }, 'name: needs 1 to 100 characters'],
  [{ kinds: 'device_up' }, 'kinds: "device_up" is none of gateway_changed'],
  [{ minSeverity: ['low', 'high'] }, 'minSeverity: takes one only'],
  [{ channels: 'pigeon' }, 'channels: there is no channel "pigeon": there is email, telegram:42'],
  [{ networks: '10.0.0.0/8' }, 'networks: there is no network "10.0.0.0/8"'],
  [{ watched: 'perhaps' }, 'watched: takes yes or no'],
  [{ days: 'someday' }, 'days: "someday" is no day'],
  [{ days: 'mon-' }, 'days: "mon-" is no day'],
  [{ hours: '24:00-07:00' }, 'hours: takes two times'],
  [{ quiet: '07:00-07:00' }, 'quiet: begins and ends at 07:00'],
  [{ timeZone: 'Mars/Olympus' }, 'timeZone: "Mars/Olympus" is no time zone'],
  [{ cooldown: 'long' }, 'cooldown: takes a length of time'],
  [{ cooldown: '2000d' }, 'cooldown: takes 1 second to 366 days'],
  [{ group: '2d' }, 'group: takes 1 second to 1 day'],
  [{ escalateAfter: '10m' }, 'escalateTo: say both'],
  [{ escalateTo: 'email' }, 'escalateAfter: say both'],
  [{ escalateAfter: '5s', escalateTo: 'email' }, 'escalateAfter: takes 1 minute to 7 days'],
  [{ expires: 'soon' }, 'expires: takes a date'],
  [{ colour: 'red' }, 'colour: a rule has no "colour"'],
])('%j is refused', (fields, problem) => {
  expect(problems(fields)).toEqual([expect.stringContaining(problem)]);
});

it('refuses a name that another rule has, and tells everything at once', () => {
  const known = context([saved(1, { name: 'Mine' })]);
  expect(problems({}, known)).toEqual(['name: there is a rule called "Mine" already']);
  expect(problems({}, context(known.rules, 1))).toEqual([]);
  expect(problems({ name: '', days: '9', hours: 'x' })).toHaveLength(3);
});

describe('warnings', () => {
  const everything = saved(9, { name: 'Everything else' });
  const cameras = saved(2, { name: 'Cameras', deviceKinds: ['camera'], groupS: 60 });

  it.each<[string, RuleFields, RuleContext, readonly RegExp[]]>([
    ['nothing odd', { kinds: 'device_down' }, context([everything]), []],
    ['silences everything', { action: 'silence' }, context(), [/^Nothing is sent any more/]],
    ['hides what is below', {}, context([everything]), [/^It matches everything.*“Everything else”/]],
    [
      'hides the like of it',
      { deviceKinds: 'camera,phone' },
      context([cameras]),
      [/never decide anything: “Cameras”/],
    ],
    [
      'is hidden',
      { deviceKinds: 'camera' },
      context([{ ...cameras, position: 1 }, saved(3, {})], 3),
      [/It never decides anything: “Cameras”/],
    ],
    [
      'is not hidden by what is off',
      { deviceKinds: 'camera' },
      context([{ ...cameras, position: 1, enabled: false }, saved(3, {})], 3),
      [],
    ],
    ['has expired', { expires: '2020-01-01', kinds: 'baseline' }, context(), [/It has expired/]],
    [
      'is calm about nothing',
      { action: 'silence', kinds: 'baseline', quiet: '22:00-07:00' },
      context(),
      [/has no effect/],
    ],
    [
      'escalates to itself',
      { kinds: 'baseline', channels: 'email', escalateAfter: '5m', escalateTo: 'email' },
      context(),
      [/in the first place/],
    ],
    [
      'escalates to one of those it sends to',
      { kinds: 'baseline', escalateAfter: '5m', escalateTo: 'email' },
      context(),
      [/in the first place/],
    ],
    [
      'escalates to whom another rule tells at once',
      { kinds: 'new_device', channels: 'email', escalateAfter: '5m', escalateTo: 'telegram:42' },
      context([cameras, everything]),
      [/^telegram:42 gets some of these within 1 min too, by “Cameras”\.$/],
    ],
    [
      'escalates to whom the last rule tells at once',
      { kinds: 'new_device', channels: 'email', escalateAfter: '5m', escalateTo: 'telegram:42' },
      context([saved(2, { kinds: ['device_down'] }), everything]),
      [/^telegram:42 gets these at once too, by “Everything else”\.$/],
    ],
    [
      'escalates to whom nobody else tells',
      { kinds: 'new_device', channels: 'email', escalateAfter: '5m', escalateTo: 'telegram:42' },
      context([
        saved(2, { channels: [1] }),
        saved(3, { kinds: ['new_device'], action: 'silence', channels: [2] }),
        everything,
      ]),
      [],
    ],
    [
      'names what no device has',
      { kinds: 'baseline', owners: 'Kdis, ANNA', deviceKinds: 'camra', vendors: 'appel,espress' },
      {
        ...context(),
        devices: { owners: ['Anna', 'Kids'], kinds: [], vendors: ['Apple', 'Espressif Inc.'] },
      },
      [
        /^No device belongs to “Kdis”; owners are Anna, Kids\.$/,
        /^No device is of the kind “camra”; there are no kinds of devices yet\.$/,
        /^No device is by “appel”; vendors are Apple, Espressif Inc\.$/,
      ],
    ],
    [
      'leaves routine alerts to those that name kinds, and does not speak of what is off',
      {},
      context([
        saved(2, { name: 'Watched', kinds: ['device_down'] }),
        saved(3, { name: 'Quiet', enabled: false }),
        everything,
      ]),
      [
        /\(“Everything else”\)\. Only what is routine is left to “Watched”, for it goes by rules that name its kind\.$/,
      ],
    ],
    ['has nobody to tell', { kinds: 'baseline' }, { ...context(), channels: [] }, [/no channel yet/]],
  ])('%s', (_what, fields, known, expected) => {
    expect(warnings(fields, known)).toEqual(expected.map(text => expect.stringMatching(text)));
  });
});
