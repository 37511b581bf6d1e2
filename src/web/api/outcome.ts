/** From the outcome of a store function to an answer or a problem. */
import type { Outcome } from '../../store/device-changes.ts';
import { ApiProblem } from './problem.ts';

/** The number of the change, null when it already was so. @param what that is missing, as a noun with its article */
export function changeOf(outcome: Outcome, what: string): number | null {
  if (outcome.kind === 'missing') throw missing(what);
  if (outcome.kind === 'stale')
    throw new ApiProblem(409, `Somebody changed ${what} meanwhile. Nothing was changed.`);
  if (outcome.kind === 'refused') throw new ApiProblem(422, outcome.why);
  return outcome.kind === 'changed' ? outcome.change : null;
}

type IdOutcome =
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'refused'; readonly reason: string };

export function idOf(outcome: IdOutcome, what: string): number {
  if (outcome.kind === 'missing') throw missing(what);
  if (outcome.kind === 'stale')
    throw new ApiProblem(412, `Somebody changed ${what} meanwhile. Nothing was changed.`);
  if (outcome.kind === 'refused') throw new ApiProblem(422, outcome.reason);
  return outcome.id;
}

export function missing(what: string): ApiProblem {
  return new ApiProblem(404, `There is no such ${what.replace(/^the /, '')}.`);
}
