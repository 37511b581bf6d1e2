/** What a device told when it was asked: what it seems to be, its names, its open ports, and the evidence for each. */
import { count, inert } from '../../lib/text.ts';
import type { DeviceName, DevicePort, DeviceProfile } from '../../store/site-profile.ts';
import { ActionForm } from './forms.tsx';
import type { Frame } from './layout.tsx';
import { Ago, Moment } from './time.tsx';

export const ProfilePanel = ({
  device,
  profile,
  frame,
}: {
  device: number;
  profile: DeviceProfile;
  frame: Frame;
}) => (
  <section class="panel wide profile" data-live id="profile" aria-labelledby="profile-title">
    <div class="panel-head">
      <h2 id="profile-title">What it seems to be</h2>
      <ActionForm action={`/devices/${device}/profile`} back={frame.path}>
        <button class="small">Ask again</button>
      </ActionForm>
    </div>
    <Verdict profile={profile} now={frame.now} />
    {profile.names.length > 0 && <Names names={profile.names} now={frame.now} />}
    {profile.ports.length > 0 && <Ports ports={profile.ports} now={frame.now} />}
    <Evidence profile={profile} />
  </section>
);

const Verdict = ({ profile, now }: { profile: DeviceProfile; now: Date }) => {
  const { kind, osFamily, model, confidence, profiledAt, isDue } = profile;
  const system = osFamily === null ? '' : ` running ${SYSTEMS[osFamily] ?? inert(osFamily, 40)}`;
  return (
    <p>
      {profiledAt === null ? (
        'It has not been asked yet.'
      ) : kind === null && osFamily === null ? (
        'It told too little to say.'
      ) : (
        <>
          {sureness(confidence ?? 0)} <strong>{kind === null ? 'a device' : article(inert(kind, 40))}</strong>
          {system}
          {model !== null && (
            <>
              {', model '}
              <bdi>{inert(model, 60)}</bdi>
            </>
          )}
          .
        </>
      )}{' '}
      <span class="muted">
        {profiledAt !== null && (
          <>
            Asked <Ago at={profiledAt} now={now} />.
          </>
        )}
        {isDue && ' It will be asked again within a minute.'}
      </span>
    </p>
  );
};

const SYSTEMS: Readonly<Record<string, string>> = {
  linux: 'Linux',
  windows: 'Windows',
  apple: 'an Apple system',
  android: 'Android',
  bsd: 'BSD',
  embedded: 'an embedded system',
};

function sureness(confidence: number): string {
  if (confidence >= 0.9) return 'Almost certainly';
  return confidence >= 0.7 ? 'Probably' : confidence >= 0.4 ? 'Perhaps' : 'With little to go by,';
}

function article(word: string): string {
  return /^[aeiou]/i.test(word) ? `an ${word}` : `a ${word}`;
}

const SOURCES: Readonly<Record<string, string>> = {
  dhcp: 'DHCP',
  rdns: 'DNS (set by whoever runs it)',
  mdns: 'mDNS, by itself',
  netbios: 'NetBIOS, by itself',
  llmnr: 'LLMNR, by itself',
  tls: 'its certificate',
  http: 'its web page',
};

const Names = ({ names, now }: { names: readonly DeviceName[]; now: Date }) => (
  <>
    <h3>Names it is known by</h3>
    <table class="log">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Told by</th>
          <th scope="col" class="extra">
            First
          </th>
          <th scope="col">Last</th>
        </tr>
      </thead>
      <tbody>
        {names.map(({ name, source, firstSeenAt, lastSeenAt }) => (
          <tr>
            <td>
              <bdi>{inert(name, 100)}</bdi>
            </td>
            <td>{SOURCES[source] ?? inert(source, 40)}</td>
            <td class="extra">
              <Moment at={firstSeenAt} now={now} />
            </td>
            <td>
              <Moment at={lastSeenAt} now={now} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </>
);

const Ports = ({ ports, now }: { ports: readonly DevicePort[]; now: Date }) => (
  <>
    <h3>Ports</h3>
    <table class="log">
      <thead>
        <tr>
          <th scope="col">Port</th>
          <th scope="col">Service</th>
          <th scope="col">What it says</th>
          <th scope="col" class="extra">
            Open since
          </th>
          <th scope="col">Last</th>
        </tr>
      </thead>
      <tbody>
        {ports.map(({ port, service, facts, firstSeenAt, lastSeenAt, closedAt }) => (
          <tr class={closedAt === null ? undefined : 'muted'}>
            <td class="mono">{port}</td>
            <td>{service === null ? '–' : inert(service, 40)}</td>
            <td>
              <bdi>{factsOf(facts)}</bdi>
            </td>
            <td class="extra">
              <Moment at={firstSeenAt} now={now} />
            </td>
            <td>
              {closedAt === null ? (
                <Moment at={lastSeenAt} now={now} />
              ) : (
                <>
                  shut <Moment at={closedAt} now={now} />
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </>
);

/** The facts that people recognise, in this order; a certificate's as `certificate for NAME until DATE`. */
function factsOf(facts: DevicePort['facts']): string {
  const text = (key: string) => (typeof facts[key] === 'string' ? inert(facts[key], 120) : '');
  const until = text('not_after') === '' ? '' : ` until ${text('not_after').slice(0, 10)}`;
  const certificate = text('subject') === '' ? '' : `certificate for ${text('subject')}${until}`;
  return (
    [text('title'), text('server'), text('banner'), certificate].filter(part => part !== '').join(' · ') ||
    '–'
  );
}

const Evidence = ({ profile: { evidence, problems } }: { profile: DeviceProfile }) => (
  <>
    {evidence.length > 0 && (
      <details>
        <summary>Why: {count(evidence.length, 'piece')} of evidence</summary>
        <ul class="plain">
          {evidence.map(({ says, for: claim, weight }) => (
            <li>
              <bdi>{inert(says, 200)}</bdi>{' '}
              <span class="muted">
                speaks for {inert(claim.replace(/^(?:os|kind):/, ''), 40)}, {Math.round(weight * 100)} of 100
              </span>
            </li>
          ))}
        </ul>
      </details>
    )}
    {problems.length > 0 && (
      <details>
        <summary>{count(problems.length, 'question')} that got no good answer</summary>
        <ul class="plain">
          {problems.map(problem => (
            <li>
              <bdi>{inert(problem, 200)}</bdi>
            </li>
          ))}
        </ul>
      </details>
    )}
  </>
);
