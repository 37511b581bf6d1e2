/** What a reader may do about an alert right from the message, and under which words. */
import type { AlertKind } from '../store/alert-kinds.ts';
import type { OutboxAlert } from '../store/outbox.ts';
import { isOver } from './life.ts';
import type { LinkAction } from './links.ts';

export interface Action {
  readonly what: LinkAction;
  readonly label: string;
  readonly url: string;
}

/** Where one message's links for an alert lead, without what they do. */
export type UrlOf = (alert: OutboxAlert) => string;

/** A page of buttons helps nobody: the rest is on the site. */
export const MOST_WITH_ACTIONS = 12;

const LABELS: Readonly<Record<LinkAction, string>> = {
  accept: 'Known',
  ignore: 'Ignore',
  block: 'Block',
  mute: 'Mute 1 h',
  acknowledge: 'Acknowledge',
};

const BECOMES: Readonly<Partial<Record<LinkAction, string>>> = {
  accept: 'known',
  ignore: 'ignored',
  block: 'blocked',
};

/** Nothing to decide about: a list of many, a person who tries a channel. */
const NONE: ReadonlySet<AlertKind> = new Set(['test']);

export function actionsFor(alert: OutboxAlert, urlOf: UrlOf | undefined): Action[] {
  if (urlOf === undefined || NONE.has(alert.kind)) return [];
  const { deviceId, deviceState } = alert;
  const decisions: LinkAction[] =
    deviceId === null || isOver(alert)
      ? []
      : (['accept', 'ignore', 'block'] as const).filter(what => BECOMES[what] !== deviceState);
  const rest: LinkAction[] = alert.kind === 'baseline' ? [] : ['mute'];
  if (alert.acknowledgedAt === null && !isOver(alert)) rest.push('acknowledge');
  const url = urlOf(alert);
  return [...decisions, ...rest].map(what => ({ what, label: LABELS[what], url: `${url}?do=${what}` }));
}
