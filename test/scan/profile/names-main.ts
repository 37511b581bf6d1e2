/** Asks one device for its names, as a process of its own inside a namespace; prints what was found as JSON. */
import { randomInt } from 'node:crypto';
import { systemClock } from '../../../src/lib/clock.ts';
import type { Ipv4 } from '../../../src/lib/ipv4.ts';
import { parseIpv4 } from '../../../src/lib/ipv4.ts';
import { ZERO_MAC } from '../../../src/lib/mac.ts';
import { openDatagrams, openStream } from '../../../src/link/message-channel.ts';
import type { NameOptions } from '../../../src/scan/profile/names.ts';
import { askNames } from '../../../src/scan/profile/names.ts';

export interface NamesArgument extends NameOptions {
  readonly ips: readonly string[];
}

const { ips, ...options }: NamesArgument = JSON.parse(process.argv[2] ?? '{}');
const startedAt = performance.now();
const found = await Promise.all(
  ips.map(text => {
    const ip = parseIpv4(text) ?? (0 as Ipv4);
    return askNames({ ip, mac: ZERO_MAC, vendor: null }, options, {
      openDatagrams,
      openStream,
      clock: systemClock,
      signal: new AbortController().signal,
      randomId: () => randomInt(65_536),
    });
  }),
);
process.stdout.write(JSON.stringify({ found, ms: performance.now() - startedAt }));
