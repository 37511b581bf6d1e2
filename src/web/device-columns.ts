/** Which columns the list of devices shows, beside the name; in this order. */
import type { DeviceSort } from '../store/site-devices.ts';

export const COLUMNS = [
  'presence',
  'address',
  'mac',
  'vendor',
  'network',
  'owner',
  'kind',
  'first',
  'seen',
  'alerts',
  'line',
] as const;
export type Column = (typeof COLUMNS)[number];

export const USUAL_COLUMNS: readonly Column[] = ['presence', 'address', 'vendor', 'seen', 'line'];

/** Only the presence of a day has no order. */
export function sortOf(column: Column): DeviceSort | undefined {
  return column === 'line' ? undefined : column;
}

/** From the address; undefined in `columns`: the usual ones. */
export function columnsOf(search: URLSearchParams): {
  readonly columns: readonly Column[];
  readonly isBad: boolean;
} {
  const asked = search.getAll('cols').filter(column => column !== '');
  const columns = COLUMNS.filter(column => asked.includes(column));
  if (asked.length === 0) return { columns: USUAL_COLUMNS, isBad: false };
  const isBad = columns.length === 0 || asked.some(one => !COLUMNS.some(column => column === one));
  return { columns: isBad ? USUAL_COLUMNS : columns, isBad };
}

export function isUsual(columns: readonly Column[]): boolean {
  return columns.length === USUAL_COLUMNS.length && columns.every(column => USUAL_COLUMNS.includes(column));
}
