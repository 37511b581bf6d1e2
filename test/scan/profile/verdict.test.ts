import { describe, expect, it } from 'vitest';
import { meets, SAID, sourceOf } from '../../../src/scan/profile/conditions.ts';
import { PORT_PRESETS } from '../../../src/scan/profile/presets.ts';
import { RULES } from '../../../src/scan/profile/rules.ts';
import { SAID_LIMIT, TELL_FROM, verdictOf } from '../../../src/scan/profile/verdict.ts';
import { device, DEVICES, LINUX_SYN, WINDOWS_SYN } from './devices.ts';

const SYSTEMS = ['linux', 'windows', 'apple', 'android', 'bsd', 'embedded'];
const KINDS = [
  'phone',
  'tablet',
  'computer',
  'server',
  'printer',
  'camera',
  'router',
  'switch',
  'access point',
  'nas',
  'tv',
  'speaker',
  'game console',
  'sensor',
  'controller',
];

describe('the rules', () => {
  it('have names of their own, and sentences', () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    for (const { id, says } of RULES) {
      expect(id).toMatch(/^[a-z\d-]+$/);
      expect(says, id).toMatch(/^[a-z].*\{\}/);
    }
  });

  it('speak for systems and kinds that there are', () => {
    const claims = new Set(RULES.flatMap(rule => Object.keys(rule.for)));
    expect(claims).toEqual(new Set([...SYSTEMS.map(os => `os:${os}`), ...KINDS.map(kind => `kind:${kind}`)]));
  });

  it('ask for ports that are on the list that is tried by default', () => {
    const ports = RULES.flatMap(({ when }) => when.flatMap(condition => Object.values(condition))).filter(
      value => typeof value === 'number',
    );
    expect(ports.length).toBeGreaterThan(15);
    expect(ports.filter(port => !PORT_PRESETS.telling.includes(port))).toEqual([]);
  });

  it('weigh what a device chooses itself less than what it cannot', () => {
    const limits: Readonly<Record<string, number>> = { ttl: 0.3, syn: 0.6, port: 0.7, vendor: 0.8 };
    for (const rule of RULES) {
      const source = sourceOf(rule.when[0]);
      for (const [claim, weight] of Object.entries(rule.for)) {
        expect(weight, `${rule.id} ${claim}`).toBeGreaterThanOrEqual(0.05);
        expect(weight, `${rule.id} ${claim}`).toBeLessThanOrEqual(
          SAID.has(source) ? 0.6 : (limits[source] ?? 0),
        );
      }
    }
  });

  it('are each met by some device', () => {
    const unmet = RULES.filter(
      rule => !DEVICES.some(([, input]) => rule.when.every(condition => meets(input, condition) !== null)),
    );
    expect(unmet.map(({ id }) => id)).toEqual([]);
  });

  it('take no longer for text that is made to keep them busy', () => {
    for (const text of ['a'.repeat(500), 'brother '.repeat(60), '-'.repeat(500), '\u202e'.repeat(500)]) {
      const facts = { banner: text, server: text, title: text, realm: text, subject: text, version: text };
      const verdict = verdictOf({
        ...device({
          vendor: text,
          model: text,
          names: { rdns: text },
          services: Array(500).fill(text) as string[],
        }),
        ports: ['ssh', 'http', 'https', 'ftp', 'smtp', 'telnet', 'mysql', 'tls'].map((service, port) => ({
          port,
          state: 'open',
          service,
          facts,
        })),
      });
      expect(verdict.evidence.length).toBeLessThanOrEqual(40);
      for (const { says } of verdict.evidence) expect(says.length).toBeLessThan(250);
    }
  });
});

describe('the verdict', () => {
  it.each(DEVICES)('on %s', (_, input, expected) => {
    const { osFamily, kind, confidence } = verdictOf(input);
    expect(`${osFamily ?? '-'} ${kind ?? '-'} ${confidence.toFixed(2)}`).toBe(expected);
  });

  it('lists its evidence, strongest first, as sentences', () => {
    const { evidence } = verdictOf(
      device({
        vendor: 'Brother Industries, LTD.',
        ttl: 64,
        open: { 22: ['ssh', { banner: 'SSH-2.0-dropbear' }] },
      }),
    );
    expect(evidence.slice(0, 2)).toEqual([
      { source: 'vendor', says: 'was made by Brother Industries, LTD.', for: 'kind:printer', weight: 0.7 },
      { source: 'vendor', says: 'was made by Brother Industries, LTD.', for: 'os:embedded', weight: 0.5 },
    ]);
    expect(evidence).toContainEqual({
      source: 'ttl',
      says: 'answers with a TTL of 64, as Linux, Apple’s and BSD systems do',
      for: 'os:linux',
      weight: 0.2,
    });
    expect(evidence.map(({ weight }) => weight)).toEqual(
      evidence.map(({ weight }) => weight).toSorted((a, b) => b - a),
    );
  });

  it('does not rise above its limit by words alone, however many', () => {
    const liar = device({
      names: { mdns: 'iPhone', dhcp: 'Annas-iPhone' },
      model: 'iPhone15,2',
      services: ['_apple-mobdev2._tcp', '_companion-link._tcp'],
    });
    expect(verdictOf(liar)).toMatchObject({ osFamily: 'apple', kind: 'phone', confidence: SAID_LIMIT });
  });

  it('is less sure when the evidence contradicts itself', () => {
    const windows = { vendor: 'Dell Inc.', ttl: 128, syn: WINDOWS_SYN, open: { 3389: 'rdp' } } as const;
    const honest = verdictOf(device(windows));
    const odd = verdictOf(device({ ...windows, names: { dhcp: 'Annas-iPhone' }, model: 'iPhone15,2' }));
    expect(honest).toMatchObject({ osFamily: 'windows', kind: 'computer' });
    expect(odd.confidence).toBeLessThan(honest.confidence);
  });

  it('believes the stack more than the banner', () => {
    const input = device({
      ttl: 128,
      syn: WINDOWS_SYN,
      open: { 22: ['ssh', { banner: 'SSH-2.0-OpenSSH_9.2 Debian' }], 135: '' },
    });
    expect(verdictOf(input).osFamily).toBe('windows');
  });

  it('takes the TTL of the SYN-ACK when there was no echo', () => {
    expect(verdictOf(device({ syn: LINUX_SYN })).osFamily).toBe('linux');
  });

  it('tells nothing from next to nothing, and is the same each time', () => {
    expect(verdictOf(device({ ttl: 64 }))).toMatchObject({ osFamily: null, kind: null, confidence: 0 });
    expect(verdictOf(device({ ttl: 64 })).evidence.length).toBeGreaterThan(0);
    expect(TELL_FROM).toBeGreaterThan(0.2);
    for (const [, input] of DEVICES) expect(verdictOf(input)).toEqual(verdictOf(structuredClone(input)));
  });

  it('puts what the device says into its sentences as it is, and never as a pattern', () => {
    const { evidence } = verdictOf(device({ names: { dhcp: 'printer $& $1 {}' } }));
    expect(evidence[0]?.says).toBe('calls itself “printer $& $1 {}”');
  });

  it('does not take a virtual machine’s MAC for a phone’s', () => {
    for (const mac of ['52:54:00:12:34:56', '02:42:ac:11:00:02'])
      expect(verdictOf(device({ mac })).evidence).toEqual([]);
  });
});
