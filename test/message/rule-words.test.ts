import { expect, it } from 'vitest';
import { describeRule, type RuleNames } from '../../src/message/rule-words.ts';
import type { RuleInput } from '../../src/store/rules.ts';

const PLAIN: RuleInput = {
  name: 'x',
  enabled: true,
  kinds: null,
  minSeverity: 'info',
  networks: null,
  devices: null,
  owners: null,
  deviceKinds: null,
  states: null,
  vendors: null,
  randomMac: null,
  watched: null,
  days: null,
  fromTime: null,
  toTime: null,
  timeZone: null,
  action: 'send',
  channels: null,
  setSeverity: null,
  cooldownS: null,
  groupS: null,
  quietFrom: null,
  quietTo: null,
  escalateAfterS: null,
  escalateTo: null,
  expiresAt: null,
};
const NAMES: RuleNames = {
  channels: new Map([
    [1, 'email'],
    [2, 'telegram:42'],
  ]),
  networks: new Map([[1, '192.168.1.0/24']]),
  devices: new Map([[5, 'NAS']]),
};

it.each<[Partial<RuleInput>, string]>([
  [{}, 'Every alert: to every channel, at once.'],
  [
    { kinds: ['device_down', 'device_back'], groupS: 60, cooldownS: 21_600 },
    '“Watched device is gone” and “watched device is back”: to every channel, together with what else comes within 1 min, at most once in 6 h for each device and kind.',
  ],
  [
    {
      minSeverity: 'high',
      channels: [1, 2],
      quietFrom: '22:00',
      quietTo: '07:00',
      timeZone: 'Europe/Berlin',
    },
    'Every alert if high or worse: to email and telegram:42, at once, held from 22:00 to 07:00 (Europe/Berlin) unless critical.',
  ],
  [
    {
      devices: [5, 9],
      owners: ['Anna'],
      watched: true,
      networks: [1],
      days: [1, 2, 3, 4, 5],
      fromTime: '08:00',
      toTime: '18:00',
    },
    'Every alert, of NAS or device 9, of devices of Anna, of watched devices, on 192.168.1.0/24, Monday to Friday from 08:00 to 18:00: to every channel, at once.',
  ],
  [
    { action: 'silence', channels: [7], days: [6, 7] },
    'Every alert, on Saturday and Sunday: nothing is sent to channel 7, which is gone.',
  ],
  [{ action: 'silence' }, 'Every alert: nothing is sent.'],
  [
    {
      escalateAfterS: 900,
      escalateTo: 2,
      setSeverity: 'critical',
      expiresAt: new Date('2026-12-24T18:00:00Z'),
    },
    'Every alert: to every channel, at once, as critical; if nobody acknowledges it within 15 min, also to telegram:42. Ends on 24 Dec 2026, 18:00 UTC.',
  ],
])('%j reads %s', (input, sentence) => {
  expect(describeRule({ ...PLAIN, ...input }, NAMES)).toBe(sentence);
});

it('makes what people and devices are called inert, and names no more than a few', () => {
  const hostile = 'x\u202e\u001b[31m\n'.repeat(50);
  const text = describeRule(
    { ...PLAIN, owners: Array.from({ length: 50 }, () => hostile), devices: [1], channels: [1] },
    { channels: new Map([[1, hostile]]), networks: new Map(), devices: new Map([[1, hostile]]) },
  );
  // oxlint-disable-next-line no-control-regex -- that is what it looks for
  expect(text).not.toMatch(/[\u202e\u001b\n]/);
  expect(text).toContain('44 more');
});
