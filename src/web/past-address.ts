/** Addresses within the time machine: another moment, another filter, the same everything else. */
import { atText } from './past-time.ts';
import type { PastData } from './past-page.ts';

type Part = 'at' | 'vs' | 'q' | 'state' | 'network' | 'after';

/** Of the page as it is, but for `changes`; null leaves a part out. A page of the list is never kept on its own. */
export function pastHref(data: PastData, changes: Partial<Record<Part, string | null>>): string {
  const params = new URLSearchParams();
  for (const [part, value] of Object.entries({ ...partsOf(data), ...changes }))
    if (value !== null && value !== '') params.set(part, value);
  const query = params.toString();
  return query === '' ? '/past' : `/past?${query}`;
}

/** As hidden fields of a form that changes the others. */
export function keptFields(data: PastData, without: readonly Part[]): [string, string][] {
  return Object.entries(partsOf(data)).filter(
    (entry): entry is [Part, string] =>
      entry[1] !== null && entry[1] !== '' && !without.some(part => part === entry[0]),
  );
}

function partsOf({ asked, isNow, at }: PastData): Record<Exclude<Part, 'after'>, string | null> {
  return {
    at: isNow ? null : atText(at),
    vs: asked.vs === null ? null : atText(asked.vs),
    q: asked.q,
    state: asked.state,
    network: asked.network === null ? null : String(asked.network),
  };
}
