/** What a device told when it was asked: what it seems to be, and the evidence for it. */
import { inert } from '../../lib/text.ts';
import type { DeviceProfile } from '../../store/site-profile.ts';
import { may } from '../access.ts';
import { text } from '../visit.ts';
import { kindWord } from '../words.ts';
import { ActionForm } from './forms.tsx';
import type { Frame } from './layout.tsx';
import { Ago } from './time.tsx';

export const ProfilePanel = ({
  device,
  profile,
  frame,
}: {
  device: number;
  profile: DeviceProfile;
  frame: Frame;
}) => {
  const words = text().device.profile;
  return (
    <section class="panel wide profile" data-live id="profile" aria-labelledby="profile-title">
      <div class="panel-head">
        <h2 id="profile-title">{words.title}</h2>
        {may('operator') && (
          <ActionForm action={`/devices/${device}/profile`} back={frame.path}>
            <button class="small">{words.askAgain}</button>
          </ActionForm>
        )}
      </div>
      <Verdict profile={profile} now={frame.now} />
      <Evidence profile={profile} />
    </section>
  );
};

const Verdict = ({ profile, now }: { profile: DeviceProfile; now: Date }) => {
  const words = text().device.profile;
  const { kind, osFamily, model, confidence, profiledAt, isDue } = profile;
  const system = osFamily === null ? '' : words.running(words.systems[osFamily] ?? inert(osFamily, 40));
  return (
    <p>
      {profiledAt === null ? (
        words.notAsked
      ) : kind === null && osFamily === null ? (
        words.tooLittle
      ) : (
        <>
          {sureness(confidence ?? 0)}{' '}
          <strong>{kind === null ? words.device : words.kind(kindWord(kind))}</strong>
          {system}
          {model !== null && (
            <>
              {words.model}
              <bdi>{inert(model, 60)}</bdi>
            </>
          )}
          .
        </>
      )}{' '}
      <span class="muted">
        {profiledAt !== null && (
          <>
            {words.asked} <Ago at={profiledAt} now={now} />.
          </>
        )}
        {isDue && words.due}
      </span>
    </p>
  );
};

/** `kind:printer`, `os:linux`: what a piece of evidence speaks for. */
function claimWord(claim: string): string {
  return claim.startsWith('kind:') ? kindWord(claim.slice(5)) : inert(claim.replace(/^os:/, ''), 40);
}

function sureness(confidence: number): string {
  const { sure } = text().device.profile;
  if (confidence >= 0.9) return sure.almost;
  return confidence >= 0.7 ? sure.probably : confidence >= 0.4 ? sure.perhaps : sure.little;
}

const Evidence = ({ profile: { evidence, problems } }: { profile: DeviceProfile }) => (
  <>
    {evidence.length > 0 && (
      <details>
        <summary>{text().device.profile.why(evidence.length)}</summary>
        <ul class="plain">
          {evidence.map(({ says, for: claim, weight }) => (
            <li>
              <bdi>{inert(says, 200)}</bdi>{' '}
              <span class="muted">
                {text().device.profile.speaksFor(claimWord(claim), Math.round(weight * 100))}
              </span>
            </li>
          ))}
        </ul>
      </details>
    )}
    {problems.length > 0 && (
      <details>
        <summary>{text().device.profile.problems(problems.length)}</summary>
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
