/** What a device told of itself. */
import { english } from '../numbers.ts';

const { count } = english;

export const deviceProfile = {
  title: 'What it seems to be',
  askAgain: 'Ask again',
  notAsked: 'It has not been asked yet.',
  tooLittle: 'It told too little to say.',
  sure: {
    almost: 'Almost certainly',
    probably: 'Probably',
    perhaps: 'Perhaps',
    little: 'With little to go by,',
  },
  device: 'a device',
  kind: (kind: string) => (/^[aeiou]/i.test(kind) ? `an ${kind}` : `a ${kind}`),
  running: (system: string) => ` running ${system}`,
  systems: {
    linux: 'Linux',
    windows: 'Windows',
    apple: 'an Apple system',
    android: 'Android',
    bsd: 'BSD',
    embedded: 'an embedded system',
  } as Readonly<Record<string, string>>,
  model: ', model ',
  asked: 'Asked',
  due: ' It will be asked again within a minute.',
  name: 'Name',
  toldBy: 'Told by',
  sources: {
    dhcp: 'DHCP',
    rdns: 'DNS (set by whoever runs it)',
    mdns: 'mDNS, by itself',
    netbios: 'NetBIOS, by itself',
    llmnr: 'LLMNR, by itself',
    tls: 'its certificate',
    http: 'its web page',
  } as Readonly<Record<string, string>>,
  first: 'First',
  last: 'Last',
  port: 'Port',
  address: 'Address',
  service: 'Service',
  says: 'What it says',
  openSince: 'Open since',
  shut: 'shut',
  certificate: (subject: string, until: string) =>
    `certificate for ${subject}${until === '' ? '' : ` until ${until}`}`,
  why: (n: number) => `Why: ${count(n, 'piece', 'pieces')} of evidence`,
  speaksFor: (claim: string, weight: number) => `speaks for ${claim}, ${weight} of 100`,
  problems: (n: number) => `${count(n, 'question', 'questions')} that got no good answer`,
};
