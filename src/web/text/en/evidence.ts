/** What speaks for something: for an alert, and for two devices being one. */
import { english } from '../numbers.ts';

const { num, count } = english;

export const evidence = {
  labels: {
    problem: 'Reason',
    reason: 'Reason',
    vendor: 'Vendor',
    random_mac: 'MAC address',
    ip: 'Address',
    old_ip: 'Gateway before',
    old_mac: 'MAC address before',
    old_answers: 'The one from before',
    new_macs: 'Claim to be the gateway',
    old: 'Before',
    new: 'Now',
    before: 'Before',
    after: 'Now',
    source: 'Heard by',
    claimants: 'Claim it',
    changes: 'Changed hands lately',
    silent_ms: 'Silent for',
    limit_ms: 'Allowed silence',
    own_limit: 'That limit',
    misses: 'Did not answer',
    away_ms: 'Was away',
    addresses: 'Addresses',
    first: 'First address',
    last: 'Last address',
    covers: 'Known devices it answers for',
    unseen: 'MAC addresses never seen before',
    peak: 'Most at once',
    of_last_hour: 'Within the last hour',
    held: 'Not listed one by one',
    gateway: 'Gateway',
    port: 'Port',
    service: 'Service',
    total: 'Devices',
    devices: 'Among them',
  },
  random: 'random: the device chose it itself, and may change it',
  answers: 'still answers',
  byPerson: 'was set by a person',
  times: (n: number) => count(n, 'time', 'times'),
  scans: (n: number) => count(n, 'scan', 'scans'),
  andMore: (named: string, n: number) => `${named} and ${num(n)} more`,

  same: {
    title: 'Is this the same device?',
    pair: (one: string, other: string) => `${one} and ${other}`,
    merge: 'Merge',
    mergePair: (pair: string) => `Merge ${pair}`,
    mergeMeans: 'They are one device from now on; this can be undone',
    always: 'Always',
    alwaysPair: (pair: string) => `Always merge ${pair}`,
    alwaysMeans: 'And whoever gives this name with a new random MAC is this device, too',
    no: 'No',
    noPair: (pair: string) => `No, ${pair} are two`,
    noMeans: 'They are two devices; not asked again',
    sameName: (protocols: string, name: string, others: number) =>
      `Both say by ${protocols} that they are “${name}”${others > 0 ? `, as ${count(others, 'other device does', 'other devices do')}` : ''}.`,
    neverTogether: (visits: number) =>
      `They were never here at the same time, in ${count(visits, 'visit', 'visits')}.`,
    follows: (later: string, gap: string, isRandom: boolean) =>
      `${later} came ${gap} after the other had gone${isRandom ? ', with a random MAC' : ''}.`,
    neighbours:
      'Both are here, and their MAC addresses are neighbours, as those of two network cards of one machine are.',
    sameVendor: (vendor: string) => `Both are here, and their network cards are by one vendor, ${vendor}.`,
  },
};
