/** What is told of an alert, sentence by sentence. Facts in, steps out; no clock times in the sentences. */
import { count } from '../lib/text.ts';
import { tryLines, type TryFacts } from './alert-try-words.ts';
import { lengthWords } from './length-words.ts';
import type { Alert } from './site-alerts.ts';

export type { TryFacts } from './alert-try-words.ts';

export type StoryWhat =
  | 'detected'
  | 'reopens'
  | 'counted'
  | 'severity'
  | 'queued'
  | 'held'
  | 'escalation'
  | 'suppressed'
  | 'tried'
  | 'accepted'
  | 'failed'
  | 'link_opened'
  | 'acted'
  | 'muted'
  | 'acknowledged'
  | 'reopened'
  | 'resolved';

export interface StoryStep {
  /** Null: nobody knows when. */
  readonly at: Date | null;
  readonly what: StoryWhat;
  /** One sentence, without its time. May hold what a device or a server said: make it inert. */
  readonly text: string;
  readonly channel: string | null;
  /** What a server answered; null where the sentence says all. */
  readonly detail: string | null;
}

export interface FinderFacts {
  readonly scan: number;
  readonly network: string;
  readonly outcome: string;
  readonly probed: number;
  readonly answered: number;
  readonly durationMs: number;
  /** Null: the site's own scanner. */
  readonly sensor: string | null;
}

export interface DeliveryFacts {
  readonly channel: string | null;
  readonly state: 'queued' | 'delivered' | 'failed' | 'suppressed';
  readonly reason: string | null;
  readonly attempts: number;
  readonly rule: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
  readonly receipt: string | null;
  readonly lastError: string | null;
  readonly messageKey: string | null;
  readonly quiet: boolean;
  readonly escalation: boolean;
  /** Sent because a mute had ended. */
  readonly afterMute: boolean;
  readonly grouped: boolean;
  /** Of a cooldown: when it was told last, and how often it may be. */
  readonly heldBecause: string | null;
  readonly heldMs: number | null;
  /** So many other alerts in the same message. */
  readonly travelsWith: number;
}

export interface EventFacts {
  readonly at: Date;
  readonly what: 'link_opened' | 'acknowledged' | 'reopened' | 'resolved' | 'acted' | 'muted' | 'severity';
  readonly actor: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly decidedBy: string | null;
  readonly decision: string | null;
}

const step = (
  at: Date | null,
  what: StoryWhat,
  text: string,
  channel: string | null = null,
  detail: string | null = null,
): StoryStep => ({ at, what, text, channel, detail: detail === '' ? null : detail });

export function foundStep(alert: Alert, finder: FinderFacts | undefined): StoryStep {
  return step(alert.openedAt, 'detected', foundBy(alert, finder));
}

function foundBy({ kind }: Alert, finder: FinderFacts | undefined): string {
  if (kind === 'test') return 'Somebody asked for a test message.';
  if (kind === 'sensor_silent' || kind === 'service_silent')
    return 'Noticed by a part of netureon that watches the others.';
  if (kind === 'channel_failing') return 'Noticed by its tries: none was accepted for ten minutes.';
  if (kind === 'port_opened') return 'Found when the device was asked for its ports.';
  if (kind === 'name_changed') return 'Found when the names of the devices were compared.';
  if (finder === undefined) return 'Found; the scan is no longer in the log.';
  const { scan, network, sensor, outcome, probed, answered, durationMs } = finder;
  const by =
    sensor === null ? `scan ${scan} of ${network}` : `scan ${scan} of ${network} by sensor ${sensor}`;
  const how =
    outcome === 'complete' ? '' : `, which was ${outcome === 'partial' ? 'cut short' : 'no success'}`;
  return `Found by ${by}${how}: ${count(probed, 'address', 'addresses')} asked, ${answered.toLocaleString('en-US')} answered, ${(durationMs / 1000).toFixed(1)} s.`;
}

