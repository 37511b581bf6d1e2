/** The tries of a message, line by line: what failed again and again is one line. Facts in, lines out. */
import { count } from '../lib/text.ts';
import { lengthWords } from './length-words.ts';

export interface TryFacts {
  /** Name. */
  readonly channel: string;
  readonly messageKey: string;
  readonly attempt: number;
  readonly at: Date;
  readonly ms: number | null;
  readonly outcome: 'accepted' | 'retry' | 'rejected' | 'lost';
  readonly said: string;
}

export interface TryLine {
  /** Of several tries: the last. */
  readonly at: Date;
  readonly what: 'accepted' | 'tried' | 'failed';
  readonly text: string;
  /** What the server said; of several tries: in the last. */
  readonly said: string;
}

/** So many in a row with one outcome are still told one by one. */
const UNFOLDED = 3;

/** @param tries of one message, in order @param others alerts that travel with it */
export function tryLines(tries: readonly TryFacts[], channel: string, others: number): TryLine[] {
  return runsOf(tries).flatMap(run => {
    const [first, ...more] = run;
    // The first tells when the trouble began.
    return first !== undefined && run.length > UNFOLDED
      ? [line(first, channel, others), folded(more, channel)]
      : run.map(one => line(one, channel, others));
  });
}

/** Neighbours with the same outcome. */
function runsOf(tries: readonly TryFacts[]): TryFacts[][] {
  const runs: TryFacts[][] = [];
  for (const one of tries) {
    const run = runs.at(-1);
    if (run?.[0]?.outcome === one.outcome) run.push(one);
    else runs.push([one]);
  }
  return runs;
}

function line(one: TryFacts, channel: string, others: number): TryLine {
  const took = one.ms === null ? '' : `, ${one.ms.toLocaleString('en-US')} ms`;
  const together = others > 0 ? `, in one message with ${count(others, 'other alert')}` : '';
  const suffix = one.outcome === 'accepted' ? together : '';
  return { ...told(one, channel, suffix, `Try ${one.attempt}${took}`), at: one.at, said: one.said };
}

function folded(run: readonly TryFacts[], channel: string): TryLine {
  const [first, last] = [run[0], run.at(-1)];
  if (first === undefined || last === undefined) throw new Error('no tries to tell of');
  const over = last.at.getTime() - first.at.getTime();
  const answers = new Set(run.map(({ said }) => said)).size;
  const which = `Tries ${first.attempt} to ${last.attempt}, over ${lengthWords(over)}`;
  const suffix = answers > 1 ? ` (${answers} different answers, the last of them below)` : '';
  return { ...told(last, channel, suffix, which), at: last.at, said: last.said };
}

function told(
  { outcome }: TryFacts,
  channel: string,
  suffix: string,
  which: string,
): Pick<TryLine, 'what' | 'text'> {
  switch (outcome) {
    case 'accepted':
      return { what: 'accepted', text: `${which}: ${channel} accepted it${suffix}.` };
    case 'retry':
      return { what: 'tried', text: `${which}: it did not get through by ${channel}${suffix}.` };
    case 'rejected':
      return { what: 'failed', text: `${which}: ${channel} refused it for good${suffix}.` };
    default:
      return { what: 'tried', text: `${which}: nobody knows whether ${channel} took it${suffix}.` };
  }
}
