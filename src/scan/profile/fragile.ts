/**
 * What must not be done to devices that act on a mere connection or choke on a few at once. One place, with the reasons.
 * The gentle mode, on by default, heeds all of it.
 */

/** Ports that are not connected to, whatever list they stand on, and why. */
export const UNTOUCHED_PORTS: ReadonlyMap<number, string> = new Map([
  [515, 'a line printer daemon (RFC 1179) may start a job for a bare connection'],
  ...[9100, 9101, 9102, 9103, 9104, 9105, 9106, 9107].map(
    port =>
      [port, 'a printer prints whatever arrives on its raw port, and some print a page for nothing'] as const,
  ),
]);

/** Makers whose devices are mostly printers or small controllers: little memory, a single-threaded TCP/IP stack. */
const FRAGILE_VENDORS: readonly (readonly [vendor: RegExp, why: string])[] = [
  [
    /\b(?:brother|canon|epson|kyocera|lexmark|oki (?:data|electric)|ricoh|xerox|zebra tech|konica|toshiba tec|star micronics|sato|tsc auto|dymo|riso)/i,
    'printers',
  ],
  [/\b(?:hewlett[ -]packard|hp inc)\b/i, 'printers as well as computers'],
  [
    /\b(?:espressif|tuya|shelly|allterco|itead|sonoff|nordic semi|silicon lab|microchip|texas instruments|wiznet|lantronix|digi international|moxa|murata)/i,
    'microcontrollers that serve a connection or two',
  ],
  [
    /\b(?:siemens|schneider electric|rockwell|allen-bradley|beckhoff|wago|phoenix contact|omron|mitsubishi electric|abb\b|honeywell|johnson controls|danfoss|eaton)/i,
    'controllers of machines and buildings, which must not falter',
  ],
];

const FRAGILE_KINDS: ReadonlySet<string> = new Set(['printer', 'sensor', 'camera', 'controller', 'embedded']);

/** Whether this device gets one connection at a time, no TLS, and a request only where web pages are usual. */
export function isFragile(device: { readonly vendor: string | null; readonly kind: string | null }): boolean {
  const { vendor, kind } = device;
  if (kind !== null && FRAGILE_KINDS.has(kind)) return true;
  // Somebody said, or an earlier profile found, that it is something sturdier than its maker's usual.
  if (kind !== null && STURDY_KINDS.has(kind)) return false;
  return vendor !== null && FRAGILE_VENDORS.some(([pattern]) => pattern.test(vendor));
}

const STURDY_KINDS: ReadonlySet<string> = new Set(['computer', 'server', 'nas', 'phone']);

/** Where even fragile devices expect a web browser. */
export const GENTLE_HTTP_PORTS: ReadonlySet<number> = new Set([80, 631, 8080]);
