/** What to do next, for each kind of alert, and where. */
import type { AlertKind } from '../store/alert-kinds.ts';
import type { OutboxAlert } from '../store/outbox.ts';
import type { RenderContext } from './digest.ts';
import { isOver } from './life.ts';

export interface Advice {
  readonly advice: string;
  readonly link: string | undefined;
}

/** @param deviceUrl the page of the one device this is about @param alerts what it is for, of this kind */
export function adviceFor(
  kind: AlertKind,
  total: number,
  deviceUrl: string | undefined,
  alerts: readonly OutboxAlert[],
  { publicUrl }: RenderContext,
): Advice {
  const page = (path: string) => (publicUrl === undefined ? undefined : `${publicUrl}${path}`);
  const [first] = alerts;
  /** Its own, where its story is told and answered. */
  const alertPage = () =>
    page(alerts.length === 1 && first !== undefined ? `/alerts/${first.id}` : '/alerts');
  if (first !== undefined && alerts.every(isOver))
    return { advice: 'It is over, there is nothing to do at once.', link: alertPage() };
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
    network_outage: {
      advice:
        'Nobody there counts as gone until this ends or has lasted a quarter of an hour. Look at the switch, the access point and the cable of the machine that scans.',
      link: page('/scans'),
    },
    sensor_silent: {
      advice:
        'Until it reports again, nothing is known about its networks. Look at that machine, its scan timer and its way to the database.',
      link: page('/scans'),
    },
    device_down: {
      advice:
        'You asked to be told. Its page shows when it was seen last and how long it usually stays silent.',
      link: deviceUrl ?? page('/devices'),
    },
    device_back: { advice: 'Nothing to do.', link: deviceUrl ?? page('/devices') },
    gateway_changed: {
      advice:
        'If you replaced the router, say so on the alerts page. If not, somebody may be reading the traffic of this network: find that MAC address at the switch and unplug it.',
      link: alertPage(),
    },
    ip_conflict: {
      advice:
        'Give one of them another address. If you know neither device, somebody may be posing as the other.',
      link: alertPage(),
    },
    arp_flood: {
      advice:
        'One station is probably inventing addresses, by a fault or to fill a switch’s table. The newcomers are not listed one by one until it ends; find the port with the many addresses at the switch.',
      link: alertPage(),
    },
    proxy_arp: {
      advice:
        'A router or VPN gateway may do so on purpose (proxy ARP). Its answers for addresses that are not its own are left out.',
      link: deviceUrl ?? alertPage(),
    },
    flip_flop: {
      advice:
        'Two devices take turns at one address: a doubled address, a fail-over pair, or somebody posing as the other.',
      link: deviceUrl ?? alertPage(),
    },
    mac_changed: {
      advice: 'A new network card or a lease that went to another device are the harmless causes.',
      link: deviceUrl ?? alertPage(),
    },
    mac_reused: {
      advice: 'An earlier holder of this address has it again. Usually a lease.',
      link: deviceUrl ?? alertPage(),
    },
    mac_returned: {
      advice: 'It was not seen for half a year. If it is not yours any more, block it.',
      link: deviceUrl ?? page('/devices'),
    },
    ip_changed: {
      advice: 'Usual with DHCP. A server or printer that others find by its address may need a fixed one.',
      link: deviceUrl ?? page('/devices'),
    },
    name_changed: {
      advice: 'Devices choose these names themselves. Make sure that it is still the device you think it is.',
      link: deviceUrl ?? page('/devices'),
    },
    service_silent: {
      advice:
        'Until it runs again, changes are not seen or not told. Look at that service on the machine it runs on; its log says why it stopped.',
      link: page('/scans'),
    },
    channel_failing: {
      advice:
        'What it should have told is not known there. What waits goes out as soon as the server takes it; the page of the channels says what it answers.',
      link: page('/channels'),
    },
    test: {
      advice: 'Nothing to do: somebody tried whether this channel works. It does.',
      link: alertPage(),
    },
    port_opened: {
      advice: 'A service that was not there before. If nobody installed it, find out who did.',
      link: deviceUrl ?? page('/devices'),
    },
  };
  return advice[kind];
}
