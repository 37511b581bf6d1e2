/**
 * What a device seems to be. Every rule that holds is a piece of evidence for systems or kinds, with a weight. Pieces for
 * the same thing add up as independent hints do (noisy-or: 1 − Π(1 − weight)), with what the device merely says about
 * itself, taken together, never above SAID_LIMIT. Whatever has most support wins; half of the strongest support for
 * something else, from evidence that does not speak for the winner as well, is taken off again.
 */
import { meets, SAID, sourceOf } from './conditions.ts';
import type { VerdictInput } from './conditions.ts';
import { RULES } from './rules.ts';
import type { Rule } from './rules.ts';
import type { Evidence, Verdict } from './types.ts';

export type { VerdictInput };

/** However much a device says of itself: somebody who lies can say anything. */
export const SAID_LIMIT = 0.7;
/** Below this nothing is told. */
export const TELL_FROM = 0.3;
const MAX_EVIDENCE = 40;

/** Pure: the same findings give the same verdict. */
export function verdictOf(input: VerdictInput): Verdict {
  const evidence = RULES.flatMap(rule => evidenceOf(input, rule));
  const os = strongest(evidence, 'os:');
  const kind = strongest(evidence, 'kind:');
  const confidence = kind?.confidence ?? os?.confidence ?? 0;
  return {
    osFamily: os?.name ?? null,
    kind: kind?.name ?? null,
    confidence: Math.round(confidence * 100) / 100,
    evidence: evidence
      .map(({ source, says, for: claim, weight }) => ({ source, says, for: claim, weight }))
      .toSorted((a, b) => b.weight - a.weight || a.for.localeCompare(b.for))
      .slice(0, MAX_EVIDENCE),
  };
}

interface Piece extends Evidence {
  readonly rule: Rule;
}

/** A piece for each thing the rule speaks for, if all of its conditions are met. */
function evidenceOf(input: VerdictInput, rule: Rule): Piece[] {
  const met: string[] = [];
  for (const condition of rule.when) {
    const what = meets(input, condition);
    if (what === null) return [];
    met.push(what);
  }
  // Not as a pattern of replace(): a device may call itself `$&`.
  const says = rule.says.split('{}').join(met[0] ?? '');
  const source = sourceOf(rule.when[0]);
  return Object.entries(rule.for).map(([claim, weight]) => ({ rule, source, says, for: claim, weight }));
}

function strongest(
  evidence: readonly Piece[],
  prefix: 'os:' | 'kind:',
): { name: string; confidence: number } | null {
  const claims = [...new Set(evidence.map(piece => piece.for))].filter(claim => claim.startsWith(prefix));
  const ranked = claims
    .map(claim => ({ claim, support: support(evidence.filter(piece => piece.for === claim)) }))
    .toSorted((a, b) => b.support - a.support || a.claim.localeCompare(b.claim));
  const [winner] = ranked;
  if (winner === undefined) return null;
  const spoken = new Set(evidence.filter(piece => piece.for === winner.claim).map(piece => piece.rule));
  const against = claims
    .filter(claim => claim !== winner.claim)
    .map(claim => support(evidence.filter(piece => piece.for === claim && !spoken.has(piece.rule))));
  const confidence = winner.support * (1 - Math.max(0, ...against) / 2);
  return confidence < TELL_FROM ? null : { name: winner.claim.slice(prefix.length), confidence };
}

function support(pieces: readonly Piece[]): number {
  const said = noisyOr(pieces.filter(piece => SAID.has(piece.source)));
  const shown = noisyOr(pieces.filter(piece => !SAID.has(piece.source)));
  return 1 - (1 - Math.min(said, SAID_LIMIT)) * (1 - shown);
}

function noisyOr(pieces: readonly Piece[]): number {
  return 1 - pieces.reduce((left, { weight }) => left * (1 - weight), 1);
}
