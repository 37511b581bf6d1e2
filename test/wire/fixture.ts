/** Frames that other programs made. The list of files, with how each came to be, is test/fixtures/README.md. */
import { readFileSync } from 'node:fs';
import { readCapture } from '../../src/wire/capture.ts';

export function fixtureFile(name: string): Uint8Array {
  return Uint8Array.from(readFileSync(new URL(`../fixtures/wire/${name}.pcap`, import.meta.url)));
}

/** Frame number `index` of a recorded file, in memory of its own. */
export function fixtureFrame(name: string, index = 0): Uint8Array {
  const frame = [...readCapture(fixtureFile(name))][index];
  if (frame === undefined) throw new Error(`${name} has no frame ${index}`);
  return Uint8Array.from(frame.bytes);
}

/** What the UDP datagram in that frame carries: Ethernet, IPv4 and UDP headers have no options in our recordings. */
export function fixtureDatagram(name: string, index = 0): Uint8Array {
  return fixtureFrame(name, index).slice(14 + 20 + 8);
}
