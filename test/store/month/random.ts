/** Random numbers that a seed decides: the same month again, or another. */
export interface Random {
  /** From 0 up to but without 1. */
  next(): number;
  between(low: number, high: number): number;
  integer(low: number, high: number): number;
  chance(probability: number): boolean;
  /** Memoryless, with this mean. */
  exponential(mean: number): number;
  /** Heavy-tailed: half are shorter than the median; sigma 1 means that one of six is over 2.7 times as long. */
  logNormal(median: number, sigma: number): number;
}

/** mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const between = (low: number, high: number) => low + (high - low) * next();
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    between,
    integer: (low, high) => Math.floor(between(low, high + 1)),
    chance: probability => next() < probability,
    exponential: mean => -mean * Math.log(1 - next()),
    logNormal: (median, sigma) => median * Math.exp(sigma * normal()),
  };
}
