/** The address of a list of devices: what is asked for, and which columns. */
import type { DeviceQuery } from '../store/site-devices.ts';
import { isUsual, type Column } from './device-columns.ts';
import { deviceParamsOf } from './schema/device-query.ts';

/** Rows of a page, unless the address says. */
export const PAGE_ROWS = 50;

export interface DeviceList {
  readonly query: DeviceQuery;
  readonly columns: readonly Column[];
}

/** Behind the question mark; empty for the plain list. */
export function paramsOf(list: DeviceList, change: Partial<DeviceQuery> = {}): URLSearchParams {
  const params = deviceParamsOf({ ...list.query, after: null, ...change }, PAGE_ROWS);
  if (!isUsual(list.columns)) for (const column of list.columns) params.append('cols', column);
  return params;
}

export function addressOf(list: DeviceList, change: Partial<DeviceQuery> = {}): string {
  const params = paramsOf(list, change).toString();
  return params === '' ? '/devices' : `/devices?${params}`;
}
