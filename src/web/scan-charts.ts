/** From counts of scans to the values of charts: stretches without a scan are there too, and time is judged by what was due. */
import { STRETCHES_FROM, type ScanCount } from '../store/scan-counts.ts';
import type { SpanName } from './schema/scans.ts';

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

/** How long, and in which stretches: as many as a chart shows well. */
const STRETCHES: Readonly<Record<SpanName, { readonly lengthMs: number; readonly stepMs: number }>> = {
  day: { lengthMs: DAY, stepMs: HOUR },
  week: { lengthMs: 7 * DAY, stepMs: 6 * HOUR },
  month: { lengthMs: 30 * DAY, stepMs: 12 * HOUR },
  year: { lengthMs: 52 * 7 * DAY, stepMs: 7 * DAY },
};

/** When a network was to be looked at. */
export interface Wanted {
  readonly createdAt: Date;
  readonly retiredAt: Date | null;
}

export interface Stretch {
  readonly at: Date;
  /** Null: there was no scan. */
  readonly count: ScanCount | null;
  /** Of the time in which networks were to be looked at; null: there was none to look at. */
  readonly coverage: number | null;
}

/** The whole span in stretches, the last one being the present; `from` is its beginning. */
export function spanUntil(now: Date, span: SpanName): { from: Date; to: Date; stepMs: number } {
  const { lengthMs, stepMs } = STRETCHES[span];
  const to = floor(now.getTime(), stepMs) + stepMs;
  return { from: new Date(to - lengthMs), to: new Date(to), stepMs };
}

function floor(ms: number, stepMs: number): number {
  return STRETCHES_FROM + Math.floor((ms - STRETCHES_FROM) / stepMs) * stepMs;
}

export function stretchesOf(
  counts: readonly ScanCount[],
  networks: readonly Wanted[],
  { from, to, stepMs }: { from: Date; to: Date; stepMs: number },
  now: Date,
): Stretch[] {
  const found = new Map(counts.map(count => [count.at.getTime(), count]));
  const stretches: Stretch[] = [];
  for (let at = from.getTime(); at < to.getTime(); at += stepMs) {
    const count = found.get(at) ?? null;
    const end = Math.min(at + stepMs, now.getTime());
    const wanted = networks.reduce((sum, one) => sum + overlap(one, at, end), 0);
    const looked = count?.lookedMs ?? 0;
    stretches.push({
      at: new Date(at),
      count,
      coverage: wanted <= 0 ? (looked > 0 ? 1 : null) : Math.min(1, looked / wanted),
    });
  }
  return stretches;
}

function overlap({ createdAt, retiredAt }: Wanted, from: number, to: number): number {
  const begins = Math.max(from, createdAt.getTime());
  const ends = Math.min(to, retiredAt?.getTime() ?? Infinity);
  return Math.max(0, ends - begins);
}

/** Of all stretches: per scan, and the time by how much of it there was. */
export interface Total {
  readonly scans: number;
  readonly incomplete: number;
  readonly durationMs: number;
  readonly longestMs: number;
  readonly answered: number;
  readonly frames: number;
  readonly coverage: number | null;
}

export function totalOf(stretches: readonly Stretch[]): Total {
  const sum = (value: (count: ScanCount) => number) =>
    stretches.reduce((all, { count }) => all + (count === null ? 0 : value(count)), 0);
  const scans = sum(count => count.scans);
  const each = (total: number) => (scans === 0 ? 0 : total / scans);
  const covered = stretches.filter(({ coverage }) => coverage !== null);
  return {
    scans,
    incomplete: sum(count => count.partial + count.failed),
    durationMs: each(sum(count => count.durationMs)),
    longestMs: Math.max(0, ...stretches.map(({ count }) => count?.longestMs ?? 0)),
    answered: each(sum(count => count.answered)),
    frames: each(sum(count => count.frames)),
    coverage:
      covered.length === 0
        ? null
        : covered.reduce((all, { coverage }) => all + (coverage ?? 0), 0) / covered.length,
  };
}

/** `99.5 %`; never 100 % while anything is missing, nor 0 % while there is anything. */
export function percentOf(share: number): string {
  const percent = Math.round(share * 1000) / 10;
  const shown = share < 1 && percent === 100 ? 99.9 : share > 0 && percent === 0 ? 0.1 : percent;
  return `${shown} %`;
}
