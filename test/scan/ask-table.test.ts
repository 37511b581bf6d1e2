import { describe, expect, it } from 'vitest';
import { formatIpv4, parseCidr, parseIpv4 } from '../../src/lib/ipv4.ts';
import type { Cidr, Ipv4 } from '../../src/lib/ipv4.ts';
import { BROADCAST_MAC } from '../../src/lib/mac.ts';
import type { Mac } from '../../src/lib/mac.ts';
import { AskTable } from '../../src/scan/ask-table.ts';
import { EVERYTHING, type Turn } from '../../src/scan/rotation.ts';
import type { Known } from '../../src/scan/types.ts';

const ip = (text: string) => parseIpv4(text) as Ipv4;
const A = 0x02000000000a as Mac;
const B = 0x02000000000b as Mac;

function tableOf(
  cidr: string,
  options: { skip?: string[]; known?: Known[]; turn?: Partial<Turn> } = {},
): AskTable {
  const { skip = [], known = [], turn } = options;
  return new AskTable(parseCidr(cidr) as Cidr, new Set(skip.map(ip)), known, { ...EVERYTHING, ...turn });
}

/** Asks everything that is due at `now`; returns it as `address` or `address unicast`. */
function askAll(table: AskTable, now: number): string[] {
  const asked: string[] = [];
  for (let entry = table.next(now); entry >= 0; entry = table.next(now)) {
    const unicast = table.destinationOf(entry) === BROADCAST_MAC ? '' : ' unicast';
    asked.push(`${formatIpv4(table.ipOf(entry))}${unicast}`);
    table.asked(entry, now);
  }
  return asked;
}

/** Lets time pass from one due moment to the next until nobody is left; returns all that was asked. */
function runOut(table: AskTable): { asked: string[]; endedAt: number } {
  const asked: string[] = [];
  let now = 0;
  for (;;) {
    asked.push(...askAll(table, now));
    if (table.done) return { asked, endedAt: now };
    now = table.nextDue();
  }
}

describe('who is asked', () => {
  it.each([
    ['10.0.0.0/30', [], ['10.0.0.1', '10.0.0.2']],
    ['10.0.0.0/30', ['10.0.0.2'], ['10.0.0.1']],
    ['10.0.0.0/31', ['10.0.0.0'], ['10.0.0.1']],
    ['10.0.0.9/32', [], ['10.0.0.9']],
    ['10.0.0.9/32', ['10.0.0.9'], []],
  ])('in %s without %j', (cidr, skip, expected) => {
    expect(askAll(tableOf(cidr, { skip }), 0)).toEqual(expected);
  });

  it('the silent three times by broadcast, 300 ms in all', () => {
    const { asked, endedAt } = runOut(tableOf('10.0.0.9/32'));
    expect(asked).toEqual(['10.0.0.9', '10.0.0.9', '10.0.0.9']);
    expect(endedAt).toBe(300);
  });

  it('the known by unicast first and last, by one broadcast in between, for two seconds', () => {
    const { asked, endedAt } = runOut(tableOf('10.0.0.9/32', { known: [{ ip: ip('10.0.0.9'), mac: A }] }));
    const four = Array<string>(4).fill('10.0.0.9 unicast');
    expect(asked).toEqual([...four, '10.0.0.9', ...four]);
    expect(endedAt).toBe(2050);
  });

  it('two devices known on one address each in person, and the address by one broadcast', () => {
    const known = [A, B, A].map(mac => ({ ip: ip('10.0.0.9'), mac }));
    const table = tableOf('10.0.0.9/32', { known });
    expect(table.total).toBe(2);
    const { asked } = runOut(table);
    expect(asked.filter(text => !text.endsWith('unicast'))).toHaveLength(1);
    expect(asked).toHaveLength(18);
  });

  it('known addresses outside the network and known own ones not at all', () => {
    const known = ['10.0.1.1', '10.0.0.1', '10.0.0.0', '10.0.0.3'].map(text => ({ ip: ip(text), mac: A }));
    const table = tableOf('10.0.0.0/30', { skip: ['10.0.0.1'], known });
    expect(askAll(table, 0)).toEqual(['10.0.0.2']);
  });

  it('nobody after the answer', () => {
    const table = tableOf('10.0.0.0/30');
    askAll(table, 0);
    table.heard(ip('10.0.0.1'), A, 1, true);
    expect(askAll(table, 60)).toEqual(['10.0.0.2']);
    table.heard(ip('10.0.0.2'), B, 61, true);
    expect(table.done).toBe(true);
    expect(table.nextDue()).toBe(Infinity);
  });

  it('the smaller group first, and who is due again before who is new', () => {
    const known = [{ ip: ip('10.0.0.2'), mac: A }];
    const table = tableOf('10.0.0.0/29', { known });
    expect(formatIpv4(table.ipOf(table.next(0)))).toBe('10.0.0.2');
    const first = table.next(0);
    table.asked(first, 0);
    expect(table.next(60)).toBe(first);
  });
});

