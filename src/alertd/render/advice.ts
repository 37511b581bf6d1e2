/** What to do next, for each kind of alert, and where. */
import type { AlertKind } from '../../store/outbox.ts';
import type { RenderContext } from './digest.ts';

export interface Advice {
  readonly advice: string;
  readonly link: string | undefined;
}

/** @param deviceUrl the page of the one device this is about */
export function adviceFor(
  kind: AlertKind,
  total: number,
  deviceUrl: string | undefined,
  { publicUrl }: RenderContext,
): Advice {
  const page = (path: string) => (publicUrl === undefined ? undefined : `${publicUrl}${path}`);
  const ofSite = publicUrl === undefined ? ' of netureon’s web site' : '';
  const advice: Readonly<Record<AlertKind, Advice>> = {
    new_device: {
      advice:
        total === 1
          ? `Do you know it? Then accept it on its page${ofSite}. If not, block it there.`
          : `Accept those you know in the device list${ofSite}, and block the others.`,
      link: deviceUrl ?? page('/devices'),
    },
    blocked_device_seen: {
      advice:
        'netureon only watches, it cuts nobody off: take it off the network at the switch or access point.',
      link: deviceUrl ?? page('/devices'),
    },
    baseline: {
      advice: `These are taken as known. Go through the device list${ofSite} once and block what does not belong. From now on every newcomer is announced.`,
      link: page('/devices'),
    },
    scan_failing: {
      advice:
        'Until this is mended, nobody is reported as new or gone. Run “netureon scan” on the machine that scans to see the reason.',
      link: page('/scans'),
    },
  };
  return advice[kind];
}
