/** What just happened, from the `toast` of an address. */
import type { Child } from 'hono/jsx';
import { inert } from '../lib/text.ts';
import { sizeOfBatch } from '../store/alert-acts.ts';
import { readBulk } from '../store/bulk.ts';
import { listChannels } from '../store/channels.ts';
import { readChange } from '../store/device-changes.ts';
import { listMutes } from '../store/mutes.ts';
import { getRule } from '../store/rules.ts';
import { listManagedNetworks } from '../store/site-networks.ts';
import { gatewayOfAlert } from '../store/site-alerts.ts';
import { labelledDevice } from './device-label.ts';
import { checkId } from './forms.ts';
import type { SiteOptions } from './options.ts';
import {
  BatchToast,
  ReopenedToast,
  MuteToast,
  PlainToast,
  RemovedRuleToast,
} from './views/alerting-toasts.tsx';
import { NetworkToast } from './views/network-toast.tsx';
import { text } from './visit.ts';
import { BulkToast } from './views/bulk-form.tsx';
import { ReviewToast } from './views/review-toast.tsx';
import { AlertToast, ChangeToast, GatewayToast, StaleToast } from './views/toast.tsx';

/** More at once cannot be acknowledged by one button. */
const MOST_AT_ONCE = 60;

/** `12.13.14`; undefined when it is anything else. */
export function checkIds(typed: string | undefined): number[] | undefined {
  const ids = (typed ?? '').split('.', MOST_AT_ONCE + 1).map(one => checkId(one));
  return ids.length <= MOST_AT_ONCE && ids.every(id => id !== undefined) ? ids : undefined;
}

/** `toast=change.12`: what to tell is looked up, so that a link cannot put words into the site's mouth. */
export async function toastOf(options: SiteOptions, told: string | undefined, back: string): Promise<Child> {
  const dot = told?.indexOf('.') ?? -1;
  if (told === undefined || dot < 0) return null;
  const kind = told.slice(0, dot);
  if (kind === 'batch') return batchToast(options, told.slice(dot + 1), back);
  const ids = checkIds(told.slice(dot + 1));
  if (ids === undefined || ids[0] === undefined) return null;
  if (kind === 'all-reopened') return <ReopenedToast alerts={ids.length} />;
  if (kind === 'batch-reopened') return <ReopenedToast alerts={ids[0]} />;
  if (kind === 'view-saved' || kind === 'view-removed') {
    const { saved, removed } = text().devices.views;
    return <PlainToast id={`toast-${kind}`} sentence={kind === 'view-saved' ? saved : removed} />;
  }
  if (kind === 'reviewed') {
    const change = await readChange(options.db, options.site, ids.at(-1) ?? ids[0]);
    const device = change && (await labelledDevice(options.db, options.site, change.deviceId));
    return change === undefined || device === undefined ? null : (
      <ReviewToast change={change} changes={ids} label={device.label} />
    );
  }
  if (kind === 'bulk') {
    const bulk = await readBulk(options.db, options.site, ids[0]);
    return bulk === undefined ? null : <BulkToast bulk={bulk} back={back} />;
  }
  return (await alertToast(options, kind, ids[0], back)) ?? (await changeToast(options, kind, ids[0], back));
}

/** The number of a step. */
export function isBatch(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

async function batchToast({ db, site }: SiteOptions, batch: string, back: string): Promise<Child> {
  const alerts = isBatch(batch) ? await sizeOfBatch(db, site, batch) : 0;
  return alerts === 0 ? null : <BatchToast batch={batch} alerts={alerts} back={back} />;
}

async function alertToast(
  { db, site, clock }: SiteOptions,
  kind: string,
  id: number,
  back: string,
): Promise<Child> {
  switch (kind) {
    case 'acknowledged':
    case 'reopened':
      return <AlertToast alert={id} acknowledged={kind === 'acknowledged'} back={back} />;
    case 'gateway': {
      const choice = await gatewayOfAlert(db, site, id);
      if (choice === undefined || choice.state === 'open') return null;
      return <GatewayToast alert={id} before={choice.macs[0]} back={back} />;
    }
    case 'muted': {
      const mute = (await listMutes(db, site)).find(running => running.id === id);
      return mute === undefined ? null : <MuteToast mute={mute} now={clock.now()} back={back} />;
    }
    case 'rule-removed':
      return <RemovedRuleToast rule={id} back={back} />;
    case 'rule-saved':
    case 'rule-restored':
    case 'rule-on':
    case 'rule-off': {
      const rule = await getRule(db, site, id);
      return rule === undefined ? null : (
        <PlainToast id={told(kind, id)} name={rule.name} sentence={text().told.plain[kind]} />
      );
    }
    case 'channel-added':
    case 'channel-on':
    case 'channel-off': {
      const channel = (await listChannels(db, site)).find(one => one.id === id);
      return channel === undefined ? null : (
        <PlainToast id={told(kind, id)} name={inert(channel.name, 60)} sentence={text().told.plain[kind]} />
      );
    }
    case 'channel-removed':
    case 'template-saved':
    case 'template-removed':
    case 'unmuted':
      return <PlainToast id={told(kind, id)} sentence={text().told.plain[kind]} />;
    case 'network-saved':
    case 'network-restored':
    case 'network-retired': {
      const network = (await listManagedNetworks(db, site)).find(one => one.id === id);
      return network === undefined ? null : <NetworkToast network={network} kind={kind} back={back} />;
    }
    case 'sensor-revoked':
      return <PlainToast id={told(kind, id)} sentence={text().sensors.revoked} />;
    case 'zone-saved':
      return <PlainToast id={told(kind, id)} sentence={text().system.zone.saved} />;
    default:
      return null;
  }
}

function told(kind: string, id: number): string {
  return `toast-${kind}-${id}`;
}

async function changeToast(
  { db, site }: SiteOptions,
  kind: string,
  id: number,
  back: string,
): Promise<Child> {
  if (kind !== 'change' && kind !== 'stale') return null;
  const change = await readChange(db, site, id);
  const device = change === undefined ? undefined : await labelledDevice(db, site, change.deviceId);
  if (change === undefined || device === undefined) return null;
  return kind === 'stale' ? (
    <StaleToast label={device.label} />
  ) : (
    <ChangeToast change={change} label={device.label} back={back} />
  );
}