/** What the alert's own row tells: that it counts on, what it was before, and ends that no event tells of. */
export function historySteps(alert: Alert, events: readonly EventFacts[]): StoryStep[] {
  const { openedAt, lastAt, resolvedAt, acknowledgedAt, acknowledgedBy } = alert;
  const told = (what: EventFacts['what']) => events.some(event => event.what === what);
  const steps: StoryStep[] = [];
  if (alert.reopens !== null)
    steps.push(
      step(
        openedAt,
        'reopens',
        `The same had ended within the day before: alert ${alert.reopens}, reopened.`,
      ),
    );
  if (alert.severityWas !== null && !told('severity'))
    steps.push(
      step(openedAt, 'severity', `A rule made it ${alert.severity} instead of ${alert.severityWas}.`),
    );
  if (alert.count > 1)
    steps.push(
      step(lastAt, 'counted', `It has happened ${count(alert.count, 'time')} by now; this is the last.`),
    );
  if (acknowledgedAt !== null && !told('acknowledged'))
    steps.push(step(acknowledgedAt, 'acknowledged', `Acknowledged ${doer(acknowledgedBy)}.`));
  if (resolvedAt !== null && !told('resolved')) {
    const once = resolvedAt.getTime() - openedAt.getTime() < 1000;
    const because = alert.resolvedBecause === null ? '' : `: ${alert.resolvedBecause}`;
    steps.push(
      step(resolvedAt, 'resolved', once ? 'It happened, and was over at once.' : `It is over${because}.`),
    );
  }
  return steps;
}

const DECISIONS: Readonly<Record<string, string>> = {
  accept: 'accepted the device',
  ignore: 'ignored the device',
  block: 'blocked the device',
  merge: 'recognised the device',
  archive: 'put the device away',
  watch: 'ended the watch',
};

/** What somebody did by a link or a button, from the detail of an event. */
const ACTS: Readonly<Record<string, string>> = {
  ...DECISIONS,
  acknowledge: 'acknowledged it',
  mute: 'muted it',
};

/** The same of those who are no persons: a link, the page. */
const DONE: Readonly<Record<string, string>> = {
  accept: 'the device was accepted',
  ignore: 'the device was ignored',
  block: 'the device was blocked',
  merge: 'the device was recognised',
  archive: 'the device was put away',
  watch: 'the watch was ended',
  acknowledge: 'it was acknowledged',
  mute: 'it was muted',
};

/** As the page behind a link signs: whoever holds the link pressed it. */
const LINK = 'a link sent to ';
/** As the site's pages sign, which know nobody's name. */
const PAGE = 'this site';

const isPerson = (actor: string) => actor !== PAGE && !actor.startsWith(LINK);

/** `by Anna`, `by a link sent to email`, `on the web page` */
function doer(actor: string | null): string {
  return actor === PAGE ? 'on the web page' : `by ${actor ?? 'somebody'}`;
}

/** `Anna accepted the device`, `the device was accepted on the web page`; undefined: no such act. */
function didWhat(act: string, actor: string): string | undefined {
  const [did, done] = [ACTS[act], DONE[act]];
  if (did === undefined || done === undefined) return undefined;
  return isPerson(actor) ? `${actor} ${did}` : `${done} ${doer(actor)}`;
}

export function eventStep(alert: Alert, event: EventFacts): StoryStep {
  const { at, what, actor, detail } = event;
  const text = (name: string) => (typeof detail[name] === 'string' ? detail[name] : undefined);
  const channel = text('channel') ?? null;
  switch (what) {
    case 'link_opened':
      return step(
        at,
        what,
        actor?.startsWith(LINK) === true
          ? `Somebody opened the link sent to ${actor.slice(LINK.length)}.`
          : `${actor ?? 'Somebody'} opened the link in the message.`,
        channel,
      );
    case 'acknowledged':
      return step(
        at,
        what,
        `Acknowledged ${doer(actor)}${text('batch') === undefined ? '' : ', with all the others'}.`,
      );
    case 'reopened':
      return step(at, what, actor === null ? 'It goes on: open again.' : `Opened again ${doer(actor)}.`);
    case 'resolved':
      return step(
        at,
        what,
        `It is over: ${endedBy(event) ?? text('how') ?? alert.resolvedBecause ?? 'it ended'}.`,
      );
    case 'severity':
      return step(
        at,
        what,
        `${actor === null ? 'A rule' : `The rule “${actor}”`} made it ${text('now') ?? alert.severity} instead of ${text('was') ?? alert.severityWas ?? 'what it was'}.`,
      );
    default: {
      const who = actor ?? 'Somebody';
      const did = didWhat(text('what') ?? (what === 'muted' ? 'mute' : ''), who) ?? `${who} answered`;
      // What a link or the page did has its by already; names of people stay as they write them.
      if (!isPerson(who)) return step(at, what, `${did.charAt(0).toUpperCase()}${did.slice(1)}.`, channel);
      const by =
        text('by') === undefined
          ? ''
          : ` by ${text('by') === 'button' ? 'a button' : 'the link'} of the message`;
      return step(at, what, `${did}${by}.`, channel);
    }
  }
}

