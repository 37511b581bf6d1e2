/** "Did you mean …?": the word that takes the fewest changes of a letter (Levenshtein), if it takes few. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const most = Math.max(1, Math.ceil(word.length / 3));
  const [best] = words
    .map(one => ({ one, changes: changesBetween(word.slice(0, 60), one) }))
    .filter(({ changes }) => changes <= most)
    .toSorted((a, b) => a.changes - b.changes);
  return best?.one;
}

function changesBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of Array.from(from).entries()) {
    const next = [i + 1];
    for (const [j, other] of Array.from(to).entries())
      next.push(
        Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)),
      );
    row = next;
  }
  return row[to.length] ?? 0;
}
