/** Was die Seite sagt, auf Deutsch. */
import { alerts } from './de/alerts.ts';
import { audit } from './de/audit.ts';
import { channels } from './de/channels.ts';
import { device } from './de/device.ts';
import { devices } from './de/devices.ts';
import { evidence } from './de/evidence.ts';
import { frame } from './de/frame.ts';
import { keys } from './de/keys.ts';
import { map } from './de/map.ts';
import { overview } from './de/overview.ts';
import { past } from './de/past.ts';
import { people } from './de/people.ts';
import { rules } from './de/rules.ts';
import { templates } from './de/templates.ts';
import { times } from './de/times.ts';
import { told } from './de/told.ts';
import { transfer } from './de/transfer.ts';
import { networks, sensors } from './de/networks.ts';
import { scans } from './de/scans.ts';
import { system } from './de/system.ts';
import { help } from './de/help.ts';
import { words } from './de/words.ts';
import type { Texts } from './en.ts';

export const de: Texts = {
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
