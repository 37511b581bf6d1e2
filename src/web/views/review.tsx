/** The queue of new devices: one with all that is known of it, one key for each answer, then the next. */
import { inert } from '../../lib/text.ts';
import type { DevicePage, DeviceRow } from '../../store/site-devices.ts';
import type { DeviceName, DevicePort, DeviceProfile } from '../../store/site-profile.ts';
import type { MergeSuggestion, SuggestedDevice } from '../../store/suggestions.ts';
import { may } from '../access.ts';
import { labelOfSuggested, sentenceOf } from '../reasons.ts';
import { text } from '../visit.ts';
import { fullLabelOf, kindWord, labelOf, shortVendor } from '../words.ts';
import { ActionForm } from './forms.tsx';
import { Page, type Frame } from './layout.tsx';
import { MarkIcon, PresenceMark } from './marks.tsx';
import { SectionTabs } from './section-tabs.tsx';
import { Ago } from './time.tsx';

export interface ReviewData {
  readonly queue: DevicePage;
  /** Undefined: nobody waits. */
  readonly current: ReviewedDevice | undefined;
  /** The one after it, to go on with. */
  readonly next: number | undefined;
  /** What was typed and not taken, or what became of the one that was asked for. */
  readonly typed?: { readonly name: string; readonly error: string };
  readonly notice?: string;
}

export interface ReviewedDevice {
  readonly device: DeviceRow;
  readonly profile: DeviceProfile;
  readonly names: readonly DeviceName[];
  readonly ports: readonly DevicePort[];
  readonly similar: readonly MergeSuggestion[];
}

export const Review = ({ frame, data }: { frame: Frame; data: ReviewData }) => {
  const words = text().devices.review;
  return (
    <Page frame={frame} title={words.title} section="devices">
      <h1>{words.title}</h1>
      <SectionTabs of="devices" current="review" />
      {data.notice !== undefined && (
        <p class="concern warn" role="status">
          <MarkIcon mark="alert" /> <span>{data.notice}</span>
        </p>
      )}
      {data.current === undefined ? (
        <section class="panel wide first-look">
          <h2>{words.empty}</h2>
          <p>{words.emptyText}</p>
          <p>
            <a class="button" href="/devices">
              {words.toList}
            </a>
          </p>
        </section>
      ) : (
        <>
          <p class="looked">
            {words.lead(data.queue.total)} <a href="/devices?state=new">{words.asList}</a>
          </p>
          <Current frame={frame} data={data} current={data.current} />
          <Queue frame={frame} data={data} current={data.current.device.id} />
        </>
      )}
    </Page>
  );
};

const Current = ({ frame, data, current }: { frame: Frame; data: ReviewData; current: ReviewedDevice }) => {
  const { device, similar } = current;
  const words = text().devices.review;
  const label = labelOf(device);
  return (
    <section class="panel wide review" aria-labelledby="review-device" data-live="hold">
      <h2 id="review-device" class="review-title" tabindex={-1}>
        <MarkIcon mark="new" />{' '}
        <a href={`/devices/${device.id}`}>
          <bdi>{label}</bdi>
        </a>{' '}
        <PresenceMark presence={device.presence} misses={device.misses} />
      </h2>
      <Facts frame={frame} current={current} />
      {may('operator') && (
        <ActionForm action="/review" back={`/review`} class="review-form" id="review-form">
          <input type="hidden" name="device" value={device.id} />
          {data.next !== undefined && <input type="hidden" name="next" value={data.next} />}
          <div class="field">
            <label for="review-name">{words.name}</label>
            <input
              id="review-name"
              name="name"
              maxlength={200}
              autocomplete="off"
              value={data.typed?.name ?? device.name ?? ''}
              aria-invalid={data.typed === undefined ? undefined : 'true'}
              aria-describedby={data.typed === undefined ? 'review-hint' : 'review-error'}
            />
            {data.typed === undefined ? (
              <p class="hint" id="review-hint">
                {words.nameHint}
              </p>
            ) : (
              <p class="field-error" id="review-error">
                {data.typed.error}
              </p>
            )}
          </div>
          <div class="decide">
            {(['accept', 'ignore', 'block'] as const).map(act => (
              <button
                name="act"
                value={act}
                class={act === 'accept' ? 'primary' : act === 'block' ? 'danger' : undefined}
                title={text().words.means[act]}
                aria-keyshortcuts={act.charAt(0)}
              >
                {text().words.decide[act]}
                <span class="sr"> {label}</span> <kbd aria-hidden="true">{act.charAt(0)}</kbd>
              </button>
            ))}
            {data.next !== undefined && (
              <a class="button" id="review-later" href={`/review?at=${data.next}`} aria-keyshortcuts="n">
                {words.later} <kbd aria-hidden="true">n</kbd>
              </a>
            )}
          </div>
          <Similar device={device} similar={similar} />
        </ActionForm>
      )}
      <p class="hint review-keys">{words.keys}</p>
      <template id="nothing-similar">
        <div class="toast">
          <span>{words.nothingSimilar}</span>
        </div>
      </template>
    </section>
  );
};

