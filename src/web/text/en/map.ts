/** The map: networks, gateways, scanners and devices. */
import { english } from '../numbers.ts';

const { count, num } = english;

export const map = {
  title: 'Map',
  intro:
    'A line means: on the same network. Which cable, switch or access point lies between is not known, and so not drawn.',
  none: 'No network has been looked at yet.',
  network: (n: number) => count(n, 'device', 'devices'),
  here: (n: string) => `${n} here`,
  quiet: (n: string) => `${n} quiet`,
  gone: (n: number) => `${count(n, 'device that is gone is', 'devices that are gone are')} not drawn`,
  gateway: 'Gateway',
  gatewayWhy: 'The default route of whoever scans leads there.',
  noGateway: 'gateway not known',
  gatewaySilent: 'known by its address alone',
  scanner: 'Scanner',
  ownScanner: (link: string) => `this site, ${link}`,
  sensor: (name: string) => `sensor ${name}`,
  notLooked: 'Nobody looks at this network at the moment; drawn is what was last known.',
  never: 'Not looked at yet: who is there is not known.',
  empty: 'Nobody is here.',
  grouped: (most: number) =>
    `More than ${num(most)} devices: drawn by kind or vendor. Each leads to its devices.`,
  others: 'Others',
  unknown: 'unknown kind and vendor',
  list: 'As a list',
  drawing: (network: string) => `Drawing of ${network}`,
  state: 'state',
};
