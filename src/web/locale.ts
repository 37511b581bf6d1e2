/** In which language and zone a visitor reads: as the account says, else a cookie, else the browser, else the site. */
import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Clock } from '../lib/clock.ts';
import { codeOf } from '../lib/errors.ts';
import { isTimeZone } from '../lib/time-zone.ts';
import { timeZoneOf } from '../store/rules.ts';
import type { Db } from '../store/session.ts';
import { de } from './text/de.ts';
import { en, type Texts } from './text/en.ts';
import { LANGUAGES, type Language } from './visit.ts';

const TEXTS: Readonly<Record<Language, Texts>> = { en, de };

/** As each language calls itself. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' };

export interface Locale {
  readonly language: Language;
  readonly text: Texts;
  /** IANA name. */
  readonly zone: string;
  /** Whether an account asks for this zone; else the page's script puts times into the browser's own. */
  readonly isZoneChosen: boolean;
}

/** What an account asks for; null: nothing. */
export interface Wished {
  readonly language: string | null;
  readonly zone: string | null;
}

export function localeOf(c: Context, siteZone: string, wished?: Wished): Locale {
  const language =
    checkLanguage(wished?.language) ??
    checkLanguage(getCookie(c, 'language')) ??
    languageOf(c.req.header('accept-language') ?? '') ??
    'en';
  const own = checkZone(wished?.zone);
  const zone = own ?? checkZone(getCookie(c, 'tz')) ?? siteZone;
  return { language, text: TEXTS[language], zone, isZoneChosen: own !== undefined };
}

export function checkLanguage(text: string | null | undefined): Language | undefined {
  return LANGUAGES.find(known => known === text);
}

const LONGEST_ZONE = 64;
/** Checked before, because asking the runtime is dear. No more than the database of zones has. */
const known = new Map<string, boolean>();
const MOST_KNOWN = 1000;

export function checkZone(text: string | null | undefined): string | undefined {
  if (text === null || text === undefined || text.length > LONGEST_ZONE) return undefined;
  let is = known.get(text);
  if (is === undefined) {
    is = isTimeZone(text);
    if (known.size < MOST_KNOWN) known.set(text, is);
  }
  return is ? text : undefined;
}

/** More are not looked at: nobody reads so many languages. */
const MOST_RANGES = 20;

/** Accept-Language (RFC 9110 §12.5.4): the language of ours with the greatest weight; q=0 means never. */
export function languageOf(header: string): Language | undefined {
  let best: { language: Language; weight: number } | undefined;
  for (const range of header.split(',', MOST_RANGES)) {
    const [, tag = '', q = '1'] =
      /^\s*([a-z]{1,8}|\*)(?:-[a-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$/i.exec(range) ?? [];
    const language = tag === '*' ? 'en' : checkLanguage(tag.toLowerCase());
    const weight = Math.min(1, Number(q));
    if (language !== undefined && weight > (best?.weight ?? 0)) best = { language, weight };
  }
  return best?.language;
}

const ZONE_KEPT_MS = 60_000;

/**
 * The site's own zone, asked for once a minute; UTC until it has one. While the database is away it stays what it was:
 * the page that is asked for says so itself.
 */
export function siteZoneReader(db: Db, site: string, clock: Clock): () => Promise<string> {
  let zone = 'UTC';
  let readAt: number | undefined;
  let reading: Promise<string> | undefined;
  const read = async () => {
    try {
      zone = checkZone(await timeZoneOf(db, site)) ?? 'UTC';
      readAt = clock.monotonic();
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
    }
    return zone;
  };
  return () => {
    if (readAt !== undefined && clock.monotonic() - readAt < ZONE_KEPT_MS) return Promise.resolve(zone);
    // Many who come at once ask once.
    reading ??= read().finally(() => (reading = undefined));
    return reading;
  };
}
