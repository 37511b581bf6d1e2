// The same sequences through netureon, through arpwatch's rules in ten lines, and through arpwatch itself.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Lan } from '../../src/lab/lan.ts';
import { parseIpv4, type Ipv4 } from '../../src/lib/ipv4.ts';
import { parseMac, type Mac } from '../../src/lib/mac.ts';
import { ARP_FRAME_LENGTH, ARP_REPLY, emitArpFrame, type ArpPacket } from '../../src/wire/arp.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { lanForTest } from '../support/lan.ts';
import { ArpwatchModel } from './arpwatch-model.ts';
import { DEVICES, feed, NEIGHBOURS, pairsOf, sortedOnce, steps, type Step } from './identity-sequence.ts';
import { FedSite, type Pair } from './identity-site.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.drop());

const NEWS = /changed ethernet address|flip flop|reused old ethernet address/;

async function freshSite(): Promise<FedSite> {
  const site = await FedSite.open(db);
  await site.scan(NEIGHBOURS);
  return site;
}

/** A device that was seen nowhere for half a year, and is not new. */
class LongAbsent {
  readonly #seen = new Map<string, number>();
  step(macs: readonly string[], nowMs: number): string[] {
    const half = 184 * 24 * 3600_000;
    const back = macs.filter(mac => nowMs - (this.#seen.get(mac) ?? nowMs) > half);
    for (const mac of macs) this.#seen.set(mac, nowMs);
    return [...new Set(back)].sort();
  }
}

test('any life of three addresses is told in arpwatch’s words', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(steps, async life => {
      const site = await freshSite();
      try {
        const model = new ArpwatchModel();
        const absent = new LongAbsent();
        for (const step of life) {
          const said = await feed(site, step);
          const now = site.now.getTime();
          const words = pairsOf(step).map(([ip, mac]) => ({ ip, mac, word: model.see(ip, mac, now) }));
          expect(said.words).toEqual(
            words.flatMap(({ ip, word = '' }) => (NEWS.test(word) ? [`${ip} ${word}`] : [])).sort(),
          );
          const returned = absent.step(
            pairsOf(step).map(([, mac]) => mac),
            now,
          );
          expect(said.returned).toEqual(returned);
          // What arpwatch calls new activity is a device that returned, unless it was seen elsewhere meanwhile.
          for (const { mac, word } of words)
            if (word === 'new activity' && step.holders.filter(one => one === mac).length === 1)
              expect([...said.returned, ...elsewhere(life, step, mac)]).toContain(mac);
        }
      } finally {
        await site.close();
      }
    }),
    { numRuns: 12, endOnFailure: true },
  );
});

/** The MAC, if it held any address in the half year before this step. */
function elsewhere(life: readonly Step[], step: Step, mac: string): string[] {
  const before = life.slice(0, life.indexOf(step));
  const since =
    step.gap === 'half a year' ? [] : before.slice(before.findLastIndex(one => one.gap === 'half a year'));
  return since.some(one => one.holders.includes(mac)) ? [mac] : [];
}

/** arpwatch on one file of frames after another, with its database kept between them. */
class RealArpwatch {
  readonly #lan: Lan;
  readonly #folder: string;
  #runs = 0;

  private constructor(lan: Lan, folder: string) {
    this.#lan = lan;
    this.#folder = folder;
  }

