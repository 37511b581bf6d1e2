/** Whether and where this machine could wake a device, and doing it. */
import { messageOf } from '../lib/errors.ts';
import { noteWake, noteWakeProblem, wakesOf, wakeTargetsOf, type WakeTarget } from '../store/wake.ts';
import type { SiteOptions } from './options.ts';
import type { WakeState } from './views/device-wake.tsx';
import { actor, text } from './visit.ts';

export async function readWake(options: SiteOptions, device: number): Promise<WakeState> {
  const { db, site } = options;
  const [targets, wakes] = await Promise.all([wakeTargetsOf(db, site, device), wakesOf(db, site, device, 1)]);
  const found = choose(options, targets);
  return { why: typeof found === 'string' ? found : null, wakes };
}

/** @returns undefined: the packet was sent; otherwise a sentence that says why not, and whether that may pass */
export async function wakeDevice(
  options: SiteOptions,
  device: number,
): Promise<{ readonly why: string; readonly status: 409 | 429 | 503 } | undefined> {
  const { db, site, log, wake } = options;
  const words = text().device.wake;
  const target = choose(options, await wakeTargetsOf(db, site, device));
  if (typeof target === 'string' || wake === undefined)
    return { why: typeof target === 'string' ? target : words.off, status: 409 };
  const note = await noteWake(db, site, device, target, actor());
  if (note.kind === 'too_often') return { why: words.tooOften, status: 429 };
  // It was merged with another between the two statements.
  if (note.kind === 'missing') return { why: text().device.missing, status: 409 };
  try {
    await wake.send(target.mac, target.broadcast);
  } catch (error) {
    const reason = messageOf(error);
    log.warn('a device could not be woken', { device, broadcast: target.broadcast, reason });
    await noteWakeProblem(db, site, note.wake, reason);
    return { why: words.failed, status: 503 };
  }
  return undefined;
}

/** The MAC that was seen last on a network that this machine is on; or why there is none. */
function choose({ wake }: SiteOptions, targets: readonly WakeTarget[]): WakeTarget | string {
  const words = text().device.wake;
  const [first] = targets;
  if (first === undefined) return words.never;
  if (wake === undefined) return words.off;
  const reached = targets.find(({ isOrdinary, cidr }) => isOrdinary && wake.isOn(cidr));
  return reached ?? words.elsewhere(first.cidr);
}