const Facts = ({ frame, current }: { frame: Frame; current: ReviewedDevice }) => {
  const { device, profile } = current;
  const words = text().devices.review;
  const names = [...new Set(current.names.map(({ name }) => inert(name, 60)))].slice(0, 4);
  const open = current.ports.filter(({ closedAt }) => closedAt === null).slice(0, 8);
  const kind = profile.kind === null ? profile.osFamily : kindWord(profile.kind);
  const told = names.length > 0 || open.length > 0 || kind !== null;
  return (
    <dl class="review-facts" aria-label={words.facts}>
      <Fact word={words.since}>
        <Ago at={device.firstSeenAt} now={frame.now} />
      </Fact>
      <Fact word={words.where}>
        <span class="mono">{device.addresses.join(', ') || '–'}</span>
        {device.network !== null && <span class="muted"> {inert(device.network, 60)}</span>}
      </Fact>
      <Fact word={words.mac}>
        <span class="mono">{device.mac ?? '–'}</span>
        {device.isRandomMac && <span class="muted"> {text().devices.random}</span>}
      </Fact>
      <Fact word={words.vendor}>
        {device.vendor === null ? text().devices.unknown : <bdi>{shortVendor(device.vendor)}</bdi>}
      </Fact>
      {names.length > 0 && (
        <Fact word={words.itself}>
          {names.map(name => (
            <bdi class="said">“{name}” </bdi>
          ))}
        </Fact>
      )}
      {kind !== null && (
        <Fact word={words.kind}>
          <bdi>{inert([kind, profile.model].filter(part => part !== null).join(', '), 120)}</bdi>
          {profile.confidence !== null && (
            <span class="muted"> {words.sure(Math.round(profile.confidence * 100))}</span>
          )}
          {[...new Set(profile.evidence.map(({ says }) => inert(says, 100)))].slice(0, 3).map(says => (
            <span class="said muted">
              {' '}
              · <bdi>{says}</bdi>
            </span>
          ))}
        </Fact>
      )}
      {open.length > 0 && (
        <Fact word={words.ports}>
          {open
            .map(({ port, service }) => `${port}${service === null ? '' : ` ${inert(service, 20)}`}`)
            .join(', ')}
        </Fact>
      )}
      {!told && <Fact word={words.itself}>{words.nothing}</Fact>}
      <Fact word="">
        <a href={`/devices/${device.id}`}>{words.whole}</a>
      </Fact>
    </dl>
  );
};

const Fact = ({ word, children }: { word: string; children?: unknown }) => (
  <div>
    <dt>{word}</dt>
    <dd>{children}</dd>
  </div>
);

const Similar = ({ device, similar }: { device: DeviceRow; similar: readonly MergeSuggestion[] }) => {
  const words = text().devices.review;
  return similar.length === 0 ? null : (
    <fieldset class="similar">
      <legend>{words.similar}</legend>
      <ul>
        {similar.map((suggestion, index) => {
          const other: SuggestedDevice = suggestion.into.id === device.id ? suggestion.from : suggestion.into;
          const label = labelOfSuggested(other);
          return (
            <li>
              <div>
                <a href={`/devices/${other.id}`}>
                  <bdi>{label}</bdi>
                </a>
                <ul class="reasons">
                  {suggestion.reasons.map(reason => (
                    <li>
                      <bdi>{sentenceOf(reason, suggestion)}</bdi>
                    </li>
                  ))}
                </ul>
              </div>
              <button
                name="act"
                value={`merge-${suggestion.id}`}
                aria-keyshortcuts={index === 0 ? 'm' : undefined}
              >
                {words.merge}
                <span class="sr">: {label}</span> {index === 0 && <kbd aria-hidden="true">m</kbd>}
              </button>
            </li>
          );
        })}
      </ul>
    </fieldset>
  );
};

const Queue = ({ frame, data, current }: { frame: Frame; data: ReviewData; current: number }) => {
  const words = text().devices.review;
  const more = data.queue.total - data.queue.rows.length;
  return (
    <section class="panel wide" aria-labelledby="waiting">
      <h2 id="waiting">{words.waiting}</h2>
      <ol class="waiting">
        {data.queue.rows.map(device => (
          <li aria-current={device.id === current ? 'true' : undefined}>
            <a href={`/review?at=${device.id}`}>
              <bdi>{fullLabelOf(device)}</bdi>
            </a>
            <span class="muted">
              {device.id === current ? words.current : <Ago at={device.firstSeenAt} now={frame.now} />}
            </span>
          </li>
        ))}
      </ol>
      {more > 0 && (
        <p class="note">
          <a href="/devices?state=new&sort=first">{words.and(more)}</a>
        </p>
      )}
    </section>
  );
};
