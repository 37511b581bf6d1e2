/** What is wrong with what was typed about a device. */
import { english } from '../numbers.ts';

export const deviceForms = {
  notText: 'This has to be a text.',
  notNumber: 'This has to be a whole number, from 0.',
  tooLong: (most: number) => `At most ${english.num(most)} characters.`,
  controls: 'This contains invisible control characters. Type it anew.',
  noDecision: 'A device can be accepted, ignored or blocked. Nothing was changed.',
  noReturn: 'What happens when it comes back was not said. Nothing was changed.',
  silence: 'Minutes, from 0.5 to 43,200 (30 days), or empty to let it be learned.',
};
