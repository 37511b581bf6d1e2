/** Was die Seite sagt, auf Deutsch. */
import { alerts } from './de/alerts.ts';
import { channels } from './de/channels.ts';
import { device } from './de/device.ts';
import { frame } from './de/frame.ts';
import { past } from './de/past.ts';
import { rules } from './de/rules.ts';
import { templates } from './de/templates.ts';
import { people } from './de/people.ts';
import { times } from './de/times.ts';
import { told } from './de/told.ts';
import { words } from './de/words.ts';
import type { Texts } from './en.ts';

export const de: Texts = {
  alerts,
  channels,
  device,
  frame,
  past,
  rules,
  templates,
  people,
  times,
  told,
  words,
};
