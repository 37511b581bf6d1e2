/** /status: what the overview says, in a few lines. */
import { durationText } from '../../lib/duration.ts';
import { count, inert } from '../../lib/text.ts';
import { bold, line, listing, plain, type Line } from '../../message/telegram-lines.ts';
import { knownTime } from '../../store/as-of.ts';
import { listChannels, type SiteChannel } from '../../store/channels.ts';
import {
  readStatus,
  type NetworkStatus,
  type ServiceStatus,
  type SiteStatus,
} from '../../store/site-status.ts';
import type { Asked } from './commands.ts';

/** A service that has not reported for so long is not running: it does so once a minute. */
const SILENT_S = 180;

export async function answerStatus({ db, site, when }: Asked): Promise<string> {
  const [status, channels, { now }] = await Promise.all([
    readStatus(db, site),
    listChannels(db, site),
    knownTime(db, site),
  ]);
  const ago = (at: Date) => durationText(Math.max(1, Math.round((now.getTime() - at.getTime()) / 1000)));
  const failing = channels.filter(
    ({ failingSince, problem, offAt }) => offAt === null && (failingSince !== null || problem !== null),
  );
  return listing(
    [
      line(
        bold(`${count(status.here, 'device')} here`),
        ` · ${status.quiet} quiet · ${status.gone} gone · ${status.new} new`,
      ),
      alertsLine(status),
    ],
    [
      ...status.networks.map(network => networkLine(network, ago)),
      ...(status.lastProblem === null
        ? []
        : [plain(`⚠ The last scan: ${inert(status.lastProblem.problem, 200)}`)]),
      ...status.services.map(service => serviceLine(service, now, ago)),
      ...failing.map(channel => channelLine(channel, when)),
      ...(failing.length === 0 && channels.length > 0
        ? [plain(`${count(channels.length, 'channel')}, none in trouble`)]
        : []),
      ...(status.failedDeliveries > 0
        ? [plain(`⚠ ${count(status.failedDeliveries, 'message')} about open alerts could not be delivered`)]
        : []),
    ],
  );
}

function alertsLine({ openAlerts, openSerious, blockedHere }: SiteStatus): Line {
  const serious = openSerious === 0 ? '' : `, ${openSerious} of them serious`;
  const blocked = blockedHere === 0 ? '' : ` · ⚠ ${count(blockedHere, 'blocked device')} here`;
  return plain(
    `${openAlerts === 0 ? 'No alert is open' : `${count(openAlerts, 'alert')} open${serious}`}${blocked}`,
  );
}

function networkLine(
  { cidr, lastScanAt, failures, answered, probed, problem }: NetworkStatus,
  ago: (at: Date) => string,
): Line {
  const name = inert(cidr, 80);
  if (lastScanAt === null) return plain(`${name}: not scanned yet`);
  if (failures > 0)
    return plain(
      `⚠ ${name}: last complete scan ${ago(lastScanAt)} ago, ${count(failures, 'failure')} since${problem === null ? '' : `: ${inert(problem, 160)}`}`,
    );
  const answers = answered === null || probed === null ? '' : `, ${answered} of ${probed} answered`;
  return plain(`${name}: scanned ${ago(lastScanAt)} ago${answers}`);
}

function serviceLine(
  { service, version, seenAt }: ServiceStatus,
  now: Date,
  ago: (at: Date) => string,
): Line {
  const silent = now.getTime() - seenAt.getTime() > SILENT_S * 1000;
  const name = `${inert(service, 40)} ${inert(version, 40)}`;
  return plain(silent ? `⚠ ${name}: silent for ${ago(seenAt)}` : `${name}: runs`);
}

function channelLine(
  { name, problem, failingSince, lastError }: SiteChannel,
  when: (at: Date) => string,
): Line {
  const since = failingSince === null ? '' : ` since ${when(failingSince)}`;
  return plain(
    `⚠ channel ${inert(name, 60)}: failing${since}: ${inert(problem ?? lastError ?? 'no reason is known', 200)}`,
  );
}
