/** How large the database becomes when everything is kept for as long as it should be. Pure. */
import type { Growing, Maintenance, TableSize } from '../store/system-state.ts';

const DAY = 24 * 60 * 60 * 1000;

export interface Kept {
  readonly logDays: number;
  readonly historyDays: number;
}

export interface GrowthOf {
  readonly name: Growing['name'];
  readonly bytes: number;
  /** Whole days between the oldest and now. */
  readonly keptDays: number;
  readonly ofDays: number;
  /** Null: too early to say. */
  readonly thenBytes: number | null;
}

export interface Forecast {
  readonly parts: readonly GrowthOf[];
  /** Of the whole database; null: too early to say. */
  readonly thenBytes: number | null;
  readonly isSettled: boolean;
}

/** At the pace so far; what is not kept for a time is taken to stay as it is. */
export function forecast(
  databaseBytes: number,
  sizes: readonly TableSize[],
  growing: readonly Growing[],
  kept: Kept,
  now: Date,
): Forecast {
  const parts = growing.flatMap(({ name, oldest }): GrowthOf[] => {
    if (oldest === null) return [];
    const bytes = sizes.find(size => size.name === name)?.bytes ?? 0;
    const ofDays = name === 'discovery_log' ? kept.logDays : kept.historyDays;
    const age = (now.getTime() - oldest.getTime()) / DAY;
    const thenBytes = age < 1 ? null : bytes * Math.max(1, ofDays / age);
    return [{ name, bytes, keptDays: Math.max(0, Math.floor(age)), ofDays, thenBytes }];
  });
  const isKnown = parts.length > 0 && parts.every(({ thenBytes }) => thenBytes !== null);
  const more = parts.reduce((sum, { bytes, thenBytes }) => sum + ((thenBytes ?? bytes) - bytes), 0);
  return {
    parts,
    thenBytes: isKnown ? databaseBytes + more : null,
    isSettled: isKnown && more < databaseBytes * 0.02,
  };
}

/** Bytes a day by what housekeeping noted; null: fewer than three days of it. @param runs newest first */
export function paceOf(runs: readonly Maintenance[]): number | null {
  const [last, first] = [runs[0], runs.at(-1)];
  if (last === undefined || first === undefined) return null;
  const days = (last.at.getTime() - first.at.getTime()) / DAY;
  return days < 3 ? null : (last.databaseBytes - first.databaseBytes) / days;
}
