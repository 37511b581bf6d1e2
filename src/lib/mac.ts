/**
 * MAC addresses (IEEE EUI-48) as 48-bit numbers: cheap to compare and to keep by the ten thousand, and exact in a
 * double (2^48 < 2^53). Text form is lower case with colons, as PostgreSQL's `macaddr` prints it.
 */
export type Mac = number & { readonly __brand: 'Mac' };

export const BROADCAST_MAC = 0xffffffffffff as Mac;
export const ZERO_MAC = 0 as Mac;

/** Accepts `aa:bb:cc:dd:ee:ff`, `aa-bb-…`, `aabb.ccdd.eeff` and twelve bare hex digits; anything else is undefined. */
export function parseMac(text: string): Mac | undefined {
  const digits = text.trim().toLowerCase();
  const shapes =
    /^(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$|^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$|^[0-9a-f]{12}$/;
  if (!shapes.test(digits)) return undefined;
  return Number.parseInt(digits.replace(/[^0-9a-f]/g, ''), 16) as Mac;
}

export function formatMac(mac: Mac): string {
  const hex = mac.toString(16).padStart(12, '0');
  return `${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}:${hex.slice(6, 8)}:${hex.slice(8, 10)}:${hex.slice(10, 12)}`;
}

/** Reads six octets at `offset`, network order. The caller has checked the bounds. */
export function readMac(bytes: Uint8Array, offset: number): Mac {
  let value = 0;
  for (let i = 0; i < 6; i++) value = value * 256 + (bytes[offset + i] ?? 0);
  return value as Mac;
}

/** Writes six octets at `offset`, network order. The caller has checked the bounds. */
export function writeMac(bytes: Uint8Array, offset: number, mac: Mac): void {
  let rest: number = mac;
  for (let i = 5; i >= 0; i--) {
    bytes[offset + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** The I/G bit (IEEE 802-2014 §8.2.2): a group address, which no single station may use as its own. */
export function isGroupMac(mac: Mac): boolean {
  return Math.floor(mac / 2 ** 40) % 2 === 1;
}

/** The U/L bit (IEEE 802-2014 §8.2.2): locally administered, as the random addresses of phones are. */
export function isLocalMac(mac: Mac): boolean {
  return Math.floor(mac / 2 ** 41) % 2 === 1;
}
