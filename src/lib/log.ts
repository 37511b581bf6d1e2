/**
 * One line per event on the sink it is given: `level message key=value …`. Control characters are made inert, and
 * whatever was registered as a secret is replaced, wherever in the line it turns up.
 */
import { inert } from './text.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Never print this text again, whole or inside another. */
  redact(secret: string): void;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const MASK = '‹secret›';

/** @param write takes one line without its newline */
export function createLog(write: (line: string, level: LogLevel) => void, threshold: LogLevel = 'info'): Log {
  const secrets = new Set<string>();
  // Before anything is cut or quoted: half a secret, or one with a backslash put into it, would not be found any more.
  const hide = (text: string) => {
    for (const secret of secrets) text = text.replaceAll(secret, MASK);
    return text;
  };
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (RANK[level] < RANK[threshold]) return;
      let line = inert(hide(message), 4000);
      for (const [key, value] of Object.entries(fields)) {
        if (value !== undefined)
          line += ` ${key}=${formatValue(typeof value === 'string' ? hide(value) : value)}`;
      }
      write(line, level);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    redact: secret => {
      // A short secret would blank out innocent text; nothing under six characters guards anything.
      if (secret.length >= 6) secrets.add(secret);
    },
  };
}

function formatValue(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return String(value);
  const text = inert(value, 1000);
  return /^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text);
}

// Up to the last @ of the authority, as the WHATWG URL standard reads it: people forget to write %40 in passwords, and
// %20: a space inside is part of one as well.
const PASSWORD_OF_URL = /^([a-z][a-z0-9+.-]*:\/\/[^:/?#@]*:)([^/?#]*)@/i;
const PASSWORDS_OF_QUERY = /([?&](?:password|sslpassword)=)([^&#]*)/gi;

/** A password in a URL, for text that is about to be shown: `postgres://user:***@host/db`. */
export function maskUrl(url: string): string {
  return url.replace(PASSWORD_OF_URL, '$1***@').replace(PASSWORDS_OF_QUERY, '$1***');
}

/** The passwords in a URL in every spelling: as written, with each % sequence decoded, and as a URL parser writes it. */
export function passwordsOf(url: string): string[] {
  const authority = PASSWORD_OF_URL.exec(url)?.[2];
  const query = [...url.matchAll(PASSWORDS_OF_QUERY)].map(match => match[2]);
  const written = [authority, ...query].filter(text => text !== undefined && text !== '') as string[];
  const parsed = URL.canParse(url) ? new URL(url).password : '';
  return [...new Set([...written, ...written.map(safeDecode), ...(parsed === '' ? [] : [parsed])])];
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray percent sign: it is its own decoding
  }
}
