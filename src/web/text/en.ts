/**
 * What the site says, in English; a translation is a file of the same shape (de.ts), and the compiler finds what it
 * lacks. One part for each page. A value that changes is a function, so that each language orders its sentence itself.
 */
import { alerts } from './en/alerts.ts';
import { audit } from './en/audit.ts';
import { channels } from './en/channels.ts';
import { device } from './en/device.ts';
import { devices } from './en/devices.ts';
import { evidence } from './en/evidence.ts';
import { frame } from './en/frame.ts';
import { keys } from './en/keys.ts';
import { map } from './en/map.ts';
import { overview } from './en/overview.ts';
import { past } from './en/past.ts';
import { people } from './en/people.ts';
import { rules } from './en/rules.ts';
import { templates } from './en/templates.ts';
import { times } from './en/times.ts';
import { told } from './en/told.ts';
import { transfer } from './en/transfer.ts';
import { networks, sensors } from './en/networks.ts';
import { scans } from './en/scans.ts';
import { system } from './en/system.ts';
import { help } from './en/help.ts';
import { words } from './en/words.ts';

export const en = {
  alerts,
  audit,
  channels,
  device,
  devices,
  evidence,
  frame,
  keys,
  map,
  overview,
  past,
  people,
  rules,
  templates,
  times,
  told,
  transfer,
  networks,
  sensors,
  scans,
  system,
  help,
  words,
};

export type Texts = typeof en;
