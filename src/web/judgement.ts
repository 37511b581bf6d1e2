/** What the numbers mean for a person: is everything all right, and if not, what is it and what helps. Pure. */
import { inert } from '../lib/text.ts';
import type { NetworkStatus, SiteStatus } from '../store/site-status.ts';
import { text } from './visit.ts';
import { duration } from './words.ts';

export type Mood = 'good' | 'warn' | 'bad';

export interface Concern {
  readonly mood: 'warn' | 'bad';
  readonly text: string;
  /** What to do. */
  readonly remedy: string;
  /** Where. */
  readonly link?: { readonly href: string; readonly word: string };
}

export interface Judgement {
  readonly mood: Mood;
  /** `31 devices here, 2 new, everything else as usual.` */
  readonly sentence: string;
  readonly concerns: readonly Concern[];
}

/** Scans come every 30 s; a few may be lost before anyone should worry. */
const SCAN_LATE_MS = 5 * 60_000;
/** What is older than this is no longer said to be so now. */
const RECENT_MS = 2 * 60_000;
/** Heartbeats come once a minute. */
const SILENT_MS = 3 * 60_000;

/** The services that report, and the command that starts each. */
const SERVICES = [
  { service: 'alertd', start: 'netureon alertd' },
  { service: 'web', start: 'netureon web' },
] as const;

/** Whether this network was looked at lately. */
function isLooking(network: NetworkStatus, now: Date): boolean {
  return network.lastScanAt !== null && now.getTime() - network.lastScanAt.getTime() < SCAN_LATE_MS;
}

/** Whether a complete scan of that time still says how things are now. */
export function isRecent(scannedAt: Date, now: Date): boolean {
  return now.getTime() - scannedAt.getTime() < RECENT_MS;
}

function isAlive(seenAt: Date, now: Date): boolean {
  return now.getTime() - seenAt.getTime() < SILENT_MS;
}

/** One of the parts that must work for the page to be true, and how it does. */
export interface Pulse {
  readonly word: string;
  readonly state: 'alive' | 'waiting' | 'late' | 'dead';
  /** Null: `at` says it. */
  readonly text: string | null;
  /** The last sign of life. */
  readonly at: Date | null;
  /** Where something can be done about it. */
  readonly href?: string;
}

/** From the same facts as the concerns, so that the two never contradict each other. */
export function pulsesOf(status: SiteStatus, now: Date): Pulse[] {
  return [
    ...status.networks.map(network => scanPulse(network, status.lastProblem, now)),
    ...SERVICES.map(({ service }) => servicePulse(status, service, now)),
  ];
}

/** The parts that a site may have or not: who asks devices what they are, scanners elsewhere, channels. */
export function partPulsesOf({ parts }: SiteStatus, now: Date): Pulse[] {
  const { pulse } = text().overview;
  return [
    parts.profiledAt === null
      ? { word: pulse.profile, state: 'waiting', text: pulse.notStarted, at: null }
      : { word: pulse.profile, state: 'alive', text: pulse.works, at: parts.profiledAt },
    ...parts.sensors.map(({ name, lastReportAt: at }): Pulse => {
      const word = pulse.sensor(name);
      if (at === null) return { word, state: 'waiting', text: pulse.noReport, at };
      return isReporting(at, now)
        ? { word, state: 'alive', text: pulse.works, at }
        : { word, state: 'dead', text: null, at };
    }),
    ...parts.channels.map(({ name, failingSince }): Pulse => ({
      word: pulse.channel(inert(name, 40)),
      state: failingSince === null ? 'alive' : 'late',
      text: failingSince === null ? pulse.works : pulse.trouble,
      at: failingSince,
    })),
  ];
}

function isReporting(at: Date, now: Date): boolean {
  return now.getTime() - at.getTime() < SCAN_LATE_MS;
}

function scanPulse(network: NetworkStatus, problem: SiteStatus['lastProblem'], now: Date): Pulse {
  const { pulse } = text().overview;
  const { lastScanAt: at, failures } = network;
  const word = pulse.scan(network.cidr);
  const failed = failures > 0 || (problem !== null && (at === null || problem.at > at));
  if (at !== null && !isLooking(network, now)) return { word, state: 'dead', text: null, at };
  if (failed) return { word, state: 'late', text: pulse.incomplete, at };
  if (at === null) return { word, state: 'waiting', text: pulse.notStarted, at };
  return isRecent(at, now)
    ? { word, state: 'alive', text: pulse.works, at }
    : { word, state: 'late', text: pulse.late, at };
}

