// What a button carries: within 64 bytes, read only as it was signed.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  alertOfButton,
  nonceOf,
  readButton,
  signButton,
  type Button,
} from '../../../src/alertd/bot/button.ts';

const KEY = new Uint8Array(32).fill(7);
const button = fc.record({
  action: fc.constantFrom<Button['action']>(
    'accept',
    'ignore',
    'block',
    'undo',
    'mute',
    'unmute',
    'acknowledge',
    'unacknowledge',
  ),
  alertId: fc.maxSafeNat(),
  state: fc.constantFrom('new', 'known', 'ignored', 'blocked', 'archived', null),
  ref: fc.option(fc.maxSafeNat(), { nil: null }),
  expiresAt: fc.integer({ min: 0, max: 36 ** 6 - 1 }).map(minutes => new Date(minutes * 60_000)),
  nonce: fc.uuid().map(nonceOf),
});

it('comes back as it was signed, and is short enough', () => {
  fc.assert(
    fc.property(button, given => {
      const data = signButton(KEY, given);
      expect(Buffer.byteLength(data)).toBeLessThanOrEqual(64);
      expect(readButton(KEY, data)).toMatchObject(given);
      expect(alertOfButton(data)).toBe(given.alertId);
      expect(readButton(new Uint8Array(32), data)).toBeUndefined();
    }),
  );
});

it('is nobody’s when any character differs', () => {
  fc.assert(
    fc.property(button, fc.nat(), fc.constantFrom('.', 'a', 'k', '0', '-', 'Z'), (given, at, other) => {
      const data = signButton(KEY, given);
      const i = at % data.length;
      fc.pre(data.charAt(i) !== other);
      const changed = data.slice(0, i) + other + data.slice(i + 1);
      const read = readButton(KEY, changed);
      // The last character of base64url has bits that say nothing; then it is the same button.
      if (read !== undefined) expect(read).toEqual(readButton(KEY, data));
      else expect(read).toBeUndefined();
    }),
  );
});

it.each([
  '',
  'x',
  '.'.repeat(64),
  'kn.1..1.aaaaaa.',
  `kn.1..1.aaaaaa.${'A'.repeat(22)}`,
  'kn.1..1.aaaaaa.\u0000',
])('is not %j', data => {
  expect(readButton(KEY, data)).toBeUndefined();
});

it('acts once whatever copy of its message is pressed, and apart from all others', () => {
  const given: Button = {
    action: 'accept',
    alertId: 1,
    state: 'new',
    ref: null,
    expiresAt: new Date(6e7),
    nonce: 'abcdef',
  };
  const id = (changed: Partial<Button>) => readButton(KEY, signButton(KEY, { ...given, ...changed }))?.linkId;
  expect(id({})).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(id({ expiresAt: new Date(12e7) })).toBe(id({}));
  for (const other of [{ action: 'block' }, { alertId: 2 }, { nonce: 'abcdeg' }, { ref: 0 }] as const)
    expect(id(other)).not.toBe(id({}));
});
