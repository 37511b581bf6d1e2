/**
 * One channel's loop: claim → send → mark, until told to stop. Channels never wait for one another. Nothing is ever
 * decided by this process's memory except not to send twice what a server has already accepted.
 */
import { backoffMs } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Claim, Marked, Outbox } from '../store/outbox.ts';
import type { Channel, Outcome } from './channels/channel.ts';
import type { DatabaseHealth } from './database-health.ts';
import type { Beat } from './pulse.ts';
import type { Compose } from '../message/compose.ts';
import type { Tuning } from './tuning.ts';
import type { Wake } from './wake.ts';

/** After a day the message is given up anyway, and a timer takes no more than 2^31 ms. */
const LONGEST_WAIT_MS = 24 * 3600 * 1000;

/** What one message takes from claim to mark. */
export interface DeliveryOptions {
  readonly outbox: Outbox;
  readonly channel: Channel;
  readonly compose: Compose;
  readonly tuning: Tuning;
  readonly health: DatabaseHealth;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: () => number;
  readonly beat: Beat;
  /** What is in flight is given up. */
  readonly giveUp: AbortSignal;
}

export interface WorkerOptions extends DeliveryOptions {
  readonly wake: Wake;
  /** No new message is begun after this. */
  readonly stopping: AbortSignal;
}

export async function serveChannel(options: WorkerOptions): Promise<void> {
  const { outbox, channel, tuning, wake, health, stopping, clock, beat } = options;
  while (!stopping.aborted) {
    const claim = await health.untilDone(
      () => outbox.claim(channel.name, tuning.leaseMs, tuning.batch),
      stopping,
      beat,
    );
    if (claim === undefined) {
      const due = await health.untilDone(() => outbox.nextDueMs(channel.name), stopping, beat);
      const waitMs = Math.min(due ?? tuning.pollMs, tuning.pollMs);
      beat.within(waitMs);
      await wake.wait(waitMs, stopping);
      continue;
    }
    const { pauseMs } = await deliver(options, claim);
    beat.within(pauseMs);
    // While nothing gets through, what is new waits too, and travels in one message when the way is free.
    if (pauseMs > 0) await clock.sleep(pauseMs, stopping);
  }
  beat.end();
}

export interface Delivered {
  readonly outcome: Outcome['kind'];
  /** For how long the channel is best left alone. */
  readonly pauseMs: number;
}

/**
 * One try of one message: sent, and marked with what came of it. What a server refuses for its words is told once more
 * without them: a name that a stranger's device gave itself must not keep anybody from hearing of it.
 */
export async function deliver(options: DeliveryOptions, claim: Claim): Promise<Delivered> {
  const full = await timed(options, claim, false);
  if (!isAboutWords(full.outcome, claim)) return conclude(options, claim, full);
  const { reason } = full.outcome;
  const about = { channel: options.channel.name, alerts: claim.alerts.length, try: claim.attempt, reason };
  options.log.warn('the text of a message was refused, sent once more without names', about);
  const { leaseMs } = options.tuning;
  const marked = await settle(
    options,
    ({ outbox }) => outbox.refused(claim, reason, leaseMs, full.ms),
    about,
  );
  if (marked !== 'queued') return { outcome: full.outcome.kind, pauseMs: 0 };
  const again = { ...claim, attempt: claim.attempt + 1 };
  const plain = await timed(options, again, true);
  return conclude(options, again, { ...plain, outcome: bothTold(plain.outcome, reason) });
}

/** A server that only puts off what it dislikes (4yz) may mean the moment; from this try on it may mean the words. */
const PATIENCE = 3;

/** Whether the same in other words may pass now. */
function isAboutWords(
  outcome: Outcome,
  { attempt }: Claim,
): outcome is Exclude<Outcome, { kind: 'accepted' }> {
  if (outcome.kind === 'accepted' || outcome.about !== 'content') return false;
  return outcome.kind === 'rejected' || attempt >= PATIENCE;
}