describe('in turns', () => {
  const addresses = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => `10.0.0.${from + i}`);

  it('every address with nobody known is asked once in a full sweep, known ones and the gateway in each scan', () => {
    const known = [{ ip: ip('10.0.0.5'), mac: A }];
    const gateway = ip('10.0.0.1');
    const asked = [7, 8, 9].map(scans =>
      askAll(tableOf('10.0.0.0/28', { known, turn: { scans, slices: 3, gateway } }), 0),
    );
    for (const one of asked) {
      expect(one).toContain('10.0.0.5 unicast');
      expect(one).toContain('10.0.0.1');
    }
    const others = asked.flat().filter(text => !/\.[15]( |$)/.test(text));
    expect(others.toSorted()).toEqual(
      addresses(2, 14)
        .filter(text => text !== '10.0.0.5')
        .toSorted(),
    );
    for (const one of asked) expect(one.length).toBeLessThanOrEqual(7);
  });

  it('an address with many known devices is asked in each of them', () => {
    const known = [1, 2, 3].map(n => ({ ip: ip('10.0.0.9'), mac: (A + n) as Mac }));
    for (const scans of [0, 1, 2])
      expect(askAll(tableOf('10.0.0.9/32', { known, turn: { scans, slices: 3 } }), 0)).toEqual(['10.0.0.9']);
  });

  it('tells how many addresses there are besides those asked', () => {
    const table = tableOf('10.0.0.0/24', { skip: ['10.0.0.7'], turn: { slices: 4 } });
    expect(table.addresses).toBe(253);
    askAll(table, 0);
    expect(table.probed).toBe(63);
  });
});

describe('verification', () => {
  const known = [{ ip: ip('10.0.0.9'), mac: A }];
  // 9 is one of the eighth whose turn it is in the second scan.
  const verified = () => tableOf('10.0.0.9/32', { known, turn: { scans: 1 } });

  it('asks by broadcast once after the device has answered in person, and waits for another', () => {
    const table = verified();
    expect(askAll(table, 0)).toEqual(['10.0.0.9 unicast']);
    expect(table.heard(ip('10.0.0.9'), A, 1, true)).toMatchObject({ rttMs: 1 });
    expect(table.done).toBe(false);
    expect(table.nextDue()).toBe(-Infinity);
    expect(askAll(table, 2)).toEqual(['10.0.0.9']);
    // Both answer the broadcast.
    table.heard(ip('10.0.0.9'), A, 3, true);
    expect(table.heard(ip('10.0.0.9'), B, 40, true)).toMatchObject({ asked: true, late: false, rttMs: null });
    expect(table.nextDue()).toBe(152);
    expect(askAll(table, 152)).toEqual([]);
    expect(table.done).toBe(true);
    expect(table).toMatchObject({ answered: 1, probed: 1, finished: 1 });
  });

  it('is of an eighth of the addresses in each scan, and of the gateway in all', () => {
    const all = Array.from({ length: 14 }, (_, i) => ({
      ip: (ip('10.0.0.1') + i) as Ipv4,
      mac: (A + i) as Mac,
    }));
    const turns = Array.from({ length: 8 }, (_, scans) => {
      const table = tableOf('10.0.0.0/28', { known: all, turn: { scans, gateway: ip('10.0.0.1') } });
      askAll(table, 0);
      for (const one of all) table.heard(one.ip, one.mac, 1, true);
      return askAll(table, 2);
    });
    for (const asked of turns) {
      expect(asked).toContain('10.0.0.1');
      expect(asked.length).toBeLessThanOrEqual(3);
    }
    expect(new Set(turns.flat())).toEqual(new Set(all.map(one => formatIpv4(one.ip))));
  });

  it('needs no second broadcast where a silent device was asked for by one', () => {
    const table = verified();
    const asked: string[] = [];
    for (let now = 0; !asked.includes('10.0.0.9'); now = table.nextDue()) asked.push(...askAll(table, now));
    table.heard(ip('10.0.0.9'), A, 510, true);
    expect(table.done).toBe(true);
  });

  it('is not left out because another device answers while the known one sleeps', () => {
    const table = verified();
    askAll(table, 0);
    table.heard(ip('10.0.0.9'), B, 1, true);
    expect(runOut(table).asked.filter(text => text === '10.0.0.9')).toHaveLength(1);
  });
});

