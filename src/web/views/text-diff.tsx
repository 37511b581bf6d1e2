/** Two texts, line by line: what was taken away, what was added, and what stayed, folded to its number of lines. */
import { lineDiff, type DiffLine } from '../../lib/line-diff.ts';
import { inert } from '../../lib/text.ts';
import { text } from '../visit.ts';

/** Unchanged lines that are shown around a change. */
const AROUND = 2;
/** One line is not longer than this on a page. */
const LONGEST = 2000;

export const TextDiff = ({ before, after }: { before: string; after: string }) => {
  const words = text().device.history;
  return (
    <div class="diff">
      {folded(lineDiff(before, after)).map(part =>
        'hidden' in part ? (
          <p class="diff-gap">{words.unchanged(part.hidden)}</p>
        ) : part.what === 'removed' ? (
          <del>
            <Line line={part.line} />
          </del>
        ) : part.what === 'added' ? (
          <ins>
            <Line line={part.line} />
          </ins>
        ) : (
          <p>
            <Line line={part.line} />
          </p>
        ),
      )}
    </div>
  );
};

const Line = ({ line }: { line: string }) => <bdi>{line === '' ? '\u00a0' : inert(line, LONGEST)}</bdi>;

type Shown = DiffLine | { readonly hidden: number };

function folded(lines: readonly DiffLine[]): Shown[] {
  const near = new Set<number>();
  for (const [n, { what }] of lines.entries())
    if (what !== 'same') for (let m = n - AROUND; m <= n + AROUND; m++) near.add(m);
  const shown: Shown[] = [];
  let hidden = 0;
  for (const [n, line] of lines.entries()) {
    if (near.has(n)) {
      if (hidden > 0) shown.push({ hidden });
      hidden = 0;
      shown.push(line);
    } else hidden += 1;
  }
  if (hidden > 0) shown.push({ hidden });
  return shown;
}
