// A message after something was done about it stays one that Telegram takes, whatever it said before.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { withNote, type Editable } from '../../../src/alertd/bot/edited.ts';

const body = fc
  .string({ unit: 'grapheme', maxLength: 4000 })
  .map(text => text.slice(0, 4096).replace(/[\ud800-\udbff]$/, ''));

it('keeps within 4,096 UTF-16 units, with its entities inside and no half of a character', () => {
  fc.assert(
    fc.property(
      body,
      fc.nat(4000),
      fc.integer({ min: 1, max: 200 }),
      fc.boolean(),
      (text, offset, length, long) => {
        const whole = long
          ? `${text}${'line of it 🦆\n'.repeat(300)}`.slice(0, 4096).replace(/[\ud800-\udbff]$/, '')
          : text;
        const entities: Editable['entities'] =
          offset + length <= whole.length ? [{ type: 'bold', offset, length }] : [];
        const { text: after, entities: kept } = withNote(
          { text: whole, entities, keyboard: [] },
          '✓ known by Anna',
        );
        expect(after.length).toBeLessThanOrEqual(4096);
        expect(after.endsWith('\n\n✓ known by Anna')).toBe(true);
        expect(after.isWellFormed() || !whole.isWellFormed()).toBe(true);
        for (const entity of kept) expect(entity.offset + entity.length).toBeLessThanOrEqual(after.length);
      },
    ),
  );
});

it('says each thing once, and the latest eight', () => {
  let message: Editable = { text: 'New device', entities: [], keyboard: [] };
  for (let i = 0; i < 10; i++) message = withNote(withNote(message, `✓ ${i}`), `✓ ${i}`);
  expect(message.text).toBe(`New device\n\n${[2, 3, 4, 5, 6, 7, 8, 9].map(i => `✓ ${i}`).join('\n')}`);
});
