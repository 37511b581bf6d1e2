/** What helps when a scan did not complete: from what it said to a sentence of ours. */
import { text } from './visit.ts';

type Remedy = keyof ReturnType<typeof text>['scans']['remedies'];

/** The first that fits; what scans say is English. */
const REMEDIES: readonly (readonly [RegExp, Remedy])[] = [
  [/fell silent at once/, 'fellSilent'],
  [/CAP_NET_RAW|not permitted|EPERM|privilege/i, 'capability'],
  [/another scan/, 'running'],
  [/is down\b/, 'down'],
  [/no interface|does not exist|does not speak ARP|not on a link/, 'interface'],
  [/spans|addresses/, 'wide'],
  [/timed? ?out|gave up|cut short|in time/i, 'time'],
  [/no private IPv4 network|not a network/, 'networks'],
];

export function remedyFor(problem: string): string {
  const { remedies } = text().scans;
  return remedies[REMEDIES.find(([said]) => said.test(problem))?.[1] ?? 'other'];
}
