/** The first line of the overview: one sentence, when was looked, and who is alive. Refreshed after every scan. */
import { inert } from '../../lib/text.ts';
import type { SiteStatus } from '../../store/site-status.ts';
import { isAlive, isLooking, judge, SERVICES, type Concern } from '../judgement.ts';
import { took } from '../words.ts';
import { MarkIcon } from './marks.tsx';
import { Ago } from './time.tsx';

interface StatusProps {
  status: SiteStatus;
  now: Date;
}

export const Status = ({ status, now }: StatusProps) => {
  const { mood, sentence, concerns } = judge(status, now);
  const [network, ...others] = status.networks;
  return (
    <section id="status" class={`status ${mood}`} aria-label="Status" data-now={now.getTime()}>
      <h1>{sentence}</h1>
      {network?.lastScanAt != null && (
        <p class="looked">
          Last looked <Ago at={network.lastScanAt} now={now} /> at <span class="mono">{network.cidr}</span>
          {network.probed !== null && network.durationMs !== null && (
            <span class="numbers">
              {' '}
              ({network.probed.toLocaleString('en-US')} asked, {network.answered?.toLocaleString('en-US')}{' '}
              answered, {took(network.durationMs)})
            </span>
          )}
          {others.length > 0 && ` and ${others.length} more`}
        </p>
      )}
      {concerns.map(concern => (
        <ConcernLine concern={concern} />
      ))}
      <Pulse status={status} now={now} />
    </section>
  );
};

const ConcernLine = ({ concern }: { concern: Concern }) => (
  <p class={`concern ${concern.mood}`}>
    <MarkIcon mark="alert" />
    <span>
      {inert(concern.text, 600)} <span class="remedy">{concern.remedy}</span>
    </span>
  </p>
);

/** Is every service alive? */
const Pulse = ({ status, now }: StatusProps) => (
  <ul class="pulse" aria-label="Services">
    {status.networks.map(network => (
      <Beat word={`Scan of ${network.cidr}`} ok={isLooking(network, now)} at={network.lastScanAt} now={now} />
    ))}
    {SERVICES.map(({ service, word }) => {
      const seen = status.services.find(beat => beat.service === service);
      return (
        <Beat
          word={word}
          // This page is proof enough until the first report.
          ok={seen === undefined ? service === 'web' : isAlive(seen.seenAt, now)}
          at={seen?.seenAt ?? null}
          now={now}
        />
      );
    })}
  </ul>
);

const Beat = ({ word, ok, at, now }: { word: string; ok: boolean; at: Date | null; now: Date }) => (
  <li class={ok ? 'alive' : at === null ? 'waiting' : 'dead'}>
    <MarkIcon mark={ok ? 'here' : at === null ? 'gone' : 'alert'} /> {word}{' '}
    <span class="when">{ok ? 'works' : at === null ? 'not started yet' : <Ago at={at} now={now} />}</span>
  </li>
);
