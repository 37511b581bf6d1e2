import { describe, expect, it } from 'vitest';
import type { SiteStatus } from '../../src/store/site-status.ts';
import { checkBack, checkId } from '../../src/web/forms.ts';
import { judge, pulsesOf } from '../../src/web/judgement.ts';
import { duration, fullLabelOf, labelOf, shortVendor, took } from '../../src/web/words.ts';

const NOW = new Date('2026-11-20T09:00:00Z');
const ago = (ms: number) => new Date(NOW.getTime() - ms);
const MINUTE = 60_000;

describe('names', () => {
  it.each([
    ['Espressif Inc.', 'Espressif'],
    ['SAMSUNG ELECTRO-MECHANICS(THAILAND)', 'SAMSUNG'],
    ['x'.repeat(300), `${'x'.repeat(23)}…`],
    ['Apple, Inc.', 'Apple'],
    ['HUAWEI TECHNOLOGIES CO.,LTD', 'HUAWEI'],
    ['AVM Audiovisuelles Marketing und Computersysteme GmbH', 'AVM Audiovisuelles'],
    ['Company', 'Company'],
  ])('%s is called %s', (vendor, short) => {
    expect(shortVendor(vendor)).toBe(short);
  });

  it('a device is never without one', () => {
    expect(labelOf({ name: ' \u202e ', called: null, vendor: null, isRandomMac: false })).not.toBe('');
    expect(labelOf({ name: null, called: null, vendor: null, isRandomMac: true })).toBe('Random MAC device');
    expect(labelOf({ name: null, called: null, vendor: null, isRandomMac: false })).toBe('Unknown device');
  });

  it('of its own choosing stands in quotes, after a person’s word and before its vendor', () => {
    const device = { name: null, called: 'iPad-\u202eanna', vendor: 'Apple, Inc.', isRandomMac: false };
    expect(labelOf(device)).toBe('“iPad-\ufffdanna”');
    expect(labelOf({ ...device, name: 'Tablet' })).toBe('Tablet');
    expect(fullLabelOf({ ...device, ip: '192.168.1.9', mac: null })).toBe('“iPad-\ufffdanna” 192.168.1.9');
  });

  it('two without one are told apart by their address, else by their MAC', () => {
    const device = {
      name: null,
      called: null,
      vendor: 'Espressif Inc.',
      isRandomMac: false,
      mac: '3c:71:bf:4a:90:12',
    };
    expect(fullLabelOf({ ...device, ip: '192.168.1.77' })).toBe('Espressif device 192.168.1.77');
    expect(fullLabelOf({ ...device, ip: null })).toBe('Espressif device 3c:71:bf:4a:90:12');
    expect(fullLabelOf({ ...device, ip: '192.168.1.77', name: 'Kettle' })).toBe('Kettle');
  });
});

