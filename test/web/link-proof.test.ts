import { expect, it } from 'vitest';
import { doneText, isProof, proofOf, readDone } from '../../src/web/link-proof.ts';

const KEY = Buffer.alloc(32, 7);
const OTHER = Buffer.alloc(32, 8);

it('a form proves that it was read on the page of this very link', () => {
  const proof = proofOf(KEY, 'token', 'form');
  expect(isProof(KEY, 'token', 'form', proof)).toBe(true);
  for (const [key, token, what, given] of [
    [OTHER, 'token', 'form', proof],
    [KEY, 'token2', 'form', proof],
    [KEY, 'token', 'done block.1', proof],
    [KEY, 'token', 'form', `${proof}=`],
    [KEY, 'token', 'form', proof.slice(0, -1)],
    [KEY, 'token', 'form', ''],
    [KEY, 'token', 'form', null],
  ] as const)
    expect(isProof(key, token, what, given)).toBe(false);
});

it('what was done cannot be turned into something else', () => {
  const text = doneText(KEY, 'token', { what: 'block', id: 12 });
  expect(readDone(KEY, 'token', text)).toEqual({ what: 'block', id: 12 });
  expect(readDone(KEY, 'token', doneText(KEY, 'token', { what: 'mute', id: null }))).toEqual({
    what: 'mute',
    id: null,
  });
  for (const forged of [
    text.replace('12', '13'),
    text.replace('block', 'accept'),
    text.replace('block', 'destroy'),
    `block.12.${proofOf(KEY, 'token', 'form')}`,
    'block.12',
    '',
    undefined,
  ])
    expect(readDone(KEY, 'token', forged)).toBeUndefined();
  expect(readDone(KEY, 'other', text)).toBeUndefined();
});
