/** What the numbers mean for a person: is everything all right, and if not, what is it and what helps. Pure. */
import { count } from '../lib/text.ts';
import type { NetworkStatus, SiteStatus } from '../store/site-status.ts';
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

const SERVICES = [
  {
    service: 'alertd',
    word: 'Alert delivery',
    lost: 'Alerts are kept and sent when it is back.',
    start: 'netureon alertd',
  },
  { service: 'web', word: 'This site', lost: 'Pages may be old.', start: 'netureon web' },
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
}

/** From the same facts as the concerns, so that the two never contradict each other. */
export function pulsesOf(status: SiteStatus, now: Date): Pulse[] {
  return [
    ...status.networks.map(network => scanPulse(network, status.lastProblem, now)),
    ...SERVICES.map(({ service, word }) => servicePulse(status, service, word, now)),
  ];
}

function scanPulse(network: NetworkStatus, problem: SiteStatus['lastProblem'], now: Date): Pulse {
  const { lastScanAt: at, failures } = network;
  const word = `Scan of ${network.cidr}`;
  const failed = failures > 0 || (problem !== null && (at === null || problem.at > at));
  if (at !== null && !isLooking(network, now)) return { word, state: 'dead', text: null, at };
  if (failed) return { word, state: 'late', text: 'did not complete', at };
  if (at === null) return { word, state: 'waiting', text: 'not started yet', at };
  return isRecent(at, now)
    ? { word, state: 'alive', text: 'works', at }
    : { word, state: 'late', text: 'is late', at };
}

function servicePulse(status: SiteStatus, service: string, word: string, now: Date): Pulse {
  const at = status.services.find(beat => beat.service === service)?.seenAt ?? null;
  if (at !== null && !isAlive(at, now)) return { word, state: 'dead', text: null, at };
  if (service === 'alertd') {
    if (status.failedDeliveries > 0 || status.failingChannels.length > 0)
      return { word, state: 'late', text: 'is in trouble', at };
    if (status.channels === 0) return { word, state: 'waiting', text: 'no channel is set up', at };
  }
  // This page is proof enough until the first report.
  return at !== null || service === 'web'
    ? { word, state: 'alive', text: 'works', at }
    : { word, state: 'waiting', text: 'not started yet', at };
}

export function judge(status: SiteStatus, now: Date): Judgement {
  const concerns = [...scanConcerns(status, now), ...serviceConcerns(status, now)];
  const parts = [`${count(status.here, 'device')} here`];
  if (status.blockedHere > 0) parts.push(`${status.blockedHere} of them blocked`);
  if (status.new > 0) parts.push(`${status.new.toLocaleString('en-US')} new`);
  if (status.openAlerts > 0) parts.push(`${count(status.openAlerts, 'alert')} open`);
  const urgent =
    status.blockedHere > 0 || status.openSerious > 0 || concerns.some(({ mood }) => mood === 'bad');
  const asks = status.new > 0 || status.blockedHere > 0 || status.openAlerts > 0 || concerns.length > 0;
  if (concerns.length === 0) parts.push(asks ? 'everything else as usual' : 'everything as usual');
  return { mood: urgent ? 'bad' : asks ? 'warn' : 'good', sentence: `${parts.join(', ')}.`, concerns };
}

function scanConcerns(status: SiteStatus, now: Date): Concern[] {
  const found: Concern[] = [];
  if (status.lastProblem !== null)
    found.push({
      mood: 'bad',
      text: `Nobody is looking: ${status.lastProblem.problem}.`,
      remedy:
        'Name what to look at: [scan] networks = ["192.168.1.0/24"] in netureon.toml, or netureon scan --network.',
    });
  for (const network of status.networks) {
    if (isLooking(network, now)) continue;
    const since =
      network.lastScanAt === null
        ? 'no scan has completed yet'
        : `the last complete scan was ${duration(now.getTime() - network.lastScanAt.getTime())} ago`;
    found.push({
      mood: 'bad',
      text: `Nobody is looking at ${network.cidr}: ${since}${network.problem === null ? '' : ` (${network.problem})`}. What is shown of it is from then.`,
      remedy: 'Run netureon scan on the machine that scans to see the reason, or look at the scans.',
    });
  }
  return found;
}

function serviceConcerns(status: SiteStatus, now: Date): Concern[] {
  const found: Concern[] = [];
  for (const { service, word, lost, start } of SERVICES) {
    const seen = status.services.find(beat => beat.service === service);
    // Before its first report a service may still be starting, and a site without channels needs no delivery.
    if (seen === undefined || isAlive(seen.seenAt, now)) continue;
    found.push({
      mood: 'bad',
      text: `${word} has not reported for ${duration(now.getTime() - seen.seenAt.getTime())}. ${lost}`,
      remedy: `Start it: ${start}.`,
    });
  }
  for (const { name, since, waiting } of status.failingChannels)
    found.push({
      mood: 'warn',
      text: `Nothing gets through ${name} for ${duration(now.getTime() - since.getTime())}${waiting > 0 ? `; ${count(waiting, 'alert')} ${waiting === 1 ? 'waits' : 'wait'}` : ''}.`,
      remedy: 'Its last answer says why:',
      link: { href: '/channels', word: 'Channels' },
    });
  if (status.failedDeliveries > 0)
    found.push({
      mood: 'warn',
      text: `${count(status.failedDeliveries, 'message')} about open alerts could not be delivered.`,
      remedy: 'Their stories say why:',
      link: { href: '/alerts', word: 'Alerts' },
    });
  return found;
}