it.each([
  [0, '0 s'],
  [59_999, '59 s'],
  [MINUTE, '1 min'],
  [3_599_000, '59 min'],
  [3_600_000, '1 h'],
  [47 * 3_600_000, '47 h'],
  [48 * 3_600_000, '2 days'],
  [-5000, '0 s'],
])('%d ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

it('tells milliseconds until they are many', () => {
  expect([12, 99, 100, 1234].map(took)).toEqual(['12 ms', '99 ms', '0.1 s', '1.2 s']);
});

describe('judgement', () => {
  const network = {
    id: 1,
    cidr: '192.168.1.0/24',
    interface: 'lan0',
    lastScanAt: ago(12_000),
    failures: 0,
    probed: 254,
    answered: 31,
    durationMs: 800,
    problem: null,
  };
  const beat = (service: string, ms: number) => ({
    service,
    version: '1',
    startedAt: ago(ms),
    seenAt: ago(ms),
  });
  const fine: SiteStatus = {
    here: 31,
    quiet: 0,
    gone: 2,
    new: 0,
    blockedHere: 0,
    openAlerts: 0,
    openSerious: 0,
    networks: [network],
    services: [beat('alertd', 30_000), beat('web', 30_000)],
    failedDeliveries: 0,
    failingChannels: [],
    channels: 1,
    parts: { profiledAt: null, sensors: [], channels: [] },
    lastProblem: null,
  };

  it.each([
    ['nothing', {}, 'good', '31 devices here, everything as usual.'],
    ['one device', { here: 1 }, 'good', '1 device here, everything as usual.'],
    ['new devices', { new: 2 }, 'warn', '31 devices here, 2 new, everything else as usual.'],
    [
      'new and alerts',
      { new: 2, openAlerts: 1 },
      'warn',
      '31 devices here, 2 new, 1 alert open, everything else as usual.',
    ],
    [
      'a blocked device',
      { blockedHere: 1 },
      'bad',
      '31 devices here, 1 of them blocked, everything else as usual.',
    ],
    ['nobody looks', { networks: [{ ...network, lastScanAt: ago(6 * MINUTE) }] }, 'bad', '31 devices here.'],
    ['a service is silent', { services: [beat('alertd', 4 * MINUTE)] }, 'bad', '31 devices here.'],
    ['a message is lost', { failedDeliveries: 1 }, 'warn', '31 devices here.'],
    [
      'a channel fails',
      { failingChannels: [{ name: 'email', since: ago(9 * MINUTE), waiting: 2 }] },
      'warn',
      '31 devices here.',
    ],
  ] as const)('%s', (_what, change, mood, sentence) => {
    const judged = judge({ ...fine, ...change }, NOW);
    expect(judged).toMatchObject({ mood, sentence });
    for (const concern of judged.concerns) expect(concern.remedy).not.toBe('');
  });

  it.each([
    ['all is well', {}, ['alive works', 'alive works', 'alive works']],
    ['no channel', { channels: 0 }, ['alive works', 'waiting no channel is set up', 'alive works']],
    ['a message is lost', { failedDeliveries: 1 }, ['alive works', 'late is in trouble', 'alive works']],
    [
      'a channel fails',
      { failingChannels: [{ name: 'email', since: ago(9 * MINUTE), waiting: 0 }] },
      ['alive works', 'late is in trouble', 'alive works'],
    ],
    [
      'the last scan failed',
      { networks: [{ ...network, failures: 1 }] },
      ['late did not complete', 'alive works', 'alive works'],
    ],
    [
      'no network could be chosen since',
      { lastProblem: { at: ago(5000), problem: 'no interface' } },
      ['late did not complete', 'alive works', 'alive works'],
    ],
    [
      'a problem of before the last scan',
      { lastProblem: { at: ago(20_000), problem: 'no interface' } },
      ['alive works', 'alive works', 'alive works'],
    ],
    [
      'the scan is late',
      { networks: [{ ...network, lastScanAt: ago(3 * MINUTE) }] },
      ['late is late', 'alive works', 'alive works'],
    ],
    [
      'nobody looks, nobody delivers',
      {
        networks: [{ ...network, lastScanAt: ago(6 * MINUTE), failures: 9 }],
        services: [beat('alertd', 4 * MINUTE)],
        failedDeliveries: 1,
      },
      ['dead null', 'dead null', 'alive works'],
    ],
  ] as const)('when %s, each part says so', (_what, change, said) => {
    const pulses = pulsesOf({ ...fine, ...change }, NOW);
    expect(pulses.map(({ state, text }) => `${state} ${text}`)).toEqual(said);
  });
});

it.each([
  ['/devices?q=a&toast=change.1', '/devices?q=a'],
  ['/', '/'],
  ['//x', '/'],
  ['/\\x', '/'],
  ['http://x/', '/'],
  ['/\t/x', '/'],
  ['/.//x', '/'],
  ['/%2e//x', '/'],
  ['/a/..//x', '/'],
  ['/.\\/x', '/'],
  [null, '/'],
])('goes back from %s to %s', (text, path) => {
  expect(checkBack(text)).toBe(path);
});

it.each([
  ['1', 1],
  ['007', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['9007199254740993', undefined],
])('reads the id %s as %s', (text, id) => {
  expect(checkId(text)).toBe(id);
});
