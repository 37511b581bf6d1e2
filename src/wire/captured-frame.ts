/** What every capture format yields, and the bounds that hold in all of them. */
export const LINKTYPE_ETHERNET = 1;
/** libpcap's MAXIMUM_SNAPLEN: a longer record is a damaged length, not a packet. */
export const MAX_CAPTURED_LENGTH = 262_144;

export interface CapturedFrame {
  /** Milliseconds since 1970 in UTC, to the precision of the file. */
  readonly timeMs: number;
  /** A view into the file's bytes. */
  readonly bytes: Uint8Array;
  /** Length on the wire; more than `bytes` holds where the capture was cut short. */
  readonly originalLength: number;
}
