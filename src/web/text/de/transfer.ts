import type { transfer as english } from '../en/transfer.ts';

const n1 = (n: number) => n.toLocaleString('de-DE');

/** Einlesen und Ausgeben von Geräten. */
export const transfer: typeof english = {
  title: 'Einlesen und ausgeben',
  intro:
    'Nehmen Sie die Liste der Geräte als Datei mit, oder bringen Sie mit, was Sie über sie wissen: Namen, Besitzer, Notizen, Arten und Entscheidungen. Eine Datei wird erst gezeigt und dann als Ganzes übernommen; alles, was sie bewirkt hat, lässt sich auf einmal zurücknehmen.',
  export: 'Ausgeben',
  exportIntro: 'Die ganze Liste; mit Filtern lässt sie sich aus der Geräteliste ausgeben.',
  csv: 'Als CSV, für Tabellenprogramme',
  json: 'Als JSON, für Programme',
  import: 'Einlesen',
  file: 'Eine Datei: CSV oder JSON, höchstens 5 MB',
  paste: 'Oder hier einfügen',
  pasteHint:
    'Die erste Zeile sagt, was die Spalten sind. Nötig ist mac oder device; bekannt sind name, owner, notes, state, kind, watched.',
  make: 'Auch Geräte für MACs anlegen, die noch nicht bekannt sind',
  look: 'Zeigen, was sich ändern würde',
  apply: n => (n === 1 ? 'Diese Änderung übernehmen' : `Diese ${n1(n)} Änderungen übernehmen`),
  report: 'Was sich ändern würde',
  nothing: 'Es würde sich nichts ändern: alles darin ist schon so.',
  wrongFirst:
    'Solange eine Zeile falsch ist, wird nichts übernommen: berichtigen Sie die Datei und zeigen Sie sie erneut.',
  changedMeanwhile:
    'Seit Sie nachgesehen haben, hat sich etwas geändert: das würde jetzt geschehen. Noch wurde nichts geändert.',
  ignored: names => `Spalten, die hier nichts bedeuten und ausgelassen werden: ${names}.`,
  shortened: (n, all) => `Gezeigt werden die ersten ${n1(n)} von ${n1(all)} Zeilen; falsche stehen oben.`,
  counts: {
    change: n => (n === 1 ? '1 Gerät ändert sich' : `${n1(n)} Geräte ändern sich`),
    make: n => (n === 1 ? '1 Gerät wird angelegt' : `${n1(n)} Geräte werden angelegt`),
    same: n => (n === 1 ? '1 Zeile ist schon so' : `${n1(n)} Zeilen sind schon so`),
    unknown: n =>
      n === 1 ? '1 MAC ist nicht bekannt und bleibt aus' : `${n1(n)} MACs sind nicht bekannt und bleiben aus`,
    wrong: n => (n === 1 ? '1 Zeile ist falsch' : `${n1(n)} Zeilen sind falsch`),
  },
  columns: { line: 'Zeile', device: 'Gerät', what: 'Was' },
  verdicts: {
    change: 'ändert sich',
    make: 'wird angelegt',
    same: 'wie es ist',
    unknown: 'nicht bekannt',
    wrong: 'falsch',
  },
  fields: {
    device: 'Gerätenummer',
    mac: 'MAC',
    macs: 'MACs',
    name: 'Name',
    owner: 'Besitzer',
    notes: 'Notizen',
    state: 'Zustand',
    kind: 'Art',
    watched: 'Beobachtet',
  },
  none: 'nichts',
  done: {
    title: 'Frühere Einlesungen',
    empty: 'Es wurde noch nichts eingelesen.',
    line: (lines, made) =>
      `${lines === 1 ? '1 Gerät' : `${n1(lines)} Geräte`}${made > 0 ? `, davon ${n1(made)} angelegt` : ''}`,
    undone: by => `zurückgenommen von ${by}`,
    undo: 'Zurücknehmen',
    applied: 'Die Datei wurde übernommen.',
    takenBack: 'Die Einlesung wurde zurückgenommen.',
    stale:
      'Etwas Neueres hat eines der Geräte geändert, oder sie wurde schon zurückgenommen. Es wurde nichts geändert.',
  },
  problems: {
    noMac: 'Es gibt weder MAC noch Gerätenummer.',
    badMac: text => `${text} ist keine MAC.`,
    groupMac: text => `${text} ist eine Gruppenadresse: kein Gerät hat sie.`,
    badDevice: text => `Es gibt kein Gerät ${text}.`,
    twice: line => `Dasselbe Gerät wie in Zeile ${line}.`,
    several: 'Seine MACs gehören zu mehreren Geräten.',
    badState: text => `${text} ist keines von known, ignored, blocked, archived.`,
    notNewAgain: 'Ein Gerät, über das entschieden wurde, kann nicht wieder neu sein.',
    badWatched: text => `${text} ist weder yes noch no.`,
    badKind: 'Höchstens 60 Zeichen, ohne Steuerzeichen.',
  },
  file_problems: {
    encoding: 'Das ist kein UTF-8-Text. Speichern Sie es als „CSV UTF-8“.',
    empty: 'Es ist nichts darin.',
    no_mac_column: 'Keine seiner Spalten heißt mac oder device; so weiß niemand, welche Geräte gemeint sind.',
    repeated_column: 'Zwei seiner Spalten bedeuten dasselbe.',
    quotes: 'Die Anführungszeichen passen nicht: ein Feld, das mit einem beginnt, muss mit einem enden.',
    json: 'Das ist kein JSON.',
    json_shape: 'Es muss eine Liste von Geräten sein, oder eine Ausgabe dieser Seite.',
    too_many: 'Es hat mehr als 20.000 Zeilen. Teilen Sie es auf.',
    at: (line, problem) => `Zeile ${line}: ${problem}`,
    none: 'Wählen Sie eine Datei, oder fügen Sie ihren Text ein.',
    notAFile: 'Diese Adresse nimmt ein Formular mit einer Datei oder Text.',
  },
};
