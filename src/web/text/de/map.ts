/** Die Karte: Netze, Gateways, Sucher und Geräte. */
import type { Texts } from '../en.ts';
import { german } from '../numbers.ts';

const { count, num } = german;

export const map: Texts['map'] = {
  title: 'Karte',
  intro:
    'Eine Linie heißt: im selben Netz. Welches Kabel, welcher Switch oder Zugangspunkt dazwischen liegt, ist nicht bekannt und darum nicht gezeichnet.',
  none: 'Noch wurde kein Netz angesehen.',
  network: n => count(n, 'Gerät', 'Geräte'),
  here: n => `${n} da`,
  quiet: n => `${n} still`,
  gone: n => `${count(n, 'Gerät, das weg ist, ist', 'Geräte, die weg sind, sind')} nicht gezeichnet`,
  gateway: 'Gateway',
  gatewayWhy: 'Dorthin führt die Standardroute dessen, der sucht.',
  noGateway: 'Gateway nicht bekannt',
  gatewaySilent: 'nur an seiner Adresse bekannt',
  scanner: 'Sucher',
  ownScanner: link => `diese Seite, ${link}`,
  sensor: name => `Sensor ${name}`,
  notLooked: 'Zurzeit sieht niemand dieses Netz an; gezeichnet ist, was zuletzt bekannt war.',
  never: 'Noch nicht angesehen: Wer da ist, ist nicht bekannt.',
  empty: 'Niemand ist da.',
  grouped: most =>
    `Mehr als ${num(most)} Geräte: gezeichnet nach Art oder Hersteller. Jede Gruppe führt zu ihren Geräten.`,
  others: 'Andere',
  unknown: 'Art und Hersteller unbekannt',
  list: 'Als Liste',
  drawing: network => `Zeichnung von ${network}`,
  state: 'Zustand',
};
