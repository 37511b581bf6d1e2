/** What a device is called, by every way that there is to ask: side by side, each with its own time limit. */
import { messageOf } from '../../lib/errors.ts';
import { askLlmnr } from './names-llmnr.ts';
import { askMdns } from './names-mdns.ts';
import { askNetbios } from './names-netbios.ts';
import { askReverse } from './names-reverse.ts';
import type { NameDeps, NameOptions, StepResult } from './names-step.ts';
import { NAME_SOURCES } from './types.ts';
import type { NameFinding, ProfileTarget } from './types.ts';

export type { NameDeps, NameOptions };

export interface NamesFound {
  /** The best first; each name once for each source. */
  readonly names: readonly NameFinding[];
  /** Of mDNS: `MacBookPro18,3`. */
  readonly model: string | null;
  /** Of mDNS: types of the services that the device offers, `_ipp._tcp`. */
  readonly services: readonly string[];
  /** `mdns: malformed answer (dns: pointer at byte 12)` */
  readonly problems: readonly string[];
}

const STEPS = { rdns: askReverse, mdns: askMdns, netbios: askNetbios, llmnr: askLlmnr } as const;

/** Never rejects: what does not work is among the problems. */
export async function askNames(
  target: ProfileTarget,
  options: NameOptions,
  deps: NameDeps,
): Promise<NamesFound> {
  const results = await Promise.all(
    Object.entries(STEPS).map(async ([step, ask]) => {
      const failed = (error: unknown): StepResult => ({ names: [], problem: messageOf(error) });
      return { step, result: await ask(target.ip, options, deps).catch(failed) };
    }),
  );
  const all = results.map(({ result }) => result);
  return {
    names: byWorth(all.flatMap(({ names }) => names)),
    model: all.find(({ model }) => model !== undefined && model !== null)?.model ?? null,
    services: all.flatMap(({ services }) => services ?? []),
    problems: results.flatMap(({ step, result }) =>
      result.problem === null ? [] : [`${step}: ${result.problem}`],
    ),
  };
}

/** In the order of NAME_SOURCES; those of one source stay in theirs. The first is the one to show. */
export function byWorth(names: readonly NameFinding[]): NameFinding[] {
  return names.toSorted((a, b) => NAME_SOURCES.indexOf(a.source) - NAME_SOURCES.indexOf(b.source));
}
