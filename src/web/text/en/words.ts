/** Words that many pages share: what devices are called and how they are, how bad an alert is, what buttons do. */
import { english } from '../numbers.ts';

const { count } = english;

export const words = {
  deviceBy: (vendor: string) => `${vendor} device`,
  randomMac: 'Random MAC device',
  unknown: 'Unknown device',
  presence: { here: 'here', quiet: 'quiet', gone: 'gone' },
  missed: (scans: number) => `did not answer the last ${scans === 1 ? 'scan' : `${scans} scans`}`,
  state: { new: 'new', known: 'known', ignored: 'ignored', blocked: 'blocked', archived: 'archived' },
  severity: { info: 'info', low: 'low', medium: 'medium', high: 'high', critical: 'critical' },
  decide: { accept: 'Accept', ignore: 'Ignore', block: 'Block' },
  means: {
    accept: 'Known from now on',
    ignore: 'Not asked about again; it stays in the list, marked as ignored',
    block: 'An alert each time it comes back; it is not cut off from the network',
  },
  save: 'Save',
  cancel: 'Cancel',
  remove: 'Remove',
  undo: 'Undo',
  search: 'Search',
  show: 'Show',
  yes: 'yes',
  no: 'no',
  nothing: 'Nothing here yet.',
  older: 'Older',
  newer: 'Newer',
  required: 'This field is needed.',
  devices: (n: number) => count(n, 'device', 'devices'),
  alerts: (n: number) => count(n, 'alert', 'alerts'),
  help: 'Help',
};
