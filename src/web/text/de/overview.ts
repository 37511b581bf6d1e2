/** Der erste Blick: Ist alles in Ordnung, wer ist das, wer ist da, was war los. */
import type { Texts } from '../en.ts';
import { german } from '../numbers.ts';

const { count, num } = german;

export const overview: Texts['overview'] = {
  title: 'Übersicht',
  status: 'Zustand',
  sentence: {
    here: n => `${count(n, 'Gerät', 'Geräte')} da`,
    blocked: n => `${num(n)} davon gesperrt`,
    new: n => `${num(n)} neu`,
    alerts: n => `${count(n, 'Alarm', 'Alarme')} offen`,
    allElse: 'sonst alles wie immer',
    all: 'alles wie immer',
  },
  lastLooked: 'Zuletzt angesehen',
  at: ':',
  asked: (probed, answered, took) => `(${num(probed)} gefragt, ${num(answered)} antworteten, ${took})`,
  andMore: n => `und ${num(n)} weitere`,
  services: 'Dienste',
  pulse: {
    scan: network => `Suchlauf in ${network}`,
    alertd: 'Zustellung der Alarme',
    web: 'Diese Seite',
    profile: 'Namen und Arten',
    sensor: name => `Sensor ${name}`,
    channel: name => `Kanal ${name}`,
    works: 'läuft',
    late: 'verspätet',
    incomplete: 'nicht vollständig',
    notStarted: 'noch nicht gestartet',
    trouble: 'hat Schwierigkeiten',
    noChannel: 'kein Kanal eingerichtet',
    noReport: 'hat sich noch nicht gemeldet',
  },
  concern: {
    nobodyLooks: problem => `Niemand sieht hin: ${problem}.`,
    nobodyLooksHelp:
      'Benennen Sie, was angesehen werden soll: [scan] networks = ["192.168.1.0/24"] in netureon.toml, oder netureon scan --network.',
    noScan: 'noch kein Suchlauf wurde fertig',
    lastScan: ago => `der letzte vollständige Suchlauf ist ${ago} her`,
    blind: (network, since, problem) =>
      `Niemand sieht ${network} an: ${since}${problem === null ? '' : ` (${problem})`}. Was davon gezeigt wird, ist von damals.`,
    blindHelp:
      'Den Grund zeigt netureon scan auf der Maschine, die sucht; oder sehen Sie bei den Suchläufen nach.',
    silent: (service, ago, lost) => `${service} hat sich seit ${ago} nicht gemeldet. ${lost}`,
    start: command => `Starten Sie sie: ${command}.`,
    lost: {
      alertd: 'Alarme bleiben erhalten und gehen hinaus, sobald sie wieder läuft.',
      web: 'Die Seiten können alt sein.',
    },
    channel: (name, ago, waiting) =>
      `Durch ${name} kommt seit ${ago} nichts${waiting > 0 ? `; ${count(waiting, 'Alarm wartet', 'Alarme warten')}` : ''}.`,
    channelHelp: 'Seine letzte Antwort sagt, warum:',
    channels: 'Kanäle',
    failed: n =>
      `${count(n, 'Nachricht über offene Alarme konnte', 'Nachrichten über offene Alarme konnten')} nicht zugestellt werden.`,
    failedHelp: 'Ihr Verlauf sagt, warum:',
    alerts: 'Alarme',
    sensor: (name, ago) => `Der Sensor ${name} hat sich seit ${ago} nicht gemeldet.`,
    sensorHelp: name =>
      `Starten Sie netureon scan auf seiner Maschine, oder entfernen Sie ihn: netureon sensor remove ${name}.`,
    sensors: 'Sensoren',
  },
  decide: {
    title: 'Zu entscheiden',
    none: 'Niemand Neues. Ein Gerät, das hinzukommt, erscheint hier.',
    note: 'Annehmen: von nun an bekannt. Ignorieren: keine weitere Frage. Sperren: ein Alarm, sooft es wiederkommt.',
    all: n => `Alle ${num(n)} neuen Geräte`,
    oneByOne: 'Eines nach dem anderen entscheiden, mit allem, was bekannt ist',
    firstSeen: 'zuerst gesehen',
    goneAgain: 'wieder weg',
  },
  feed: {
    today: 'Heute',
    yesterday: 'Gestern',
    none: 'Heute hat sich noch nichts geändert.',
    new: 'neu: {}',
    returned: '{} kam zurück',
    moved: '{} zog um nach',
    added: '{} antwortet auch unter',
    left: '{} ging',
    accept: '{} angenommen',
    ignore: '{} ignoriert',
    block: '{} gesperrt',
    rename: '{} wurde bearbeitet',
    merge: '{} wurde mit einem anderen vereint',
    archive: '{} wurde weggelegt',
    watch: '{}: die Überwachung wurde geändert',
    past: 'Wie es vor einer Stunde war',
  },
  here: {
    devices: 'Geräte',
    all: n => `Alle ${num(n)} Geräte`,
  },
  coverage: {
    title: 'Wann jemand hinsah',
    day: 'Abdeckung 24 h',
    of: percent => `${percent} % der letzten 24 Stunden angesehen`,
    none: 'niemand sah hin',
    looked: 'angesehen',
  },
  heat: {
    title: 'Geräte nach Tag und Stunde',
    caption:
      'Wie viele Geräte in jeder Stunde der letzten sieben Tage da waren; schraffiert, wo niemand hinsah.',
    corner: 'Tag',
    none: 'nicht angesehen',
    cell: (day, hour, devices) => `${day}, ${hour}: ${count(devices, 'Gerät', 'Geräte')}`,
    partly: minutes => `${minutes} min davon angesehen`,
  },
  alerts: { title: 'Offene Alarme', all: 'Alle Alarme' },
  first: {
    looking: 'Ein erster Blick in die Runde.',
    incomplete: 'Der erste Blick wurde nicht fertig.',
    asking: 'netureon fragt jede Adresse in',
    ownNetworks: 'den privaten Netzen, zu denen diese Maschine gehört',
    who: 'wer da ist. Das erste Ergebnis erscheint binnen einer Minute auf dieser Seite; danach wird alle 30 Sekunden nachgesehen.',
    again: 'Der nächste Suchlauf versucht es wieder;',
    says: 'sagt mehr darüber, was im Weg steht.',
    known:
      'Wer beim ersten Blick gefunden wird, gilt als bekannt. Sie bekommen einen Alarm mit der Liste, nicht für jeden einen.',
    later:
      'Wer später hinzukommt, ist neu: Er erscheint unter „Zu entscheiden“ und als Nachricht, wenn ein Kanal eingerichtet ist.',
    noScan: 'Noch kein Suchlauf? Starten Sie alles mit',
    orOnce: ', oder sehen Sie einmal nach mit',
    demo: 'Um es zuerst arbeiten zu sehen:',
    demoWhat: 'zeigt ein simuliertes Zuhause mit 24 Geräten. Kein Paket verlässt es.',
    none: 'Es gibt kein Netz, das angesehen werden könnte.',
    only: 'netureon sieht von selbst nur private Netze mit bis zu 4.096 Adressen an, damit niemand versehentlich ein fremdes Netz absucht. Was hilft:',
    connect:
      'Verbinden Sie diese Maschine mit Ihrem LAN. Der nächste Blick kommt binnen 30 Sekunden, und diese Seite zeigt ihn von selbst.',
    name: 'Oder nennen Sie das Netz:',
    under: 'unter',
    in: 'in',
    tryDemo: 'Oder probieren Sie die Demo:',
    tryDemoWhat: 'zeigt ein simuliertes Zuhause mit 24 Geräten.',
  },
};
