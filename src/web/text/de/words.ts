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
  kinds: {
    gateway_changed: 'das Gateway hat gewechselt',
    blocked_device_seen: 'gesperrtes Gerät ist da',
    ip_conflict: 'zwei beanspruchen eine Adresse',
    arp_flood: 'Flut erfundener Adressen',
    network_outage: 'Netz verstummt',
    scan_failing: 'niemand sieht nach',
    sensor_silent: 'Sensor schweigt',
    service_silent: 'Dienst schweigt',
    channel_failing: 'Kanal gestört',
    device_down: 'beobachtetes Gerät ist weg',
    flip_flop: 'Adresse wechselt hin und her',
    mac_changed: 'Adresse hat den Inhaber gewechselt',
    mac_reused: 'früherer Inhaber ist zurück',
    name_changed: 'Gerät heißt jetzt anders',
    port_opened: 'Port wurde geöffnet',
    proxy_arp: 'Gerät antwortet für andere',
    new_device: 'neues Gerät',
    device_back: 'beobachtetes Gerät ist zurück',
    mac_returned: 'zurück nach einem halben Jahr',
    ip_changed: 'Gerät hat eine andere Adresse',
    baseline: 'erster Blick',
    test: 'Probenachricht',
  },
  decide: { accept: 'Annehmen', ignore: 'Ignorieren', block: 'Sperren' },
  decideThis: {
    accept: device => `${device} annehmen`,
    ignore: device => `${device} ignorieren`,
    block: device => `${device} sperren`,
  },
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