function servicePulse(status: SiteStatus, service: 'alertd' | 'web', now: Date): Pulse {
  const { pulse } = text().overview;
  const word = pulse[service];
  const at = status.services.find(beat => beat.service === service)?.seenAt ?? null;
  if (at !== null && !isAlive(at, now)) return { word, state: 'dead', text: null, at };
  if (service === 'alertd') {
    if (status.failedDeliveries > 0 || status.failingChannels.length > 0)
      return { word, state: 'late', text: pulse.trouble, at };
    if (status.channels === 0)
      return { word, state: 'waiting', text: pulse.noChannel, at, href: '/channels' };
  }
  // This page is proof enough until the first report.
  return at !== null || service === 'web'
    ? { word, state: 'alive', text: pulse.works, at }
    : { word, state: 'waiting', text: pulse.notStarted, at };
}

export function judge(status: SiteStatus, now: Date): Judgement {
  const { sentence } = text().overview;
  const concerns = [
    ...scanConcerns(status, now),
    ...serviceConcerns(status, now),
    ...sensorConcerns(status, now),
  ];
  const parts = [sentence.here(status.here)];
  if (status.blockedHere > 0) parts.push(sentence.blocked(status.blockedHere));
  if (status.new > 0) parts.push(sentence.new(status.new));
  if (status.openAlerts > 0) parts.push(sentence.alerts(status.openAlerts));
  const urgent =
    status.blockedHere > 0 || status.openSerious > 0 || concerns.some(({ mood }) => mood === 'bad');
  const asks = status.new > 0 || status.blockedHere > 0 || status.openAlerts > 0 || concerns.length > 0;
  if (concerns.length === 0) parts.push(asks ? sentence.allElse : sentence.all);
  return { mood: urgent ? 'bad' : asks ? 'warn' : 'good', sentence: `${parts.join(', ')}.`, concerns };
}

function scanConcerns(status: SiteStatus, now: Date): Concern[] {
  const { concern } = text().overview;
  const found: Concern[] = [];
  if (status.lastProblem !== null)
    found.push({
      mood: 'bad',
      text: concern.nobodyLooks(status.lastProblem.problem),
      remedy: concern.nobodyLooksHelp,
    });
  for (const network of status.networks) {
    if (isLooking(network, now)) continue;
    const since =
      network.lastScanAt === null
        ? concern.noScan
        : concern.lastScan(duration(now.getTime() - network.lastScanAt.getTime()));
    found.push({
      mood: 'bad',
      text: concern.blind(network.cidr, since, network.problem),
      remedy: concern.blindHelp,
    });
  }
  return found;
}

function serviceConcerns(status: SiteStatus, now: Date): Concern[] {
  const { concern, pulse } = text().overview;
  const found: Concern[] = [];
  for (const { service, start } of SERVICES) {
    const seen = status.services.find(beat => beat.service === service);
    // Before its first report a service may still be starting, and a site without channels needs no delivery.
    if (seen === undefined || isAlive(seen.seenAt, now)) continue;
    found.push({
      mood: 'bad',
      text: concern.silent(
        pulse[service],
        duration(now.getTime() - seen.seenAt.getTime()),
        concern.lost[service],
      ),
      remedy: concern.start(start),
    });
  }
  for (const { name, since, waiting } of status.failingChannels)
    found.push({
      mood: 'warn',
      text: concern.channel(name, duration(now.getTime() - since.getTime()), waiting),
      remedy: concern.channelHelp,
      link: { href: '/channels', word: concern.channels },
    });
  if (status.failedDeliveries > 0)
    found.push({
      mood: 'warn',
      text: concern.failed(status.failedDeliveries),
      remedy: concern.failedHelp,
      link: { href: '/alerts', word: concern.alerts },
    });
  return found;
}

function sensorConcerns({ parts }: SiteStatus, now: Date): Concern[] {
  const { concern } = text().overview;
  return parts.sensors.flatMap(({ name, lastReportAt }) =>
    lastReportAt === null || isReporting(lastReportAt, now)
      ? []
      : [
          {
            mood: 'bad' as const,
            text: concern.sensor(name, duration(now.getTime() - lastReportAt.getTime())),
            remedy: concern.sensorHelp(name),
            link: { href: '/sensors', word: concern.sensors },
          },
        ],
  );
}
