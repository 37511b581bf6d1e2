/** What happens to the network and to whoever scans it, in minutes. */
import { DAY, type Span } from './population.ts';
import type { Random } from './random.ts';

export interface Events {
  /** Nobody scans. */
  readonly blind: readonly Span[];
  /** Nobody answers: the router or the switch starts again. Too short to be anybody's absence. */
  readonly restarts: readonly Span[];
  /** The same for those behind the access point. */
  readonly accessPoint: readonly Span[];
  /** The network is gone for so long that everybody on it really is away. */
  readonly outages: readonly Span[];
}

export function happen(days: number, random: Random): Events {
  const end = days * DAY;
  const some = (n: number, shortest: number, longest: number): Span[] =>
    Array.from({ length: Math.round(n) }, () => {
      const at = random.between(90, end);
      return [at, at + random.between(shortest, longest)];
    });
  return {
    blind: [...some(days / 2, 1, 12), ...some(days / 10, 60, 360)],
    restarts: some(days / 7, 2, 9),
    accessPoint: some(days / 7, 1, 3.5),
    outages: some(days / 30, 25, 50),
  };
}
