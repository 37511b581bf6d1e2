/** Netze und Sensoren. */
import type { Texts } from '../en.ts';
import { german } from '../numbers.ts';

const { count } = german;

export const networks: Texts['networks'] = {
  title: 'Netze',
  note: 'Was angesehen wird, von wem und wie gut. Ein Netz erscheint hier mit seinem ersten Suchlauf.',
  none: 'Noch wurde kein Netz abgesucht.',
  noneHint:
    'Der erste Suchlauf findet die Netze seines Rechners von selbst, oder die, die [scan] networks nennt.',
  network: 'Netz',
  by: 'Angesehen von',
  own: 'eigener Scanner',
  sensor: name => `Sensor ${name}`,
  last: 'Letzter vollständiger Suchlauf',
  never: 'nie',
  coverage: 'Abdeckung 24 h',
  coverageWords: (cidr, percent) =>
    `${cidr}: ${percent} der letzten 24 Stunden angesehen; schraffiert, wo niemand hinsah`,
  devices: 'Geräte',
  here: 'da',
  quiet: 'still',
  gone: 'weg',
  retired: 'Stillgelegt',
  retiredTitle: 'Netze, die niemand mehr ansieht',
  failing: n => `${count(n, 'Suchlauf', 'Suchläufe')} in Folge nicht vollständig`,
  link: 'Verbindung',
  gateway: 'Gateway',
  gatewayUnknown: 'noch nicht bekannt',
  interface: 'Schnittstelle',
  since: 'Erster Suchlauf',
  facts: 'Angaben',
  overlaps: 'Überschneidet sich mit',
  overlap: {
    wider: other =>
      `Dieses Netz liegt in ${other}. Seine Adressen gehören ihm, dem engeren, solange es angesehen wird; geschieht das zehn Minuten nicht, übernimmt ${other} sie.`,
    narrower: other =>
      `${other} liegt in diesem Netz. Seine Adressen gehören ${other}, solange das angesehen wird; niemand wird doppelt gezählt.`,
  },
  edit: 'Name und Notiz',
  name: 'Wie Sie es nennen',
  noteField: 'Notiz',
  save: 'Speichern',
  saved: 'gespeichert.',
  retire: 'Stilllegen',
  retireHint:
    'Wenn es niemand mehr ansehen soll: Wer hier war, wird nicht mehr gesucht, niemand erfährt, dass es nicht abgesucht wird, und nichts wird gelöscht. Der nächste vollständige Suchlauf holt es zurück; lassen Sie es also auch in [scan] weg.',
  restore: 'Zurückholen',
  retiredToast: 'ist stillgelegt: Es fehlt niemandem, wenn es nicht abgesucht wird.',
  restoredToast: 'ist wieder, wie es war; der nächste Suchlauf sieht es an.',
  undoRetire: network => `Rückgängig: ${network} ist stillgelegt`,
  retiredBy: 'Stillgelegt von',
  scansLink: 'Seine Suchläufe',
  devicesLink: 'Seine Geräte',
  missing: 'Dieses Netz gibt es nicht.',
  error: {
    tooLong: most => `Höchstens ${most} Zeichen.`,
    controls: 'Das enthält unsichtbare Steuerzeichen. Geben Sie es neu ein.',
  },
  stale: {
    title: 'Inzwischen geändert',
    text: 'Jemand anders hat dieses Netz geändert, während Sie schrieben. Von Ihnen ist noch nichts gespeichert.',
    theirs: 'Wie es jetzt ist',
    yours: 'Wie Sie es schrieben',
    empty: '(leer)',
    saveAnyway: 'Meins speichern',
  },
};

export const sensors: Texts['sensors'] = {
  title: 'Sensoren',
  note: 'Scanner auf anderen Rechnern, die dieser Site die Netze dort melden. Jeder hat einen eigenen Zugang, der für diese Site melden kann und sonst nichts.',
  none: 'Kein Sensor: Nur der eigene Scanner dieser Site meldet.',
  name: 'Sensor',
  networks: 'Netze',
  last: 'Letzte Meldung',
  never: 'nie',
  silent: 'still',
  since: 'Angelegt',
  passwordAt: 'Passwort vom',
  add: 'Sensor anlegen',
  nameField: 'Name',
  nameHint:
    '1 bis 40 Zeichen aus a–z, 0–9, Bindestrich und Unterstrich, beginnend mit Buchstabe oder Ziffer.',
  addButton: 'Anlegen',
  newPassword: 'Neues Passwort',
  newPasswordOf: name => `Neues Passwort für ${name}`,
  newPasswordHint: 'Das alte wird sofort abgelehnt; der Sensor braucht dann das neue.',
  revoke: 'Entziehen',
  revokeOf: name => `${name} den Zugang entziehen`,
  revokeTitle: name => `Sensor ${name} den Zugang entziehen?`,
  revokeText:
    'Sein Zugang endet und lässt sich nicht zurückgeben: Ein Sensor, der unter diesem Namen neu angelegt wird, bekommt ein neues Passwort. Seine Netze werden stillgelegt; wer dort gesehen wurde, bleibt in der Geschichte.',
  cancel: 'Abbrechen',
  revoked: 'Der Zugang ist entzogen, und die Netze des Sensors sind stillgelegt.',
  missing: 'Diesen Sensor gibt es nicht.',
  taken: 'Einen Sensor oder eine Datenbankrolle dieses Namens gibt es schon; wählen Sie einen anderen.',
  tooMany: 'Eine Site hat höchstens 200 Sensoren.',
  badName:
    'Nehmen Sie 1 bis 40 Zeichen aus a–z, 0–9, Bindestrich und Unterstrich, beginnend mit Buchstabe oder Ziffer.',
  made: name => `Sensor ${name} darf melden`,
  changed: name => `Sensor ${name} hat ein neues Passwort`,
  once: 'Sein Passwort wird nur jetzt gezeigt und nirgends aufbewahrt:',
  install: 'Auf dem Rechner des Sensors',
  installText: 'Installieren Sie dort netureon und schreiben Sie dies nach /etc/netureon/netureon.toml:',
  passwordFile: 'und die Adresse mit dem Passwort in eine Datei, die nur sein Benutzer lesen darf:',
  afterwards: 'Suchen Sie dann einmal von Hand, um zu sehen, dass es geht, und starten Sie den Timer:',
  host: 'HOST ist der Name oder die Adresse des Rechners mit der Datenbank, wie der Sensor ihn erreicht.',
  unreachable:
    'Diese Datenbank hört nur auf ihrem eigenen Rechner, kein Sensor anderswo erreicht sie also. Die eingebaute, die netureon up startet, hört nie auf das Netz: Nehmen Sie für Sensoren einen eigenen PostgreSQL-Server oder einen Tunnel (ssh -L) vom Rechner des Sensors.',
  allow: 'Der Server muss ihn auch einlassen: eine Zeile hostssl … scram-sha-256 für ihn in pg_hba.conf.',
  cannot: 'Diese Site darf keine Sensoren anlegen',
  cannotText:
    'Der Eigentümer des Datenbankschemas darf hier keine Rollen anlegen, und die Site selbst darf es nie. Führen Sie auf dem Rechner der Datenbank als die Rolle, die netureon migrate ausgeführt hat, dies aus:',
};
