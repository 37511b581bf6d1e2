/**
 * What the site says, in English; a translation is a file of the same shape (de.ts), and the compiler finds what it
 * lacks. One part for each page. A value that changes is a function, so that each language orders its sentence itself.
 */
import { alerts } from './en/alerts.ts';
import { channels } from './en/channels.ts';
import { device } from './en/device.ts';
import { frame } from './en/frame.ts';
import { past } from './en/past.ts';
import { rules } from './en/rules.ts';
import { templates } from './en/templates.ts';
import { people } from './en/people.ts';
import { times } from './en/times.ts';
import { told } from './en/told.ts';
import { words } from './en/words.ts';

export const en = {
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

export type Texts = typeof en;
