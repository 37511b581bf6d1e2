/** Numbers within sentences, as each language writes and counts them. */
export interface Numbers {
  /** `1,234`, `1.234` */
  readonly num: (n: number) => string;
  /** `1 device`, `1,234 devices` */
  readonly count: (n: number, one: string, many: string) => string;
}

function numbersOf(customs: string): Numbers {
  const format = new Intl.NumberFormat(customs);
  const num = (n: number) => format.format(n);
  return { num, count: (n, one, many) => `${num(n)} ${n === 1 ? one : many}` };
}

export const english = numbersOf('en-GB');
export const german = numbersOf('de-DE');
