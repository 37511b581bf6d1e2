/** What changed between two texts, line by line: the longest common subsequence, bounded in time. */

export interface DiffLine {
  readonly what: 'same' | 'removed' | 'added';
  readonly line: string;
}

/** Beyond so many pairs of lines what differs is told as one block: a diff of two long strangers says nothing anyway. */
const MOST_PAIRS = 250_000;

/** The lines of both in order; what was removed stands before what was added in its place. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const a = before === '' ? [] : before.split('\n');
  const b = after === '' ? [] : after.split('\n');
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
    end += 1;
  const same = (lines: readonly string[]): DiffLine[] => lines.map(line => ({ what: 'same', line }));
  return [
    ...same(a.slice(0, start)),
    ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...same(a.slice(a.length - end)),
  ];
}

function middle(a: readonly string[], b: readonly string[]): DiffLine[] {
  const removed = (line: string): DiffLine => ({ what: 'removed', line });
  const added = (line: string): DiffLine => ({ what: 'added', line });
  if (a.length * b.length > MOST_PAIRS) return [...a.map(removed), ...b.map(added)];
  // lengths[i][j]: of the longest common subsequence of a from i on and b from j on
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [old, young] = [a[i], b[j]];
    if (old !== undefined && old === young) {
      lines.push({ what: 'same', line: old });
      [i, j] = [i + 1, j + 1];
    } else if (old !== undefined && (young === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(removed(old));
      i += 1;
    } else if (young !== undefined) {
      lines.push(added(young));
      j += 1;
    }
  }
  return lines;
}
