/** What is told of an alert, sentence by sentence. Facts in, steps out; no clock times in the sentences. */
import { count } from '../lib/text.ts';
import { inWords } from './presence-reason.ts';
import type { Alert } from './site-alerts.ts';

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
  readonly grouped: boolean;
  /** Of a cooldown: when it was told last, and how often it may be. */
  readonly heldBecause: string | null;
  readonly heldMs: number | null;
  /** Other alerts in the same message. */
  readonly travelsWith: number;
}

export interface TryFacts {
  readonly messageKey: string;
  readonly attempt: number;
  readonly at: Date;
  readonly ms: number | null;
  readonly outcome: 'accepted' | 'retry' | 'rejected' | 'lost';
  readonly said: string;
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
    steps.push(step(acknowledgedAt, 'acknowledged', `Acknowledged by ${acknowledgedBy ?? 'somebody'}.`));
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

export function eventStep(alert: Alert, event: EventFacts): StoryStep {
  const { at, what, actor, detail } = event;
  const text = (name: string) => (typeof detail[name] === 'string' ? detail[name] : undefined);
  const channel = text('channel') ?? null;
  const who = actor ?? 'somebody';
  switch (what) {
    case 'link_opened':
      return step(at, what, `${actor ?? 'Somebody'} opened the link in the message.`, channel);
    case 'acknowledged':
      return step(
        at,
        what,
        `Acknowledged by ${who}${text('batch') === undefined ? '' : ', with all the others'}.`,
      );
    case 'reopened':
      return step(at, what, actor === null ? 'It goes on: open again.' : `Opened again by ${who}.`);
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
      const did = ACTS[text('what') ?? (what === 'muted' ? 'mute' : '')] ?? 'answered';
      const by =
        text('by') === undefined
          ? ''
          : ` by ${text('by') === 'button' ? 'a button' : 'the link'} of the message`;
      return step(at, what, `${actor ?? 'Somebody'} ${did}${by}.`, channel);
    }
  }
}

function endedBy({ decision, decidedBy }: EventFacts): string | undefined {
  const did = decision === null ? undefined : DECISIONS[decision];
  if (did === undefined || decidedBy === null) return undefined;
  return decidedBy === 'rule' ? `a rule ${did}` : `${decidedBy} ${did}`;
}

export function deliverySteps(delivery: DeliveryFacts, tries: readonly TryFacts[]): StoryStep[] {
  return [
    ...beforeSending(delivery),
    ...tries.map(one => tryStep(delivery, one)),
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
    const wait = delivery.heldMs === null ? '' : ` within ${inWords(delivery.heldMs)}`;
    return [
      step(
        createdAt,
        'escalation',
        `To be sent to ${channel}${by} as well, unless somebody acknowledges it${wait}.`,
        channel,
      ),
    ];
  }
  const held = heldWords(delivery);
  return [
    step(createdAt, 'queued', `Queued for ${channel}${by}.`, channel),
    ...(held === undefined ? [] : [step(createdAt, 'held', held, channel)]),
  ];
}

function heldWords({ heldMs, quiet, grouped, heldBecause }: DeliveryFacts): string | undefined {
  if (heldMs === null || heldMs <= 0) return undefined;
  if (quiet) return `Held for ${inWords(heldMs)}, until quiet hours end.`;
  if (heldBecause !== null) return `Held for ${inWords(heldMs)}: ${heldBecause}.`;
  if (grouped) return `Held for ${inWords(heldMs)}: others may travel with it, and it may end by itself.`;
  return `Held for ${inWords(heldMs)}: the device's name may tell that it is a known one.`;
}

function tryStep({ channel, travelsWith }: DeliveryFacts, one: TryFacts): StoryStep {
  const took = one.ms === null ? '' : `, ${one.ms.toLocaleString('en-US')} ms`;
  const which = `Try ${one.attempt}${took}`;
  const together = travelsWith > 0 ? `, in one message with ${count(travelsWith, 'other alert')}` : '';
  switch (one.outcome) {
    case 'accepted':
      return step(
        one.at,
        'accepted',
        `${which}: ${channel ?? 'the channel'} accepted it${together}.`,
        channel,
        one.said,
      );
    case 'retry':
      return step(one.at, 'tried', `${which}: it did not get through.`, channel, one.said);
    case 'rejected':
      return step(one.at, 'failed', `${which}: refused for good.`, channel, one.said);
    default:
      return step(one.at, 'tried', `${which}: nobody knows what came of it.`, channel, one.said);
  }
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
        : [step(finishedAt, 'failed', `Given up: ${reason ?? 'without a reason'}.`, channel, lastError)];
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
