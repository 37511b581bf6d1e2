/** Wörter, die viele Seiten teilen: wie Geräte heißen und wie es ihnen geht, wie schlimm ein Alarm ist, was Knöpfe tun. */
import type { Texts } from '../en.ts';
import { german } from '../numbers.ts';

const { count } = german;

export const words: Texts['words'] = {
  deviceBy: vendor => `Gerät von ${vendor}`,
  randomMac: 'Gerät mit zufälliger MAC',
  unknown: 'Unbekanntes Gerät',
  presence: { here: 'da', quiet: 'still', gone: 'weg' },
  missed: scans =>
    scans === 1
      ? 'hat beim letzten Suchlauf nicht geantwortet'
      : `hat bei den letzten ${scans} Suchläufen nicht geantwortet`,
  state: { new: 'neu', known: 'bekannt', ignored: 'ignoriert', blocked: 'gesperrt', archived: 'archiviert' },
  severity: { info: 'Hinweis', low: 'gering', medium: 'mittel', high: 'hoch', critical: 'kritisch' },
  decide: { accept: 'Annehmen', ignore: 'Ignorieren', block: 'Sperren' },
  means: {
    accept: 'Ist ab jetzt bekannt',
    ignore: 'Danach wird nicht mehr gefragt; es bleibt in der Liste, als ignoriert markiert',
    block: 'Ein Alarm, sooft es wiederkommt; vom Netz getrennt wird es nicht',
  },
  save: 'Speichern',
  cancel: 'Abbrechen',
  remove: 'Entfernen',
  undo: 'Rückgängig',
  search: 'Suchen',
  show: 'Anzeigen',
  yes: 'ja',
  no: 'nein',
  nothing: 'Hier ist noch nichts.',
  older: 'Ältere',
  newer: 'Neuere',
  required: 'Dieses Feld wird gebraucht.',
  devices: n => count(n, 'Gerät', 'Geräte'),
  alerts: n => count(n, 'Alarm', 'Alarme'),
  help: 'Hilfe',
};