function endedBy({ decision, decidedBy }: EventFacts): string | undefined {
  const did = decision === null ? undefined : DECISIONS[decision];
  if (decision === null || did === undefined || decidedBy === null) return undefined;
  return decidedBy === 'rule' ? `a rule ${did}` : didWhat(decision, decidedBy);
}

/** @param isTold another delivery of the same message has told of its tries */
export function deliverySteps(
  delivery: DeliveryFacts,
  tries: readonly TryFacts[],
  isTold: boolean,
): StoryStep[] {
  const { channel, travelsWith } = delivery;
  const lines = isTold ? [] : tryLines(tries, channel ?? 'a channel that is gone', travelsWith);
  return [
    ...beforeSending(delivery),
    ...lines.map(({ at, what, text, said }) => step(at, what, text, channel, said)),
    ...afterwards(delivery, tries),
  ];
}

function beforeSending(delivery: DeliveryFacts): StoryStep[] {
  const { channel, state, createdAt, rule, escalation } = delivery;
  // Decided against when it was raised: the reason says it all.
  const atOnce = state === 'suppressed' && delivery.heldMs === null && delivery.attempts === 0;
  if (channel === null || atOnce) return [];
  const by = rule === null ? '' : ` by the rule “${rule}”`;
  if (escalation) {
    const wait = delivery.heldMs === null ? '' : ` within ${lengthWords(delivery.heldMs)}`;
    return [
      step(
        createdAt,
        'escalation',
        `To be sent to ${channel}${by} as well, unless somebody acknowledges it${wait}.`,
        channel,
      ),
    ];
  }
  const since = delivery.afterMute ? ': it is no longer muted, and still open' : '';
  const held = heldWords(delivery);
  return [
    step(createdAt, 'queued', `Queued for ${channel}${by}${since}.`, channel),
    ...(held === undefined ? [] : [step(createdAt, 'held', held, channel)]),
  ];
}

function heldWords({ heldMs, quiet, grouped, heldBecause }: DeliveryFacts): string | undefined {
  if (heldMs === null || heldMs < 500) return undefined;
  if (quiet) return `Held for ${lengthWords(heldMs)}, until quiet hours end.`;
  if (heldBecause !== null) return `Held for ${lengthWords(heldMs)}: ${heldBecause}.`;
  if (grouped) return `Held for ${lengthWords(heldMs)}: others may travel with it, and it may end by itself.`;
  return `Held for ${lengthWords(heldMs)}: the device's name may tell that it is a known one.`;
}

function afterwards(delivery: DeliveryFacts, tries: readonly TryFacts[]): StoryStep[] {
  const { channel, state, reason, finishedAt, createdAt, receipt, lastError, attempts } = delivery;
  const tried = (outcome: TryFacts['outcome']) => tries.some(one => one.outcome === outcome);
  switch (state) {
    case 'suppressed': {
      const to = channel === null ? 'Nobody was told' : `Not sent to ${channel}`;
      return [
        step(finishedAt ?? createdAt, 'suppressed', `${to}: ${reason ?? 'without a reason'}.`, channel),
      ];
    }
    case 'delivered':
      return tried('accepted')
        ? []
        : [step(finishedAt, 'accepted', `${channel ?? 'The channel'} accepted it.`, channel, receipt)];
    case 'failed':
      return tried('rejected')
        ? []
        : [
            step(
              finishedAt,
              'failed',
              `Not sent by ${channel ?? 'any channel'}: ${reason ?? 'without a reason'}.`,
              channel,
              lastError,
            ),
          ];
    default:
      return attempts > 0 && tries.length === 0
        ? [
            step(
              null,
              'tried',
              `${count(attempts, 'try', 'tries')} so far; it is tried again.`,
              channel,
              lastError,
            ),
          ]
        : [];
  }
}
