/** The list of devices: searched, filtered and sorted, paged by key. */
export * from './device-query.ts';
export { listDevices, type DevicePage, type DeviceRow } from './device-list.ts';
export { type DeviceFacets } from './device-facets.ts';
