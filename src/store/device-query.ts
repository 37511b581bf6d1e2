/** What can be asked of the list of devices; see device-list.ts for the answer. */

export const DEVICE_STATES = ['new', 'known', 'ignored', 'blocked', 'archived'] as const;
export type DeviceState = (typeof DEVICE_STATES)[number];

export const PRESENCES = ['here', 'quiet', 'gone'] as const;
export type Presence = (typeof PRESENCES)[number];

/** Each in its natural order: names from A to Z, times with the latest first, most alerts first. */
export const DEVICE_SORTS = [
  'address',
  'name',
  'presence',
  'state',
  'vendor',
  'seen',
  'first',
  'mac',
  'network',
  'owner',
  'kind',
  'alerts',
] as const;
export type DeviceSort = (typeof DEVICE_SORTS)[number];

/** First seen within so many days. */
export const FIRST_SEEN_DAYS = [1, 7, 30] as const;
export type FirstSeenDays = (typeof FIRST_SEEN_DAYS)[number];

/** Stands for "none" where vendors, owners and kinds are chosen. */
export const NONE = '-';

/** What narrows the list. Between fields all have to hold, within one any. Absent, null and empty: no matter. */
export interface DeviceFilter {
  /**
   * Every word has to be found somewhere: name, own name, owner, kind, notes, vendor, MAC in any notation or part of
   * one, part of an address, CIDR. `owner:`, `vendor:`, `kind:`, `name:` and `is:` narrow a word. Empty: everything.
   */
  readonly text: string;
  /** Without a state those that are put away are left out. */
  readonly state: DeviceState | readonly DeviceState[] | null;
  readonly presence: Presence | readonly Presence[] | null;
  /** Network ids. */
  readonly network: number | readonly number[] | null;
  /** As stored, in any case; NONE for without. */
  readonly vendor?: readonly string[];
  readonly owner?: readonly string[];
  readonly kind?: readonly string[];
  readonly watched?: boolean | null;
  readonly randomMac?: boolean | null;
  /** Has an alert that is neither resolved nor acknowledged. */
  readonly alert?: boolean | null;
  readonly firstSeenDays?: FirstSeenDays | null;
  /** Only this one, whatever its state. */
  readonly device?: number;
}

export interface DeviceQuery extends DeviceFilter {
  readonly sort: DeviceSort;
  /** Against the natural order. What has no value stays last. */
  readonly reverse?: boolean;
  readonly limit: number;
  /** `next` of the page before; null for the first. */
  readonly after: string | null;
}
