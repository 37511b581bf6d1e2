/**
 * The people and things of a plausible home with a small office, for `netureon demo`. The prefixes of the MACs are really
 * registered to those makers; two phones use random addresses, as phones do.
 */
import type { Host, Lan } from './lan.ts';
import type { Clock } from '../lib/clock.ts';

export interface NamedHost extends Host {
  readonly name: string;
}

export const DEMO_NETWORK = '192.168.77.0/24';
/** The machine that netureon runs on. */
export const DEMO_ADDRESS = '192.168.77.250';
/** An Intel network card, as such a machine has. */
export const DEMO_MAC = '34:e1:2d:5a:10:0e';

/**
 * When some of them were here in the day before the demo began, in hours before it, from and to; 0: until now. The others
 * were here all the time. Made up, so that there is something to look at.
 */
export const DEMO_PAST: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  "Anna's phone": [
    [22.9, 15.6],
    [7.3, 3.1],
    [1.2, 0],
  ],
  "Anna's MacBook": [
    [16, 13.2],
    [5.5, 0],
  ],
  "Ben's ThinkPad": [
    [21, 19.2],
    [6.4, 0],
  ],
  "Ben's iPhone": [
    [23.6, 14.5],
    [4.8, 0],
  ],
  "Clara's iPad": [
    [20, 18.4],
    [13, 12.1],
    [2.6, 0],
  ],
  "Clara's Switch": [
    [18.2, 15.9],
    [0.7, 0],
  ],
  'Living room TV': [
    [17.5, 13.8],
    [1.9, 0],
  ],
  'Office PC': [
    [20.2, 17],
    [5.1, 0],
  ],
  'HP LaserJet': [[11.3, 0]],
};
/** Hours before the demo between which nobody looked. */
export const DEMO_BLIND = [11.8, 10.6] as const;

const PHONE: NamedHost = { ip: '192.168.77.31', mac: 'da:a1:19:7c:03:52', name: "Anna's phone" };
const TELEVISION: NamedHost = { ip: '192.168.77.41', mac: '5c:49:7d:20:9b:c4', name: 'Living room TV' };
const TELEVISION_MOVES_TO = '192.168.77.141';

/** Who is there from the start: 24. */
export const DEMO_HOSTS: readonly NamedHost[] = [
  { ip: '192.168.77.1', mac: '38:10:d5:4e:21:07', name: 'fritz.box' },
  { ip: '192.168.77.2', mac: 'f4:92:bf:81:3c:d0', name: 'Access point upstairs' },
  { ip: '192.168.77.3', mac: '78:8a:20:46:f1:9a', name: 'Switch in the cellar' },
  { ip: '192.168.77.10', mac: '90:09:d0:2b:77:1e', name: 'NAS' },
  { ip: '192.168.77.11', mac: 'dc:a6:32:0c:55:81', name: 'Home automation' },
  { ip: '192.168.77.12', mac: 'b8:27:eb:93:40:6d', name: 'Pi-hole' },
  { ip: '192.168.77.15', mac: '94:dd:f8:61:a8:33', name: 'Brother printer' },
  { ip: '192.168.77.16', mac: '34:64:a9:d2:0e:58', name: 'HP LaserJet' },
  { ip: '192.168.77.20', mac: 'ac:bc:32:9e:14:b7', name: "Anna's MacBook" },
  { ip: '192.168.77.21', mac: '80:86:f2:35:c9:42', name: "Ben's ThinkPad" },
  { ip: '192.168.77.22', mac: 'a4:bb:6d:f7:60:1b', name: 'Office PC' },
  { ip: '192.168.77.30', mac: '9e:37:c2:48:d6:10', name: "Ben's iPhone" },
  PHONE,
  { ip: '192.168.77.32', mac: 'f0:18:98:5d:83:e9', name: "Clara's iPad" },
  { ip: '192.168.77.40', mac: '48:d6:d5:aa:07:64', name: 'Chromecast' },
  TELEVISION,
  { ip: '192.168.77.42', mac: '5c:aa:fd:17:b2:8c', name: 'Sonos kitchen' },
  { ip: '192.168.77.43', mac: '94:9f:3e:c0:31:f5', name: 'Sonos bathroom' },
  { ip: '192.168.77.44', mac: '98:b6:e9:04:7f:2d', name: "Clara's Switch" },
  { ip: '192.168.77.50', mac: 'ec:b5:fa:29:16:ce', name: 'Hue bridge' },
  { ip: '192.168.77.51', mac: 'ec:e5:12:1b:90:43', name: 'tado bridge' },
  { ip: '192.168.77.52', mac: 'a4:cf:12:e8:5a:39', name: 'Washing machine plug' },
  { ip: '192.168.77.53', mac: '8c:aa:b5:70:cd:16', name: 'Garden sensor' },
  { ip: '192.168.77.60', mac: '6c:56:97:3f:08:a2', name: 'Echo in the kitchen' },
];

/** Nobody has announced this one. */
const STRANGER: NamedHost = { ip: '192.168.77.77', mac: '3c:71:bf:d4:2a:91', name: 'ESP32' };

interface TimedEvent {
  /** After the start, in milliseconds. */
  readonly atMs: number;
  /** What happens, as a sentence about the present. */
  readonly what: string;
  /** Again and again after this time. */
  readonly everyMs?: number;
  happen(lan: Lan): Promise<void>;
}

/** Long enough apart that each is seen by itself, at a scan every five seconds. */
const EVENTS: readonly TimedEvent[] = [
  {
    atMs: 60_000,
    what: `a new device joins at ${STRANGER.ip} that nobody knows (Espressif)`,
    happen: lan => lan.addHosts([STRANGER]),
  },
  {
    atMs: 100_000,
    what: `${TELEVISION.name} changes its address from ${TELEVISION.ip} to ${TELEVISION_MOVES_TO}`,
    happen: lan => lan.moveHost(TELEVISION.mac, TELEVISION_MOVES_TO),
  },
  {
    atMs: 30_000,
    what: `${PHONE.name} leaves for 40 s, and does so every two minutes`,
    everyMs: 120_000,
    happen: lan => lan.setHostDown(PHONE.mac),
  },
  {
    atMs: 70_000,
    what: `${PHONE.name} comes back`,
    everyMs: 120_000,
    happen: lan => lan.setHostUp(PHONE.mac),
  },
];

/** What will happen, in order, each thing once. */
export function demoPlan(): readonly { readonly atMs: number; readonly what: string }[] {
  return EVENTS.toSorted((a, b) => a.atMs - b.atMs);
}

/**
 * Lets the events happen, each at its time after this call.
 * @param tell is called when one has happened
 * @returns when `signal` aborts
 */
export async function playDemo(
  lan: Lan,
  clock: Clock,
  signal: AbortSignal,
  tell: (what: string) => void = () => undefined,
): Promise<void> {
  const start = clock.monotonic();
  let ahead = [...EVENTS];
  while (!signal.aborted) {
    const [next, ...later] = ahead.toSorted((a, b) => a.atMs - b.atMs);
    if (next === undefined) return;
    await clock.sleep(Math.max(0, start + next.atMs - clock.monotonic()), signal);
    if (signal.aborted) return;
    await next.happen(lan);
    tell(next.what);
    ahead = next.everyMs === undefined ? later : [...later, { ...next, atMs: next.atMs + next.everyMs }];
  }
}