describe('what hearing means', () => {
  it('times the answer to the only asking', () => {
    const table = tableOf('10.0.0.9/32');
    askAll(table, 10);
    expect(table.heard(ip('10.0.0.9'), A, 12.5, true)).toMatchObject({
      asked: true,
      late: false,
      rttMs: 2.5,
    });
    // The second device on the address answers the same asking.
    expect(table.heard(ip('10.0.0.9'), B, 13, true)).toMatchObject({ asked: true, late: false, rttMs: 3 });
    expect(table.answered).toBe(1);
  });

  it('does not time what it cannot tell apart (Karn), nor requests', () => {
    const table = tableOf('10.0.0.8/30');
    askAll(table, 0);
    askAll(table, 50);
    expect(table.heard(ip('10.0.0.9'), A, 51, true)).toMatchObject({ asked: true, late: true, rttMs: null });
    const other = tableOf('10.0.0.9/32');
    askAll(other, 0);
    expect(other.heard(ip('10.0.0.9'), A, 1, false)).toMatchObject({ asked: true, late: false, rttMs: null });
  });

  it('counts an answer after giving up', () => {
    const table = tableOf('10.0.0.9/32');
    runOut(table);
    expect(table.answered).toBe(0);
    expect(table.heard(ip('10.0.0.9'), A, 400, true)).toMatchObject({ asked: true, late: true });
    expect(table.answered).toBe(1);
    expect(table.done).toBe(true);
  });

  it('knows what it does not ask', () => {
    const table = tableOf('10.0.0.0/24', { skip: ['10.0.0.7'] });
    for (const text of ['10.0.0.0', '10.0.0.255', '10.0.0.7', '10.0.1.1', '9.255.255.255'])
      expect(table.heard(ip(text), A, 0, true).asked).toBe(false);
  });

  it('asks once where somebody announced himself before, so that a false announcement hides nobody', () => {
    const table = tableOf('10.0.0.9/32');
    table.heard(ip('10.0.0.9'), B, 0, true);
    expect(askAll(table, 1)).toEqual(['10.0.0.9']);
    expect(askAll(table, 1000)).toEqual([]);
    expect(table.done).toBe(true);
  });

  it('another device on a known address ends the broadcasts, not the search for the known one', () => {
    const table = tableOf('10.0.0.9/32', { known: [{ ip: ip('10.0.0.9'), mac: A }] });
    askAll(table, 0);
    table.heard(ip('10.0.0.9'), B, 1, true);
    expect(table.done).toBe(false);
    const { asked } = runOut(table);
    expect(asked).toEqual(Array(8).fill('10.0.0.9 unicast'));
  });
});

describe('lost frames', () => {
  it('make the silence of those who were not asked again mean nothing', () => {
    const table = tableOf('10.0.0.0/30');
    for (const now of [0, 50, 150]) askAll(table, now);
    table.lostFrames(200);
    askAll(table, 300);
    expect(table.done).toBe(true);
    expect(table.blind).toBe(2);
  });

  it('do no harm when everybody is asked again afterwards', () => {
    const table = tableOf('10.0.0.0/30');
    askAll(table, 0);
    table.lostFrames(20);
    for (const now of [50, 150, 300]) askAll(table, now);
    expect(table.done).toBe(true);
    expect(table.blind).toBe(0);
  });
});
