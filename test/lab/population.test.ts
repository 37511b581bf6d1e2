import { describe, expect, it } from 'vitest';
import oui from 'oui-data' with { type: 'json' };
import type { Clock } from '../../src/lib/clock.ts';
import { isLocalMac, parseMac } from '../../src/lib/mac.ts';
import {
  DEMO_ADDRESS,
  DEMO_HOSTS,
  DEMO_MAC,
  DEMO_NETWORK,
  demoPlan,
  playDemo,
} from '../../src/lab/population.ts';
import { askKernel, lanForTest } from '../support/lan.ts';

/** Time passes only by sleeping. Stops the play once it would sleep beyond `endMs`. */
function fastClock(endMs: number, stop: AbortController): Clock {
  let now = 1000;
  return {
    now: () => new Date(now),
    monotonic: () => now,
    sleep: ms => {
      now += ms;
      if (now > 1000 + endMs) stop.abort();
      return Promise.resolve();
    },
  };
}

describe('the population of the demo', () => {
  it('is 24 hosts with names, addresses and MACs of their own', () => {
    expect(DEMO_HOSTS).toHaveLength(24);
    for (const key of ['ip', 'mac', 'name'] as const)
      expect(new Set(DEMO_HOSTS.map(host => host[key])).size).toBe(DEMO_HOSTS.length);
  });

  it('has makers that the registry knows, but for two phones with random MACs', () => {
    const vendors: Record<string, string> = oui;
    const vendorOf = (mac: string) => vendors[mac.replaceAll(':', '').slice(0, 6).toUpperCase()];
    const random = DEMO_HOSTS.filter(host => isLocalMac(parseMac(host.mac)!));
    expect(random.map(host => host.name)).toEqual(["Ben's iPhone", "Anna's phone"]);
    for (const host of DEMO_HOSTS.filter(host => !random.includes(host)))
      expect(vendorOf(host.mac), host.name).toBeDefined();
    expect(vendorOf(DEMO_MAC)).toMatch(/Intel/);
  });

  it('joins, moves, leaves and comes back on the wire as planned', async () => {
    const lan = await lanForTest({
      cidr: DEMO_NETWORK,
      address: DEMO_ADDRESS,
      mac: DEMO_MAC,
      gateway: '192.168.77.1',
      hosts: DEMO_HOSTS,
    });
    const stop = new AbortController();
    const told: string[] = [];
    await playDemo(lan, fastClock(160_000, stop), stop.signal, what => told.push(what));
    expect(told.slice(0, 4)).toEqual(demoPlan().map(event => event.what));
    expect(told[4]).toBe(told[0]); // the phone leaves again
    const asked = [...DEMO_HOSTS.map(host => host.ip), '192.168.77.77', '192.168.77.141'];
    const answers = await askKernel(lan, asked, 24);
    expect(answers.size).toBe(24);
    expect(answers.has('192.168.77.31')).toBe(false);
    expect(answers.has('192.168.77.41')).toBe(false);
    expect(answers.get('192.168.77.141')).toBe('5c:49:7d:20:9b:c4');
    expect(answers.get('192.168.77.77')).toBe('3c:71:bf:d4:2a:91');
  });
});