/** What came of the plain text. @param refusal of the full one: the true reason, if this got no further */
function bothTold(outcome: Outcome, refusal: string): Outcome {
  if (outcome.kind === 'accepted')
    return { ...outcome, receipt: `${outcome.receipt}; without names, because the full text was refused` };
  return outcome.kind === 'rejected'
    ? { ...outcome, reason: `${refusal}. Without names: ${outcome.reason}` }
    : outcome;
}

interface Timed {
  readonly outcome: Outcome;
  readonly ms: number;
}

async function timed(options: DeliveryOptions, claim: Claim, plain: boolean): Promise<Timed> {
  const { clock, beat, tuning } = options;
  beat.within(tuning.sendTimeoutMs);
  const begun = clock.monotonic();
  const outcome = await sendOnce(options, claim, plain);
  return { outcome, ms: Math.round(clock.monotonic() - begun) };
}

async function conclude(options: DeliveryOptions, claim: Claim, { outcome, ms }: Timed): Promise<Delivered> {
  const { channel, log, tuning } = options;
  const about = { channel: channel.name, alerts: claim.alerts.length, try: claim.attempt, ms };
  if (outcome.kind === 'accepted') {
    log.info('message sent', about);
    // The server has it: this is remembered here for as long as the database is away.
    await settle(options, ({ outbox }) => outbox.delivered(claim, outcome.receipt, ms), about);
    return { outcome: 'accepted', pauseMs: 0 };
  }
  if (outcome.kind === 'rejected') {
    log.error('message refused for good', { ...about, reason: outcome.reason });
    await settle(options, ({ outbox }) => outbox.failed(claim, outcome.reason, ms), about);
    return { outcome: 'rejected', pauseMs: 0 };
  }
  const delayMs = Math.max(
    Math.min(outcome.afterMs ?? 0, LONGEST_WAIT_MS),
    backoffMs(tuning.retry, claim.attempt, options.random()),
  );
  log.warn('message not sent, will be tried again', { ...about, delayMs, reason: outcome.reason });
  const marked = await settle(
    options,
    ({ outbox }) => outbox.retry(claim, outcome.reason, delayMs, ms),
    about,
  );
  if (marked === 'failed') log.error('gave up on a message after a day', about);
  return { outcome: 'retry', pauseMs: outcome.scope === 'channel' ? delayMs : 0 };
}

async function sendOnce(options: DeliveryOptions, claim: Claim, plain: boolean): Promise<Outcome> {
  const { channel, compose, tuning, giveUp, clock } = options;
  const over = new AbortController();
  const timeout = AbortSignal.any([giveUp, over.signal]);
  const sent = new AbortController();
  void clock.sleep(tuning.sendTimeoutMs, sent.signal).then(() => over.abort());
  try {
    const { messageKey: key, alerts } = claim;
    const composed = plain ? compose.plainly(alerts) : await compose(alerts, channel);
    const message = { key, plain, composedAt: clock.now(), alerts, ...composed };
    return mentioning(composed.fellBack, await channel.send(message, timeout));
  } catch (error) {
    // A message that cannot be composed must not hold up the others, and is given up on after a day like any other.
    return { kind: 'retry', scope: 'message', reason: `internal error: ${messageOf(error)}` };
  } finally {
    sent.abort();
  }
}

/** Whoever wrote a template learns from the receipt that it was not used. */
function mentioning(fellBack: string | undefined, outcome: Outcome): Outcome {
  if (fellBack === undefined) return outcome;
  return outcome.kind === 'accepted'
    ? { ...outcome, receipt: `${outcome.receipt}; sent with the default text: ${fellBack}` }
    : { ...outcome, reason: `${outcome.reason}; with the default text: ${fellBack}` };
}

async function settle(
  options: DeliveryOptions,
  mark: (options: DeliveryOptions) => Promise<Marked>,
  about: Readonly<Record<string, string | number>>,
): Promise<Marked | undefined> {
  const marked = await options.health.untilDone(() => mark(options), options.giveUp, options.beat);
  if (marked === 'lost') options.log.warn('another alertd took this message over meanwhile', about);
  if (marked === undefined) options.log.error('stopped before the outcome could be recorded', about);
  return marked;
}
