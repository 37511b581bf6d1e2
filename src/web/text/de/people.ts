/** Wer da ist: Anmelden, Benutzer, das eigene Konto. */
import type { Texts } from '../en.ts';

export const people: Texts['people'] = {
  roles: {
    viewer: { name: 'Betrachter', may: 'sieht alles über Geräte und Alarme' },
    operator: { name: 'Bediener', may: 'entscheidet auch über Geräte und Alarme' },
    admin: { name: 'Verwalter', may: 'bestimmt auch, wie es arbeitet: Regeln, Kanäle, Benutzer' },
  },
  refused: {
    nobody: 'Diese Adresse darf niemand benutzen.',
    role: needed =>
      `Das darf nur die Rolle ${needed}; Sie haben eine andere. Nichts wurde geändert. Ein Verwalter kann es tun oder Ihnen die Rolle geben.`,
    signIn: 'Anmelden',
    expired:
      'Sie sind nicht mehr angemeldet. Nichts wurde geändert, und was Sie eingegeben haben, steht noch hier.',
  },
  expired: {
    title: 'Nicht mehr angemeldet',
    kept: 'Nichts wurde geändert. Was Sie gesendet haben, bleibt auf dieser Seite, bis Sie sie verlassen.',
    signIn: 'In einem neuen Reiter anmelden',
    again: 'Dann noch einmal senden',
  },
};
