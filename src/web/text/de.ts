/** Was die Seite sagt, auf Deutsch. */
import { device } from './de/device.ts';
import { frame } from './de/frame.ts';
import type { Texts } from './en.ts';

export const de: Texts = { device, frame };
