/** Gathers what the time machine shows of one minute, and perhaps of another to compare with. */
import { blindOf, coverageOf, type NetworkCoverage } from '../store/coverage.ts';
import { pastAlerts, type PastAlert } from '../store/past-alerts.ts';
import { pastDiff, type PastDiff } from '../store/past-diff.ts';
import { pastNetworks, pastPage, pastSteps, type PastNetwork, type PastPage } from '../store/past.ts';
import type { Db } from '../store/session.ts';
import type { Span } from '../store/site-presence.ts';
import type { PastAsked } from './schema/past.ts';
import { dayOf, localDay } from './past-time.ts';

const ROWS = 50;
const ALERTS = 6;
const DIFFERENCES = 100;

/** One axis of time with when nobody looked. */
export interface Axis {
  readonly from: Date;
  readonly to: Date;
  readonly blind: readonly Span[];
}

export interface PastData {
  readonly asked: PastAsked;
  readonly at: Date;
  /** It follows the clock: nobody asked for a moment. */
  readonly isNow: boolean;
  readonly now: Date;
  readonly zone: string;
  /** null: nobody has ever looked. */
  readonly first: Date | null;
  readonly networks: readonly PastNetwork[];
  readonly page: PastPage;
  readonly alerts: { readonly rows: readonly PastAlert[]; readonly total: number };
  readonly steps: { readonly before: Date | null; readonly after: Date | null };
  readonly day: Axis;
  readonly history: Axis | null;
  readonly diff: (PastDiff & { readonly from: Date; readonly to: Date }) | null;
}

interface Known {
  readonly now: Date;
  readonly first: Date | null;
  readonly zone: string;
}

export async function gatherPast(db: Db, site: string, asked: PastAsked, known: Known): Promise<PastData> {
  const { now, first, zone } = known;
  const at = asked.at ?? now;
  const day = dayOf(localDay(at, zone), zone) ?? { from: at, to: at };
  const query = {
    at,
    text: asked.q,
    state: asked.state,
    network: asked.network,
    limit: ROWS,
    after: asked.after,
  };
  const [networks, page, alerts, steps, ofDay, ofHistory, diff] = await Promise.all([
    pastNetworks(db, site, at),
    pastPage(db, site, query),
    pastAlerts(db, site, at, ALERTS),
    pastSteps(db, site, at),
    coverageOf(db, site, day.from, day.to),
    first === null ? null : coverageOf(db, site, first, now),
    asked.vs === null ? null : differences(db, site, at, asked.vs),
  ]);
  return {
    asked,
    at,
    isNow: asked.at === null,
    now,
    zone,
    first,
    networks,
    page,
    alerts,
    steps,
    day: axisOf(ofDay, day.from, day.to, now),
    history: first === null || ofHistory === null ? null : axisOf(ofHistory, first, now, now),
    diff,
  };
}

async function differences(db: Db, site: string, a: Date, b: Date): Promise<PastData['diff']> {
  const [from, to] = a < b ? [a, b] : [b, a];
  return { ...(await pastDiff(db, site, from, to, DIFFERENCES)), from, to };
}

/** What is still to come is not blind: nobody could have looked. */
function axisOf(networks: readonly NetworkCoverage[], from: Date, to: Date, now: Date): Axis {
  const until = to < now ? to : now;
  return { from, to, blind: until > from ? blindOf(networks, from, until) : [] };
}
