/** Random lives of three addresses and five devices, and what netureon says about each step in arpwatch's words. */
import fc from 'fast-check';
import type { ArpwatchWord } from './arpwatch-model.ts';
import { macOf, type FedSite, type Pair } from './identity-site.ts';

export const ADDRESSES = ['192.168.1.10', '192.168.1.11', '192.168.1.12'] as const;
export const DEVICES = [1, 2, 3, 4, 5].map(n => macOf(n));
/** Always here, so that a silent address is no outage. */
export const NEIGHBOURS: Pair[] = Array.from({ length: 12 }, (_, n) => [
  `192.168.1.${100 + n}`,
  macOf(100 + n),
]);

export interface Step {
  /** How long nobody held any of the addresses before this step. */
  readonly gap: 'none' | 'night' | 'half a year';
  /** Of each address the device that answers, null for nobody. */
  readonly holders: readonly (string | null)[];
}

export const steps = fc.array(
  fc.record<Step>({
    gap: fc.oneof(
      { arbitrary: fc.constant('none' as const), weight: 8 },
      { arbitrary: fc.constant('night' as const), weight: 2 },
      { arbitrary: fc.constant('half a year' as const), weight: 1 },
    ),
    holders: fc.tuple(
      ...ADDRESSES.map(() =>
        fc.oneof({ arbitrary: fc.constantFrom(...DEVICES), weight: 4 }, fc.constant(null)),
      ),
    ),
  }),
  { minLength: 2, maxLength: 14 },
);

export const pairsOf = (step: Step): Pair[] =>
  ADDRESSES.flatMap((ip, n): Pair[] => {
    const mac = step.holders[n];
    return mac === null || mac === undefined ? [] : [[ip, mac]];
  });

export const GAP_MINUTES = { none: 0, night: 600, 'half a year': 200 * 24 * 60 } as const;
/** Scans in which nobody answers there, so that every interval has ended when the gap begins. */
const SILENT_SCANS = 4;

export interface Said {
  /** "192.168.1.10 flip flop", without what is said of newcomers. */
  readonly words: string[];
  /** MACs of the devices that are said to be back after half a year. */
  readonly returned: string[];
}

const WORD_OF: Readonly<Record<string, ArpwatchWord>> = {
  mac_changed: 'changed ethernet address',
  flip_flop: 'flip flop',
  mac_reused: 'reused old ethernet address',
};

/** Feeds one step. Its last scan is at `site.now`. */
export async function feed(site: FedSite, step: Step): Promise<Said> {
  if (step.gap !== 'none') {
    await site.scans(SILENT_SCANS, NEIGHBOURS);
    await site.wait(GAP_MINUTES[step.gap]);
  }
  await site.scan([...NEIGHBOURS, ...pairsOf(step)]);
  const rows = await site.rows<{ kind: string; ip: string; mac: string }>(
    `select distinct kind, host(ip) as ip, mac::text from alerts where site_id = $site and last_at = $1
     and kind in ('mac_changed', 'flip_flop', 'mac_reused', 'mac_returned')`,
    [site.now],
  );
  return {
    words: sortedOnce(
      rows.filter(({ kind }) => kind in WORD_OF).map(({ kind, ip }) => `${ip} ${WORD_OF[kind]}`),
    ),
    returned: sortedOnce(rows.filter(({ kind }) => kind === 'mac_returned').map(({ mac }) => mac)),
  };
}

export const sortedOnce = (lines: readonly string[]): string[] => [...new Set(lines)].sort();
