/** Columns for a terminal. Every cell is made inert here, whoever chose its text. */
import { inert } from '../lib/text.ts';

/** @param rows as many cells as there are headings */
export function textTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  heading: (text: string) => string = text => text,
): string {
  const cells = rows.map(row => row.map(cell => inert(cell, 80)));
  const widths = headings.map((title, i) =>
    // Not by spreading: a call takes only so many arguments.
    cells.reduce((widest, row) => Math.max(widest, row[i]?.length ?? 0), title.length),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd();
  return `${[heading(line(headings)), ...cells.map(line)].join('\n')}\n`;
}
