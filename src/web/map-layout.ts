/** Where things stand on the drawing of a network. Pure: the same network is drawn the same way each time. */

export const WIDTH = 960;
export const NODE = { width: 148, height: 46 } as const;

const ACROSS = 6;
const GAP_X = (WIDTH - ACROSS * NODE.width) / (ACROSS - 1);
const TOP = 4;
/** From a line to the nodes that hang from it. */
const DROP = 18;
const GAP_Y = 20;
/** Beside the nodes runs the line that joins the rows. */
const HEAD = TOP + NODE.height + 26;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly height: number;
  /** Upper left corners, in the order of what is drawn. */
  readonly nodes: readonly Point[];
  readonly gateway: Point;
  readonly scanner: Point;
  /** svg path of all lines: from gateway and scanner to the network, along it, and to each node. */
  readonly lines: string;
}

/** @param count how many nodes hang from the network */
export function layoutOf(count: number): Layout {
  const gateway = { x: (WIDTH - NODE.width) / 2, y: TOP };
  const scanner = { x: 0, y: TOP };
  const rows = Math.ceil(count / ACROSS);
  const busOf = (row: number) => HEAD + row * (DROP + NODE.height + GAP_Y);
  const nodes = Array.from({ length: count }, (_, n) => ({
    x: (n % ACROSS) * (NODE.width + GAP_X),
    y: busOf(Math.floor(n / ACROSS)) + DROP,
  }));
  const middle = (point: Point) => round(point.x + NODE.width / 2);
  const lines = [`M${middle(gateway)} ${gateway.y + NODE.height}V${busOf(0)}`];
  lines.push(`M${middle(scanner)} ${scanner.y + NODE.height}V${busOf(0)}`);
  for (let row = 0; row < Math.max(1, rows); row++) {
    lines.push(`M0 ${busOf(row)}H${WIDTH}`);
    if (row > 0) lines.push(`M${WIDTH} ${busOf(row - 1)}V${busOf(row)}`);
  }
  for (const node of nodes) lines.push(`M${middle(node)} ${node.y - DROP}V${node.y}`);
  return {
    height: round(rows === 0 ? HEAD + DROP : busOf(rows - 1) + DROP + NODE.height + 6),
    nodes: nodes.map(({ x, y }) => ({ x: round(x), y: round(y) })),
    gateway,
    scanner,
    lines: lines.join(''),
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
