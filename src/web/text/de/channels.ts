/** Die Wege zu den Leuten, und die Texte, die sie bekommen. */
import type { Texts } from '../en.ts';
import { german } from '../numbers.ts';

const { count } = german;

export const channels: Texts['channels'] = {
  title: 'Kanäle',
  note: {
    begin: 'Die Wege, auf denen Sie zu erreichen sind. Welcher Alarm wohin geht, sagen die',
    rules: 'Regeln',
    middle: '; was in einer Nachricht steht, ihr',
    text: 'Text',
    end: '.',
  },
  none: 'Es ist kein Kanal eingerichtet: Alarme bleiben hier und werden nirgendwohin verschickt.',
  putOne:
    'Schreiben Sie eins davon in netureon.toml (/etc/netureon/netureon.toml oder die Datei, die --config nennt; legen Sie sie an, wenn es sie nicht gibt) und starten Sie neu, was sendet: netureon alertd, oder netureon up, wenn das alles ausführt.',
  secrets: 'Passwort oder Token können auch in einer eigenen Datei stehen, als url_file oder token_file.',
  sectionFor: kind => `Abschnitt für ${kind}`,
  kinds: {
    email: {
      word: 'E-Mail',
      recipient: 'E-Mail-Adressen, durch Kommas getrennt',
      example: 'anna@example.org, jonas@example.org',
    },
    telegram: {
      word: 'Telegram',
      recipient: 'die Nummer eines Chats, in dem der Bot ist, oder @kanalname',
      example: '-1001234567890',
    },
    ntfy: { word: 'ntfy', recipient: 'ein Thema Ihres ntfy-Servers', example: 'netureon-k3Qz8vWm2xTd' },
    matrix: {
      word: 'Matrix',
      recipient: 'ein Raum, mit Kennung oder Alias',
      example: '#alarme:example.org',
    },
    webhook: {
      word: 'Webhook',
      recipient: 'eine Webadresse, die JSON nimmt',
      example: 'https://example.org/hooks/netureon',
    },
  },
  add: {
    title: 'Kanal hinzufügen',
    by: 'Er verschickt über den Mailserver, Bot oder Zugang aus netureon.toml; hier sagen Sie nur, wen er erreicht.',
    byFirst:
      'Er verschickt über den Mailserver, Bot oder Zugang aus netureon.toml, der zuerst eingerichtet sein muss; hier sagen Sie nur, wen er erreicht.',
    kind: 'Über',
    to: 'Wen er erreicht',
    what: 'Was dort einzugeben ist',
    such: ', zum Beispiel ',
    name: 'Name, wie Regeln und Belege ihn nennen',
    nameSuch: 'anna',
    button: 'Hinzufügen',
    chooseKind: 'Wählen Sie eins davon.',
  },
  reaches: kind => `${kind} an`,
  test: 'Probe schicken',
  testThis: name => `Eine Probe an ${name} schicken`,
  switchOff: 'Ausschalten',
  switchOn: 'Einschalten',
  switchThis: (name, on) => `${name} ${on ? 'einschalten' : 'ausschalten'}`,
  nothingWaits: 'Nichts wartet',
  waiting: n => (n === 1 ? '1 Alarm wartet' : `${count(n, 'Alarm', 'Alarme')} warten`),
  lastAccepted: ', zuletzt angenommen',
  defaultTexts: 'Texte: Standard',
  ownTexts: n => count(n, 'eigener Text', 'eigene Texte'),
  fromFile: 'aus netureon.toml',
  offBy: who => `Ausgeschaltet von ${who}`,
  somebody: 'jemandem',
  isOff: 'Darüber wird nichts verschickt.',
  unusable: why => `Nicht verwendbar: ${why}`,
  notTaken: 'Wartet auf den Versand: netureon alertd hat ihn noch nicht übernommen.',
  failingSince: 'Nichts kommt durch seit',
  unused: 'Darüber wurde noch nichts verschickt.',
  works: 'Funktioniert',
  testOf: 'Probe von',
  results: {
    accepted: 'angenommen',
    onItsWay: 'unterwegs',
    again: 'noch nicht angenommen, es wird wieder versucht',
    failed: 'nicht verschickt',
  },
  story: 'Verlauf',
  storyOfTest: 'Verlauf dieser Probe',
  removeThis: name => `${name} entfernen`,
  removal: 'Was noch auf ihn wartet, wird nicht verschickt.',
  removeForGood: 'Endgültig entfernen',
  removeThisForGood: name => `${name} endgültig entfernen`,
  missing: 'Diesen Kanal gibt es nicht.',
};
