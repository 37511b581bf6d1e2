/** A fresh install: what is being looked at, when the first result comes, and what to do when nothing can be. */
import { inert } from '../../lib/text.ts';
import type { SiteStatus } from '../../store/site-status.ts';
import { MarkIcon } from './marks.tsx';

export const FirstLook = ({ status, demo }: { status: SiteStatus; demo: boolean }) => {
  const failing = status.networks.find(network => network.problem !== null);
  if (status.lastProblem !== null) return <NoNetwork problem={status.lastProblem.problem} />;
  return (
    <section class="first-look" id="status">
      <h1>{failing === undefined ? 'Taking a first look around.' : 'The first look did not complete.'}</h1>
      {failing === undefined ? (
        <p>
          netureon is asking every address of{' '}
          {status.networks.length > 0 ? (
            <span class="mono">{status.networks.map(network => network.cidr).join(', ')}</span>
          ) : (
            'the private networks this machine is part of'
          )}{' '}
          who is there. The first result appears on this page within a minute; after that it looks every 30
          seconds.
        </p>
      ) : (
        <p class="concern bad">
          <MarkIcon mark="alert" />
          <span>
            {inert(failing.problem ?? '', 400)}{' '}
            <span class="remedy">
              It is tried again with the next scan; <code>netureon scan</code> says more of what stands in the
              way.
            </span>
          </span>
        </p>
      )}
      <ul class="steps">
        <li>
          Everyone found at the first look counts as known. You get one alert with the list, not one for each.
        </li>
        <li>
          Whoever joins later is new: it appears under “To decide”, and as a message if a channel is set up.
        </li>
        <li>
          No scan yet? Start everything with <code>npm start</code>, or look once with{' '}
          <code>netureon scan</code>.
        </li>
        {!demo && (
          <li>
            To see it at work first: <code>npm run demo</code> shows a simulated home with 24 devices. No
            packet leaves it.
          </li>
        )}
      </ul>
    </section>
  );
};

const NoNetwork = ({ problem }: { problem: string }) => (
  <section class="first-look" id="status">
    <h1>There is no network to look at.</h1>
    <p class="concern bad">
      <MarkIcon mark="alert" />
      <span>{inert(problem, 400)}</span>
    </p>
    <p>
      netureon looks by itself only at private networks of up to 4,096 addresses, so that nobody else’s
      network is scanned by accident. What helps:
    </p>
    <ul class="steps">
      <li>
        Connect this machine to your LAN. The next look is within 30 seconds, and this page shows it by
        itself.
      </li>
      <li>
        Or name the network: <code>networks = ["192.168.1.0/24"]</code> under <code>[scan]</code> in{' '}
        <code>netureon.toml</code>.
      </li>
      <li>
        Or try the demo: <code>npm run demo</code> shows a simulated home with 24 devices.
      </li>
    </ul>
  </section>
);
