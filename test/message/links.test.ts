// Links that act: who forges, changes, stretches or borrows one gets nowhere.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isLinkAction,
  linkOf,
  linkSigner,
  readLink,
  signLink,
  type SignedLink,
} from '../../src/message/links.ts';

const KEY = Buffer.alloc(32, 7);
const OTHER = Buffer.alloc(32, 8);
const NOW = new Date('2026-11-20T09:12:05.250Z');
const later = (ms: number) => new Date(NOW.getTime() + ms);
const DAY = 24 * 3600 * 1000;

const link: SignedLink = {
  id: '01234567-89ab-4def-8123-456789abcdef',
  alertId: 4711,
  channel: 'email',
  expiresAt: new Date('2026-11-27T09:12:05Z'),
};

describe('a signed link', () => {
  it('says what was signed', () => {
    const token = signLink(KEY, link);
    expect(token).toMatch(/^[\w-]+$/);
    expect(readLink(KEY, token, NOW)).toEqual({ kind: 'link', link });
  });

  it('is read back whatever it is about', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.maxSafeNat(),
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.integer({ min: 1, max: 0xffff_ffff }),
        (id, alertId, channel, seconds) => {
          const one = { id, alertId, channel, expiresAt: new Date(seconds * 1000) };
          const token = signLink(KEY, one);
          expect(readLink(KEY, token, new Date(0))).toEqual({ kind: 'link', link: one });
          expect(readLink(OTHER, token, new Date(0))).toEqual({ kind: 'forged' });
        },
      ),
    );
  });

  it('is over when its time is', () => {
    const token = signLink(KEY, link);
    expect(readLink(KEY, token, new Date(link.expiresAt.getTime() - 1))).toMatchObject({ kind: 'link' });
    expect(readLink(KEY, token, link.expiresAt)).toEqual({ kind: 'expired', link });
  });

  it('of another site is nothing here', () => {
    expect(readLink(OTHER, signLink(KEY, link), NOW)).toEqual({ kind: 'forged' });
  });

  it('is nothing once a single bit of it differs', () => {
    const bytes = Buffer.from(signLink(KEY, link), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(readLink(KEY, changed.toString('base64url'), NOW)).toEqual({ kind: 'forged' });
    }
  });

  it('is nothing when it is cut, lengthened, spelled otherwise or not a token at all', () => {
    const token = signLink(KEY, link);
    for (let length = 0; length < token.length; length++)
      expect(readLink(KEY, token.slice(0, length), NOW)).toEqual({ kind: 'forged' });
    const spelled = Buffer.from(token, 'base64url').toString('base64');
    const unused = token.slice(0, -1) + String.fromCharCode(token.charCodeAt(token.length - 1) + 1);
    for (const wrong of [
      `${token}A`,
      `${token}=`,
      ` ${token}`,
      spelled,
      unused,
      'A'.repeat(100_000),
      'é',
      '\0',
    ])
      if (wrong !== token) expect(readLink(KEY, wrong, NOW)).toEqual({ kind: 'forged' });
  });

  it('cannot be put together from the parts of two', () => {
    const mine = Buffer.from(signLink(KEY, link), 'base64url');
    const other = Buffer.from(signLink(KEY, { ...link, alertId: 4712 }), 'base64url');
    const mixed = Buffer.concat([other.subarray(0, -32), mine.subarray(-32)]);
    expect(readLink(KEY, mixed.toString('base64url'), NOW)).toEqual({ kind: 'forged' });
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String()), text => {
        expect(readLink(KEY, text, NOW)).toEqual({ kind: 'forged' });
      }),
    );
  });
});

describe('the link of an alert', () => {
  const alert = { id: 5, openedAt: NOW };

  it('is the same in every try of its message', () => {
    const sign = (now: Date) => linkSigner(KEY, 'https://n.example.test', () => now).urlOf(alert, 'email');
    expect(sign(later(1000))).toBe(sign(NOW));
    expect(sign(later(DAY - 1))).toBe(sign(NOW));
    expect(sign(NOW)).toMatch(/^https:\/\/n\.example\.test\/l\/[\w-]+$/);
  });

  it('acts once however late the message comes: its id stays, its end moves', () => {
    const first = linkOf(KEY, alert, 'email', NOW);
    const late = linkOf(KEY, alert, 'email', later(3.5 * DAY));
    expect(late.id).toBe(first.id);
    expect(late.expiresAt.getTime() - first.expiresAt.getTime()).toBe(3 * DAY);
    // A clock that was set back makes none that is over at once.
    expect(linkOf(KEY, alert, 'email', later(-DAY)).expiresAt).toEqual(first.expiresAt);
  });

  it('is another one for another alert, channel or site', () => {
    const ids = [
      linkOf(KEY, alert, 'email', NOW),
      linkOf(KEY, { ...alert, id: 6 }, 'email', NOW),
      linkOf(KEY, alert, 'telegram:1', NOW),
      linkOf(OTHER, alert, 'email', NOW),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });
});

it('only five things can be done', () => {
  for (const what of ['accept', 'ignore', 'block', 'mute', 'acknowledge'])
    expect(isLinkAction(what)).toBe(true);
  for (const what of ['', 'Accept', 'archive', 'toString', undefined]) expect(isLinkAction(what)).toBe(false);
});
