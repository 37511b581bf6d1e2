/**
 * A device's name out of what a protocol carried: text without anything that hides, reorders or forges what a reader
 * sees, in one spelling (NFC), at most 253 characters; null when nothing of a name is left. Who shows it still passes it
 * through `inert` and the renderer's escaping.
 */
import { parseIpv4 } from './ipv4.ts';
import { decodePunycode, encodePunycode } from './punycode.ts';
import { withoutUnsafe } from './text.ts';

/** Of a domain name in text (RFC 1035 §2.3.4: 255 octets on the wire). Whatever is longer is no name. */
export const MAX_NAME_LENGTH = 253;

/** What looks like nothing: fillers, joiners, variation selectors, the Braille blank. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** What every stack calls itself when nobody gave it a name, and an address, which is known anyway. */
const NO_NAMES: ReadonlySet<string> = new Set([
  'localhost',
  'localhost.localdomain',
  '(none)',
  'unknown',
  'null',
]);

/** A name that came as text: of a certificate, a page, a lease. Also the last step of the functions below. */
export function cleanName(text: string): string | null {
  // Before anything costs time in proportion to what a stranger sent.
  if (text.length > 4 * MAX_NAME_LENGTH) return null;
  const visible = withoutUnsafe(text).replace(INVISIBLE, '').normalize('NFC').replace(/\s+/gu, ' ').trim();
  const name = visible.replace(/[. ]+$/, '');
  if (name.length > MAX_NAME_LENGTH || !/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(name)) return null;
  return NO_NAMES.has(name.toLowerCase()) || parseIpv4(name) !== undefined ? null : name;
}

/**
 * Of DNS, mDNS or LLMNR. UTF-8 as RFC 6762 §16 wants it and others send it; `xn--` labels as what they stand for, where
 * that is safe to show. `.local` says only which protocol was asked, and goes.
 * @param labels octets, one character of code 0 to 255 each
 */
export function nameOfLabels(labels: readonly string[]): string | null {
  const last = labels.at(-1)?.toLowerCase();
  const own = last === 'local' && labels.length > 1 ? labels.slice(0, -1) : labels;
  // A dot inside a label is not the one between two; it reads as a dash.
  return cleanName(own.map(label => decodeIdn(decodeUtf8(label)).replaceAll('.', '-')).join('.'));
}

/** Of NetBIOS. @param octets in the machine's OEM code page, one character of code 0 to 255 each */
export function nameOfNetbios(octets: string): string | null {
  return cleanName(decodeOem(octets));
}

/** Octets that are no UTF-8 become U+FFFD. */
export function decodeUtf8(octets: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytesOf(octets));
}

/** Code page 850, the OEM code page of western Europe and Samba's default, from 0x80 on. */
const CP850 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0';

/**
 * Which code page it is the wire does not tell. A name in UTF-8, which some devices send, is next to never a sensible one
 * in code page 850, so it is tried first.
 */
function decodeOem(octets: string): string {
  const utf8 = decodeUtf8(octets);
  return utf8.includes('\ufffd')
    ? octets.replace(/[\u0080-\u00ff]/g, one => CP850[one.charCodeAt(0) - 0x80] ?? '')
    : utf8;
}

function bytesOf(octets: string): Uint8Array {
  return Uint8Array.from(octets, one => one.charCodeAt(0));
}

/** As browsers decide it, roughly (UTS #39 §5.2, highly restrictive): one script, or those that are written together. */
const ONE_SCRIPT = [
  /^[\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]+$/u,
  /^[\p{Script=Latin}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Common}\p{Script=Inherited}]+$/u,
  /^[\p{Script=Latin}\p{Script=Han}\p{Script=Bopomofo}\p{Script=Common}\p{Script=Inherited}]+$/u,
  /^[\p{Script=Latin}\p{Script=Han}\p{Script=Hangul}\p{Script=Common}\p{Script=Inherited}]+$/u,
  ...[
    'Greek',
    'Cyrillic',
    'Armenian',
    'Hebrew',
    'Arabic',
    'Devanagari',
    'Bengali',
    'Tamil',
    'Thai',
    'Georgian',
  ].map(script => new RegExp(`^[\\p{Script=${script}}\\p{Script=Common}\\p{Script=Inherited}]+$`, 'u')),
];

/** Cyrillic and Greek letters that look like Latin ones: a label of nothing else pretends to be Latin. */
const ALL_LOOKALIKE = /^[аеорсухіјѕһԁԛԝӏαονρυ0-9-]+$/u;

function decodeIdn(label: string): string {
  if (!/^xn--/i.test(label)) return label;
  const decoded = decodePunycode(label.slice(4));
  if (decoded === undefined || !/^[\p{L}\p{M}\p{N}-]+$/u.test(decoded)) return label;
  const canonical = decoded === decoded.normalize('NFC') && decoded === decoded.toLowerCase();
  // Two spellings of one name, or plain ASCII in disguise.
  const faithful = encodePunycode(decoded) === label.slice(4).toLowerCase() && /\P{ASCII}/u.test(decoded);
  const legible = ONE_SCRIPT.some(script => script.test(decoded)) && !ALL_LOOKALIKE.test(decoded);
  return canonical && faithful && legible ? decoded : label;
}
