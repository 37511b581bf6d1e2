/** What a look found, in a few lines for a person or a journal. */
import { count, inert } from '../../lib/text.ts';
import type { FailingChannel, Service } from '../../store/services.ts';
import { inWords } from '../../store/presence-reason.ts';
import type { Finding } from './run.ts';

const TOLD = {
  sent: 'The channels of the configuration were told.',
  before: 'The channels of the configuration were told before.',
  nobody: 'Nobody could be told: no channel of the configuration took a message.',
} as const;

export function findingText(finding: Finding, now: Date): string {
  const { database, services, failing, healthy, raised, delivered } = finding;
  if (database !== null)
    return `The database cannot be reached: ${inert(database.problem, 500)}\n${TOLD[database.told]}\n`;
  const shown = services.filter(({ name }) => name !== 'monitor').map(service => serviceWords(service, now));
  const lines = [
    `${services.some(isSilent) ? 'Something is silent' : 'All that runs reports'}: ${shown.join(', ')}.`,
    ...failing.map(channel => failingWords(channel, now)),
    ...(raised > 0 ? [`${count(raised, 'alert')} raised.`] : []),
    ...(!healthy && raised === 0 ? ['An alert is open, or will be if it stays so for some minutes.'] : []),
    ...(delivered === null ? [] : [deliveredWords(delivered)]),
  ];
  return `${lines.join('\n')}\n`;
}

const isSilent = ({ name, state }: Service) => name !== 'monitor' && state === 'silent';

function failingWords({ name, since, error }: FailingChannel, now: Date): string {
  const ago = inWords(Math.max(0, now.getTime() - since.getTime()));
  const answer = error === null || error === '' ? '' : `: ${inert(error, 300)}`;
  return `Nothing has got through the channel ${inert(name, 80)} for ${ago}${answer}`;
}

function serviceWords({ name, state, seenAt }: Service, now: Date): string {
  const ago = seenAt === null ? '' : `${inWords(Math.max(0, now.getTime() - seenAt.getTime()))} ago`;
  switch (state) {
    case 'running':
      return `${name} ${ago}`;
    case 'silent':
      return `${name} is silent, last heard of ${ago}`;
    case 'stopped':
      return `${name} was stopped`;
    default:
      return `${name} never ran`;
  }
}

function deliveredWords({ sent, failed }: NonNullable<Finding['delivered']>): string {
  const what = sent === 0 ? 'Nothing was sent' : `${count(sent, 'message')} sent`;
  return `${what} in the place of alertd${failed === 0 ? '' : `, and ${failed} did not get through`}.`;
}
