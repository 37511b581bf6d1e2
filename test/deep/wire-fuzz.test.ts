import { expect, it } from 'vitest';
import { parseArpFrame } from '../../src/wire/arp.ts';
import { WireError } from '../../src/wire/error.ts';
import { fixtureFrame } from '../wire/fixture.ts';
import { mutate, random } from '../wire/mutate.ts';

const FRAMES = 10_500_000;

it('parses ten million mutated frames and throws nothing but WireError', { timeout: 300_000 }, () => {
  const seeds = [
    'arp-scan',
    'arp-scan-vlan',
    'arp-scan-padded',
    'kernel',
    'announcement',
    'arp-scan-llc',
  ].map(name => fixtureFrame(name));
  const dice = random(Number(process.env['NETUREON_FUZZ_SEED'] ?? 3));
  const outcomes = new Map<string, number>();
  const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  for (let i = 0; i < FRAMES; i++) {
    const frame = mutate(seeds[i % seeds.length] as Uint8Array, dice);
    try {
      parseArpFrame(frame);
      count('accepted');
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      count(`${error.layer}/${error.reason}`);
    }
  }
  // Every check of the parser was met, or the mutations miss something.
  expect([...outcomes.keys()].toSorted()).toEqual([
    'accepted',
    'arp/hardware-length',
    'arp/hardware-type',
    'arp/operation',
    'arp/protocol-length',
    'arp/protocol-type',
    'arp/truncated',
    'ethernet/not-arp',
    'ethernet/oversize',
    'ethernet/too-many-tags',
    'ethernet/truncated',
  ]);
  expect([...outcomes.values()].reduce((sum, n) => sum + n, 0)).toBe(FRAMES);
});