  static async start(): Promise<RealArpwatch> {
    // In a network of its own: it asks the resolver for the name of every address.
    const lan = await lanForTest();
    const folder = await mkdtemp(join(tmpdir(), 'netureon-arpwatch-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'arp.dat'), '');
    return new RealArpwatch(lan, folder);
  }

  /** "192.168.1.10 flip flop" of each frame it has something to say about. */
  async see(pairs: readonly Pair[], at: Date): Promise<string[]> {
    const file = join(this.#folder, `${++this.#runs}.pcap`);
    await writeFile(file, pcapOf(pairs, at));
    const { code, stdout, stderr } = await this.#lan.exec('arpwatch', [
      '-d',
      '-N',
      '-a',
      '-f',
      join(this.#folder, 'arp.dat'),
      '-r',
      file,
    ]);
    if (code !== 0) throw new Error(`arpwatch ended with ${code}: ${stderr}`);
    const text = stdout + stderr;
    return [
      ...[...text.matchAll(/^Subject: (.+?) \(([\d.]+)\)/gm)].map(([, word, ip]) => `${ip} ${word}`),
      ...[...text.matchAll(/(reused old ethernet address) ([\d.]+)/g)].map(([, word, ip]) => `${ip} ${word}`),
    ].sort();
  }

  database(): Promise<string> {
    return readFile(join(this.#folder, 'arp.dat'), 'latin1');
  }
}

/** A capture of gratuitous replies, in the format of pcap 2.4 with microseconds. */
function pcapOf(pairs: readonly Pair[], at: Date): Uint8Array {
  const record = 16 + ARP_FRAME_LENGTH;
  const bytes = new Uint8Array(24 + pairs.length * record);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xa1b2c3d4);
  view.setUint16(4, 2);
  view.setUint16(6, 4);
  view.setUint32(16, 65_535);
  view.setUint32(20, 1);
  const broadcast = parseMac('ff:ff:ff:ff:ff:ff') as Mac;
  for (const [n, [address, hardware]] of pairs.entries()) {
    const offset = 24 + n * record;
    view.setUint32(offset, at.getTime() / 1000);
    view.setUint32(offset + 8, ARP_FRAME_LENGTH);
    view.setUint32(offset + 12, ARP_FRAME_LENGTH);
    const [ip, mac] = [parseIpv4(address) as Ipv4, parseMac(hardware) as Mac];
    const packet: ArpPacket = {
      operation: ARP_REPLY,
      senderMac: mac,
      senderIp: ip,
      targetMac: broadcast,
      targetIp: ip,
    };
    emitArpFrame(broadcast, packet, bytes, offset + 16);
  }
  return bytes;
}

const [A = '', B = '', C = ''] = DEVICES;
const only = (holder: string | null, gap: Step['gap'] = 'none'): Step => ({
  gap,
  holders: [holder, null, null],
});

// Its word, and the kinds of alerts that stand for it here.
test.each<{ word: string; life: Step[]; kinds: string[] }>([
  { word: 'new station', life: [only(A)], kinds: ['new_device'] },
  { word: 'changed ethernet address', life: [only(A), only(B)], kinds: ['mac_changed', 'new_device'] },
  { word: 'flip flop', life: [only(A), only(B), only(A)], kinds: ['flip_flop'] },
  {
    word: 'reused old ethernet address',
    life: [only(A), only(B), only(C), only(A)],
    kinds: ['mac_reused'],
  },
  { word: 'new activity', life: [only(A), only(A, 'half a year')], kinds: ['mac_returned'] },
])('arpwatch says “$word”: $kinds', async ({ word, life, kinds }) => {
  const site = await freshSite();
  onTestFinished(() => site.close());
  const arpwatch = await RealArpwatch.start();
  let theirs: string[] = [];
  for (const step of life) {
    await site.raised();
    await feed(site, step);
    theirs = await arpwatch.see(pairsOf(step), site.now);
  }
  expect(theirs).toEqual([`192.168.1.10 ${word}`]);
  expect(sortedOnce((await site.raised()).map(line => line.split(' ', 1).join()))).toEqual(kinds);
});

test('a known station on an address that nobody held is a new station there too: ip_changed', async () => {
  const site = await freshSite();
  onTestFinished(() => site.close());
  const arpwatch = await RealArpwatch.start();
  for (const step of [only(A), { gap: 'none', holders: [null, A, null] } satisfies Step]) {
    await site.raised();
    await feed(site, step);
    expect(await arpwatch.see(pairsOf(step), site.now)).toMatchObject([
      expect.stringContaining('new station'),
    ]);
  }
  expect(await site.raised()).toEqual(['ip_changed 192.168.1.11 routine']);
});

test('arpwatch itself agrees over whole lives', { timeout: 300_000 }, async () => {
  for (const life of fc.sample(steps, { numRuns: 4, seed: 20_261_120 })) {
    const site = await freshSite();
    onTestFinished(() => site.close());
    const arpwatch = await RealArpwatch.start();
    const model = new ArpwatchModel();
    for (const step of life) {
      const said = await feed(site, step);
      const theirs = await arpwatch.see(pairsOf(step), site.now);
      const now = site.now.getTime();
      const modelled = pairsOf(step).flatMap(([ip, mac]) => {
        const word = model.see(ip, mac, now);
        return word === undefined ? [] : [`${ip} ${word}`];
      });
      expect(theirs).toEqual(modelled.sort());
      expect(said.words).toEqual(theirs.filter(line => NEWS.test(line)));
    }
    expect(await arpwatch.database()).toContain('192.168.1.');
  }
});
