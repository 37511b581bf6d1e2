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
    signIn: 'Anmelden',
  },
  language: 'Sprache',
  tabs: {
    list: 'Liste',
    review: 'Prüfen',
    map: 'Karte',
    past: 'Zeitmaschine',
    import: 'Import',
    scans: 'Suchläufe',
    networks: 'Netze',
    sensors: 'Sensoren',
    rules: 'Regeln',
    channels: 'Kanäle',
    texts: 'Texte',
  },
  keys: 'Tastatur',
  live: {
    lost: 'Keine Verbindung; neuer Versuch läuft.',
    oneChange: '1 Änderung, anzeigen',
    changes: '{} Änderungen, anzeigen',
  },
  problem: {
    back: 'Zurück zur Übersicht',
    log: 'Im Protokoll stehen die Einzelheiten unter',
  },
};
