/** Was an Eingaben zu einem Gerät nicht stimmt. */
import type { Texts } from '../en.ts';

export const deviceForms: Texts['device']['form'] = {
  notText: 'Hier wird ein Text erwartet.',
  notNumber: 'Hier wird eine ganze Zahl ab 0 erwartet.',
  tooLong: most => `Höchstens ${most.toLocaleString('de-DE')} Zeichen.`,
  controls: 'Der Text enthält unsichtbare Steuerzeichen. Bitte neu eintippen.',
  noDecision: 'Ein Gerät kann akzeptiert, ignoriert oder gesperrt werden. Nichts wurde geändert.',
  noReturn: 'Es fehlt, was bei der Rückkehr geschehen soll. Nichts wurde geändert.',
  silence: 'Minuten, von 0,5 bis 43.200 (30 Tage); leer heißt: gelernter Wert.',
};
