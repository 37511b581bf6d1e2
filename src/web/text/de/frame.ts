/** Was um jede Seite steht. */
import type { Texts } from '../en.ts';

export const frame: Texts['frame'] = {
  skip: 'Zum Inhalt',
  home: 'netureon, Übersicht',
  main: 'Hauptmenü',
  find: 'Gerät suchen',
  inbox: 'Demo-Posteingang',
  theme: 'Farben',
  offline: 'Die Seite hat nicht geantwortet. Nichts wurde geändert; bitte gleich noch einmal versuchen.',
  nav: {
    overview: 'Übersicht',
    devices: 'Geräte',
    alerts: 'Alarme',
    scans: 'Suchläufe',
    rules: 'Regeln',
  },
  menu: {
    label: 'Weitere Seiten',
    account: 'Ihr Konto',
    users: 'Benutzer',
    keys: 'API-Schlüssel',
    audit: 'Änderungsprotokoll',
    system: 'System',
    help: 'Hilfe',
    signOut: 'Abmelden',
  },
};
