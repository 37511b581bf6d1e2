/** Was die Seite sagt, auf Deutsch. */
import { frame } from './de/frame.ts';
import type { Texts } from './en.ts';

export const de: Texts = { frame };
