/** Was für etwas spricht: für einen Alarm, und dafür, dass zwei Geräte eins sind. */
import type { Texts } from '../en.ts';
import { german } from '../numbers.ts';

const { num, count } = german;

export const evidence: Texts['evidence'] = {
  labels: {
    problem: 'Grund',
    reason: 'Grund',
    vendor: 'Hersteller',
    random_mac: 'MAC-Adresse',
    ip: 'Adresse',
    old_ip: 'Früheres Gateway',
    old_mac: 'Frühere MAC-Adresse',
    old_answers: 'Das frühere',
    new_macs: 'Wollen das Gateway sein',
    old: 'Vorher',
    new: 'Jetzt',
    before: 'Vorher',
    after: 'Jetzt',
    source: 'Gehört über',
    claimants: 'Beanspruchen sie',
    changes: 'Zuletzt gewechselt',
    silent_ms: 'Still seit',
    limit_ms: 'Erlaubte Stille',
    own_limit: 'Diese Grenze',
    misses: 'Antwortete nicht',
    away_ms: 'War weg',
    addresses: 'Adressen',
    first: 'Erste Adresse',
    last: 'Letzte Adresse',
    covers: 'Bekannte Geräte, für die es antwortet',
    unseen: 'Nie zuvor gesehene MAC-Adressen',
    peak: 'Höchstens zugleich',
    of_last_hour: 'In der letzten Stunde',
    held: 'Nicht einzeln aufgeführt',
    gateway: 'Gateway',
    port: 'Port',
    service: 'Dienst',
    total: 'Geräte',
    devices: 'Darunter',
  },
  random: 'zufällig: Das Gerät hat sie selbst gewählt und kann sie wechseln',
  answers: 'antwortet noch',
  byPerson: 'hat jemand festgelegt',
  times: n => `${num(n)}-mal`,
  scans: n => (n === 1 ? 'bei 1 Suchlauf' : `bei ${num(n)} Suchläufen`),
  andMore: (named, n) => `${named} und ${num(n)} weitere`,

  same: {
    title: 'Ist das dasselbe Gerät?',
    pair: (one, other) => `${one} und ${other}`,
    merge: 'Verbinden',
    mergePair: pair => `Verbinden: ${pair}`,
    mergeMeans: 'Sie sind ab jetzt ein Gerät; das lässt sich rückgängig machen',
    always: 'Immer',
    alwaysPair: pair => `Immer verbinden: ${pair}`,
    alwaysMeans: 'Und wer diesen Namen mit einer neuen zufälligen MAC nennt, ist auch dieses Gerät',
    no: 'Nein',
    noPair: pair => `Nein, ${pair} sind zwei`,
    noMeans: 'Es sind zwei Geräte; danach wird nicht mehr gefragt',
    sameName: (protocols, name, others) =>
      `Beide sagen über ${protocols}, sie seien „${name}“${others > 0 ? `, wie ${count(others, 'weiteres Gerät', 'weitere Geräte')} auch` : ''}.`,
    neverTogether: visits => `Sie waren nie zur selben Zeit da, bei ${count(visits, 'Besuch', 'Besuchen')}.`,
    follows: (later, gap, isRandom) =>
      `${later} kam ${gap}, nachdem das andere gegangen war${isRandom ? ', mit einer zufälligen MAC' : ''}.`,
    neighbours:
      'Beide sind da, und ihre MAC-Adressen sind benachbart, wie bei zwei Netzwerkkarten eines Rechners.',
    sameVendor: vendor => `Beide sind da, und ihre Netzwerkkarten sind von einem Hersteller, ${vendor}.`,
  },
};
