/** Was ein Gerät von sich erzählt hat. */
import type { Texts } from '../en.ts';
import { german } from '../numbers.ts';

const { count } = german;

export const deviceProfile: Texts['device']['profile'] = {
  title: 'Was es zu sein scheint',
  askAgain: 'Noch einmal fragen',
  notAsked: 'Es wurde noch nicht gefragt.',
  tooLittle: 'Es hat zu wenig erzählt, um etwas zu sagen.',
  sure: {
    almost: 'Mit großer Sicherheit',
    probably: 'Wahrscheinlich',
    perhaps: 'Vielleicht',
    little: 'Mit wenig Anhalt:',
  },
  device: 'ein Gerät',
  kind: kind => `Art: ${kind}`,
  running: system => ` mit ${system}`,
  systems: {
    linux: 'Linux',
    windows: 'Windows',
    apple: 'einem System von Apple',
    android: 'Android',
    bsd: 'BSD',
    embedded: 'einem eingebetteten System',
  },
  model: ', Modell ',
  asked: 'Gefragt',
  due: ' Es wird binnen einer Minute wieder gefragt.',
  name: 'Name',
  toldBy: 'Gesagt von',
  sources: {
    dhcp: 'DHCP',
    rdns: 'DNS (von dessen Betreiber gesetzt)',
    mdns: 'mDNS, von ihm selbst',
    netbios: 'NetBIOS, von ihm selbst',
    llmnr: 'LLMNR, von ihm selbst',
    tls: 'seinem Zertifikat',
    http: 'seiner Webseite',
  },
  first: 'Zuerst',
  last: 'Zuletzt',
  port: 'Port',
  address: 'Adresse',
  service: 'Dienst',
  says: 'Was es sagt',
  openSince: 'Offen seit',
  shut: 'zu seit',
  certificate: (subject, until) => `Zertifikat für ${subject}${until === '' ? '' : ` bis ${until}`}`,
  why: n => `Warum: ${count(n, 'Hinweis', 'Hinweise')}`,
  speaksFor: (claim, weight) => `spricht für ${claim}, ${weight} von 100`,
  problems: n => `${count(n, 'Frage', 'Fragen')} ohne brauchbare Antwort`,
};
