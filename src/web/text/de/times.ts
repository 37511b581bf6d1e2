/** Zeitspannen; site.js setzt die Zahlen ein und zählt weiter. Tage sind zwei oder mehr. */
import type { Texts } from '../en.ts';

export const times: Texts['times'] = {
  lengths: { s: '{} s', min: '{} min', h: '{} h', days: '{} Tage' },
  ago: { s: 'vor {} s', min: 'vor {} min', h: 'vor {} h', days: 'vor {} Tagen' },
};
