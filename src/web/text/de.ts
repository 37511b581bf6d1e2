/** Was die Seite sagt, auf Deutsch. */
import { device } from './de/device.ts';
import { frame } from './de/frame.ts';
import { past } from './de/past.ts';
import { times } from './de/times.ts';
import { words } from './de/words.ts';
import type { Texts } from './en.ts';

export const de: Texts = {
  device,
  frame,
  past,
  times,
  words,
};
