/** Which alerts the page shows, from its address and back. What means nothing is told at its field, and left out. */
import { storeQueryOf, alertQuery } from './schema/alert-query.ts';
import { complaintsOf } from './schema/device.ts';
import { text } from './visit.ts';
import type { AlertQuery } from '../store/site-alerts.ts';

/** In the order in which addresses have them. */
const PARAMS = [
  'show',
  'severity',
  'kind',
  'network',
  'device',
  'channel',
  'sent',
  'by',
  'q',
  'from',
  'to',
  'before',
] as const;
export type AlertParam = (typeof PARAMS)[number];

export interface AlertFilter {
  readonly query: Omit<AlertQuery, 'limit'>;
  /** What was typed, as far as it means something. */
  readonly typed: Readonly<Partial<Record<AlertParam, string>>>;
  /** What was wrong with the rest, and how it was typed. */
  readonly complaints: Readonly<Partial<Record<AlertParam, string>>>;
  readonly wrong: Readonly<Partial<Record<AlertParam, string>>>;
}

export function alertFilterOf(search: URLSearchParams): AlertFilter {
  const given = Object.fromEntries(
    PARAMS.flatMap(name => {
      const value = search.get(name);
      return value === null || value === '' ? [] : [[name, value] as const];
    }),
  );
  const first = alertQuery.safeParse(given);
  const complaints: Record<string, string> = first.success ? {} : complaintsOf(first.error);
  const { from, to } = first.data ?? {};
  if (from !== undefined && to !== undefined && to <= from) complaints['to'] = text().alerts.form.order;
  const isGood = ([name]: [string, string]) => complaints[name] === undefined;
  const typed = Object.fromEntries(Object.entries(given).filter(isGood));
  const wrong = Object.fromEntries(Object.entries(given).filter(one => !isGood(one)));
  return { query: storeQueryOf(alertQuery.parse(typed)), typed, complaints, wrong };
}

type Change = Readonly<Partial<Record<AlertParam, string | null>>>;

/** Only what differs from the plain page. @param change null: without it */
export function alertsPath(
  { typed }: Pick<AlertFilter, 'typed'>,
  change: Change = {},
  page = '/alerts',
): string {
  const params = new URLSearchParams();
  for (const name of PARAMS) {
    const value = change[name] === undefined ? typed[name] : change[name];
    if (value != null && value !== '' && !(name === 'show' && value === 'open')) params.set(name, value);
  }
  const query = params.toString();
  return query === '' ? page : `${page}?${query}`;
}

/** Whether it leaves anything out besides what became of them. */
export function isNarrow({ typed }: Pick<AlertFilter, 'typed'>): boolean {
  return Object.keys(typed).some(name => name !== 'show' && name !== 'before');
}
