/** A stranger's octets as a fact: one line of text without controls, at most 500 characters. */
import { inert } from '../../lib/text.ts';

const MAX_FACT_LENGTH = 500;

export type Facts = Readonly<Record<string, string>>;

/** Drops what is empty; the rest is made inert and cut. */
export function facts(values: Readonly<Record<string, string | null | undefined>>): Facts {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    const text = inert(value ?? '', MAX_FACT_LENGTH);
    if (text !== '') result[name] = text;
  }
  return result;
}

/** UTF-8 if it is that all through (a character cut off at the end aside), else Windows-1252, which reads anything. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return decodeWindows1252(bytes);
  }
}

/** 0x80 to 0x9f; the rest is as in ISO 8859-1. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** Node 20's own decoder of that name reads ISO 8859-1. */
export function decodeWindows1252(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return text.replace(/[\x80-\x9f]/g, character => WINDOWS_1252.charAt(character.charCodeAt(0) - 0x80));
}
