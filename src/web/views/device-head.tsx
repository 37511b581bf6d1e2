/** The head of a device's page: its name, what it is, how it is and why, where to find it, and what can be done. */
import type { Child } from 'hono/jsx';
import { inert } from '../../lib/text.ts';
import type { DeviceMute } from '../../store/mutes.ts';
import type { PresenceReason } from '../../store/presence-reason.ts';
import { bestOf } from '../../store/site-device.ts';
import { MUTE_CHOICES, muteWord } from '../mute-until.ts';
import { may } from '../access.ts';
import { text } from '../visit.ts';
import { kindWord } from '../words.ts';
import { AwayNote } from './device-watch.tsx';
import type { DeviceData } from './device.tsx';
import { ActionForm, DecideButtons } from './forms.tsx';
import type { Frame } from './layout.tsx';
import { PresenceMark, StateTag } from './marks.tsx';
import { Ago, Moment } from './time.tsx';

export const DeviceHead = ({ frame, data, label }: { frame: Frame; data: DeviceData; label: string }) => {
  const { device } = data;
  const current = bestOf(data.connections);
  const words = text().device.head;
  return (
    <header class="device-head" data-live id="device-head">
      <h1>
        <bdi>{label}</bdi> <StateTag state={device.state} />
      </h1>
      <p class="facts">
        <PresenceMark presence={device.presence} misses={current?.misses ?? 0} />
        {current !== undefined &&
          (current.endedAt === null && current.misses === 0 ? (
            <span>
              {words.since} <Moment at={current.startedAt} now={frame.now} />
            </span>
          ) : (
            current.lastSeenAt !== null && (
              <span>
                {words.lastSeen} <Ago at={current.lastSeenAt} now={frame.now} />
              </span>
            )
          ))}
        {data.reason !== undefined && <Reason reason={data.reason} />}
      </p>
      {device.state === 'archived' && <AwayNote device={device} />}
      <Facts frame={frame} data={data} />
      {may('operator') && (
        <div class="device-buttons">
          <DecideButtons id={device.id} label={label} state={device.state} back={frame.path} />
          <MuteThis device={device.id} frame={frame} timeZone={data.timeZone} />
          {may('admin') && (
            <a class="button" href={`/rules/new?devices=${device.id}`}>
              {words.rule}
            </a>
          )}
        </div>
      )}
      {data.mutes.map(mute => (
        <Muted mute={mute} frame={frame} />
      ))}
    </header>
  );
};

/** Why it is said to be here, quiet or gone. */
const Reason = ({ reason }: { reason: PresenceReason }) => {
  const words = text().device.presence;
  const watch = words.watched(reason);
  return (
    <span class="reason">
      {capital(words.reason(reason))}.{watch !== undefined && ` ${capital(watch)}.`}
    </span>
  );
};

const capital = (sentence: string) => sentence.charAt(0).toUpperCase() + sentence.slice(1);

const Facts = ({ frame, data: { device, connections, profile } }: { frame: Frame; data: DeviceData }) => {
  const words = text().device.head;
  const current = bestOf(connections);
  const mac = device.macs.find(known => known.mac === current?.mac) ?? device.macs[0];
  const seems = [
    profile.kind === null ? null : kindWord(profile.kind),
    profile.osFamily === null ? null : (text().device.profile.systems[profile.osFamily] ?? profile.osFamily),
    profile.model,
  ].flatMap(said => (said === null ? [] : [inert(said, 60)]));
  return (
    <dl class="device-facts">
      {current !== undefined && (
        <Fact word={current.endedAt === null ? words.address : words.lastAddress}>
          <Copied value={current.ip} what={words.address} />
        </Fact>
      )}
      {mac !== undefined && (
        <Fact word={words.mac}>
          <Copied value={mac.mac} what={words.mac} />
        </Fact>
      )}
      {mac !== undefined && (
        <Fact word={words.vendor}>
          <bdi>{mac.vendor === null ? (mac.isLocal ? words.randomMac : '–') : inert(mac.vendor, 80)}</bdi>
        </Fact>
      )}
      {seems.length > 0 && (
        <Fact word={words.is}>
          <a href="#profile">
            <bdi>{seems.join(', ')}</bdi>
          </a>
        </Fact>
      )}
      {current !== undefined && (
        <Fact word={words.network}>
          <span class="mono">{inert(current.network, 120)}</span>
        </Fact>
      )}
      {device.owner !== null && (
        <Fact word={words.owner}>
          <bdi>{inert(device.owner, 80)}</bdi>
        </Fact>
      )}
      <Fact word={words.firstSeen}>
        <Moment at={device.firstSeenAt} now={frame.now} />{' '}
        <a href={`/devices/${device.id}/first-hour`}>{text().device.history.titles['first-hour']}</a>
      </Fact>
    </dl>
  );
};

const Fact = ({ word, children }: { word: string; children?: Child }) => (
  <div>
    <dt>{word}</dt>
    <dd>{children}</dd>
  </div>
);

/** The button is there where a script can copy; device.js shows it. */
const Copied = ({ value, what }: { value: string; what: string }) => (
  <>
    <span class="mono">{value}</span>{' '}
    <button
      type="button"
      class="small quiet-button copy"
      hidden
      data-copy={value}
      data-done={text().device.head.copied}
      aria-label={text().device.head.copyWhat(what)}
    >
      {text().device.head.copy}
    </button>
  </>
);

const MuteThis = ({ device, frame, timeZone }: { device: number; frame: Frame; timeZone: string }) => {
  const words = text().device.head;
  return (
    <details class="mute">
      <summary class="button">{words.mute}</summary>
      <ActionForm action={`/devices/${device}/mute`} back={frame.path} class="mute-form">
        <p class="hint">{words.muteWhy}</p>
        <span class="mute-times" role="group" aria-label={words.muteFor}>
          {MUTE_CHOICES.map(choice => (
            <button name="for" value={choice}>
              {muteWord(choice, frame.now, timeZone)}
            </button>
          ))}
        </span>
      </ActionForm>
    </details>
  );
};

const Muted = ({ mute, frame }: { mute: DeviceMute; frame: Frame }) => {
  const words = text().device.head;
  return (
    <div class="note muted-now">
      <span>
        {words.muted} <Moment at={mute.until} now={frame.now} />,{' '}
        <bdi>{words.mutedBy(inert(mute.actor, 60))}</bdi>
      </span>
      {may('operator') && (
        <ActionForm action={`/mutes/${mute.id}/end`} back={frame.path}>
          <button class="small">{words.endMute}</button>
        </ActionForm>
      )}
    </div>
  );
};
