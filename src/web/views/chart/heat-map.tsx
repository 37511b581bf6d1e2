/** Numbers as a table of coloured cells. It is a real table: the number stands in every cell, colour is only the help. */
import type { Child } from 'hono/jsx';

export interface HeatRow {
  readonly label: Child;
  /** One for each column; null: nobody looked (hatched). undefined: there is no such time. */
  readonly cells: readonly (HeatCell | null | undefined)[];
}

export interface HeatCell {
  readonly value: number;
  /** On hover: `Thu 19 Nov, 22:00: 24 devices`. */
  readonly title: string;
  /** Short enough for the cell: `9.1k`; the number itself otherwise. */
  readonly short?: string;
}

interface HeatProps {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly HeatRow[];
  /** Stands in cells that are null, for who cannot see the hatching: `not looked`. */
  readonly noneWord: string;
  /** Above the labels of the rows: `Day`. */
  readonly corner: string;
}

/** Colours from none to most. */
const LEVELS = 6;

export const HeatMap = ({ caption, columns, rows, noneWord, corner }: HeatProps) => {
  const values = rows.flatMap(({ cells }) => cells.map(cell => cell?.value ?? 0));
  const most = Math.max(1, ...values);
  return (
    <table class="heat">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{corner}</th>
          {columns.map(column => (
            <th scope="col">
              <span>{column}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ label, cells }) => (
          <tr>
            <th scope="row">{label}</th>
            {cells.map(cell => (
              <Cell cell={cell} most={most} noneWord={noneWord} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
};

interface CellProps {
  cell: HeatCell | null | undefined;
  most: number;
  noneWord: string;
}

const Cell = ({ cell, most, noneWord }: CellProps) => {
  if (cell === undefined) return <td class="never"></td>;
  if (cell === null)
    return (
      <td class="unlooked" title={noneWord}>
        <span class="heat-word">{noneWord}</span>
      </td>
    );
  const level = cell.value === 0 ? 0 : Math.max(1, Math.ceil((cell.value / most) * LEVELS));
  return (
    <td class={`heat-${level}`} title={cell.title}>
      <span>{cell.short ?? cell.value}</span>
    </td>
  );
};
