/** A fresh install: what is being looked at, when the first result comes, and what to do when nothing can be. */
import { inert } from '../../lib/text.ts';
import type { SiteStatus } from '../../store/site-status.ts';
import { text } from '../visit.ts';
import { MarkIcon } from './marks.tsx';

export const FirstLook = ({ status, demo }: { status: SiteStatus; demo: boolean }) => {
  const { first } = text().overview;
  const failing = status.networks.find(network => network.problem !== null);
  if (status.lastProblem !== null) return <NoNetwork problem={status.lastProblem.problem} />;
  return (
    <section class="first-look" id="status">
      <h1>{failing === undefined ? first.looking : first.incomplete}</h1>
      {failing === undefined ? (
        <p>
          {first.asking}{' '}
          {status.networks.length > 0 ? (
            <span class="mono">{status.networks.map(network => inert(network.cidr, 100)).join(', ')}</span>
          ) : (
            first.ownNetworks
          )}{' '}
          {first.who}
        </p>
      ) : (
        <p class="concern bad">
          <MarkIcon mark="alert" />
          <span>
            {inert(failing.problem ?? '', 400)}{' '}
            <span class="remedy">
              {first.again} <code>netureon scan</code> {first.says}
            </span>
          </span>
        </p>
      )}
      <ul class="steps">
        <li>{first.known}</li>
        <li>{first.later}</li>
        <li>
          {first.noScan} <code>npm start</code>
          {first.orOnce} <code>netureon scan</code>.
        </li>
        {!demo && (
          <li>
            {first.demo} <code>npm run demo</code> {first.demoWhat}
          </li>
        )}
      </ul>
    </section>
  );
};

const NoNetwork = ({ problem }: { problem: string }) => {
  const { first } = text().overview;
  return (
    <section class="first-look" id="status">
      <h1>{first.none}</h1>
      <p class="concern bad">
        <MarkIcon mark="alert" />
        <span>{inert(problem, 400)}</span>
      </p>
      <p>{first.only}</p>
      <ul class="steps">
        <li>{first.connect}</li>
        <li>
          {first.name} <code>networks = ["192.168.1.0/24"]</code> {first.under} <code>[scan]</code> {first.in}{' '}
          <code>netureon.toml</code>.
        </li>
        <li>
          {first.tryDemo} <code>npm run demo</code> {first.tryDemoWhat}
        </li>
      </ul>
    </section>
  );
};
