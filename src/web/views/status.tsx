/** The first line of the overview: one sentence, when was looked, and who is alive. Refreshed after every scan. */
import { inert } from '../../lib/text.ts';
import type { NetworkStatus, SiteStatus } from '../../store/site-status.ts';
import { judge, partPulsesOf, pulsesOf, type Concern } from '../judgement.ts';
import { text } from '../visit.ts';
import { took } from '../words.ts';
import { MarkIcon } from './marks.tsx';
import { Ago } from './time.tsx';

interface StatusProps {
  status: SiteStatus;
  now: Date;
}

export const Status = ({ status, now }: StatusProps) => {
  const { overview } = text();
  const { mood, sentence, concerns } = judge(status, now);
  const network = latestOf(status.networks);
  const others = status.networks.length - 1;
  return (
    <section
      id="status"
      class={`status ${mood}`}
      aria-label={text().overview.status}
      data-now={now.getTime()}
    >
      <h1>{sentence}</h1>
      {network?.lastScanAt != null && (
        <p class="looked">
          {overview.lastLooked} <Ago at={network.lastScanAt} now={now} /> {overview.at}{' '}
          <span class="mono">{inert(network.cidr, 100)}</span>
          {network.probed !== null && network.durationMs !== null && (
            <span class="numbers">
              {' '}
              {overview.asked(network.probed, network.answered ?? 0, took(network.durationMs))}
            </span>
          )}
          {others > 0 && ` ${overview.andMore(others)}`}
        </p>
      )}
      {concerns.map(concern => (
        <ConcernLine concern={concern} />
      ))}
      <Beats status={status} now={now} />
    </section>
  );
};

/** The network that was looked at last; one that people know by its numbers before one of IPv6 links. */
function latestOf(networks: readonly NetworkStatus[]): NetworkStatus | undefined {
  const at = ({ cidr, lastScanAt }: NetworkStatus) =>
    (lastScanAt?.getTime() ?? 0) - (cidr.includes(':') ? 60_000 : 0);
  return networks.toSorted((a, b) => at(b) - at(a))[0];
}

const ConcernLine = ({ concern }: { concern: Concern }) => (
  <p class={`concern ${concern.mood}`}>
    <MarkIcon mark="alert" />
    <span>
      {inert(concern.text, 600)}{' '}
      <span class="remedy">
        {concern.remedy}
        {concern.link !== undefined && (
          <>
            {' '}
            <a href={concern.link.href}>{concern.link.word}</a>
          </>
        )}
      </span>
    </span>
  </p>
);

const BEATS = { alive: 'here', waiting: 'gone', late: 'alert', dead: 'alert' } as const;

/** Is every service alive? */
const Beats = ({ status, now }: StatusProps) => (
  <ul class="pulse" aria-label={text().overview.services}>
    {[...pulsesOf(status, now), ...partPulsesOf(status, now)].map(({ word, state, text, at, href }) => (
      <li class={state}>
        <MarkIcon mark={BEATS[state]} /> {word}{' '}
        <span class="when">
          {href === undefined ? (
            (text ?? (at !== null && <Ago at={at} now={now} />))
          ) : (
            <a href={href}>{text}</a>
          )}
        </span>
      </li>
    ))}
  </ul>
);
