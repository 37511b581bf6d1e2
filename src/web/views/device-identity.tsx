/** Which MACs a device has, how it is recognised, and making one of two. */
import { inert } from '../../lib/text.ts';
import type { DeviceChange } from '../../store/device-changes.ts';
import type { Device } from '../../store/site-device.ts';
import type { DeviceRow } from '../../store/site-devices.ts';
import type { IdentityRule, MergeSuggestion } from '../../store/suggestions.ts';
import { may } from '../access.ts';
import { protocols } from '../reasons.ts';
import { text } from '../visit.ts';
import { fullLabelOf } from '../words.ts';
import { Vendor } from './device-row.tsx';
import { Field, errorOf } from './field.tsx';
import { ActionForm } from './forms.tsx';
import type { Frame } from './layout.tsx';
import { PresenceMark } from './marks.tsx';
import { Suggestions } from './suggestions.tsx';
import { Moment } from './time.tsx';

export interface MergeForm {
  /** What was typed. */
  readonly text: string;
  readonly error?: string;
  /** Whom it may mean. */
  readonly found: readonly DeviceRow[];
}

interface IdentityProps {
  device: Device;
  rules: readonly IdentityRule[];
  suggestions: readonly MergeSuggestion[];
  merge: MergeForm | undefined;
  /** The merges that stand, the latest first. */
  merges: readonly DeviceChange[];
  undoable: number | undefined;
  frame: Frame;
}

export const IdentityPanel = ({
  device,
  rules,
  suggestions,
  merge,
  merges,
  undoable,
  frame,
}: IdentityProps) => {
  const words = text().device.identity;
  return (
    <section class="panel" data-live id="identity" aria-labelledby="macs-title">
      <h2 id="macs-title">{words.title}</h2>
      <ul class="plain">
        {device.macs.map(mac => (
          <li>
            <span class="mono">{mac.mac}</span> <Vendor vendor={mac.vendor} isRandomMac={mac.isLocal} />
            <span class="muted">
              {words.since} <Moment at={mac.firstSeenAt} now={frame.now} />
            </span>
          </li>
        ))}
      </ul>
      {device.macs.some(mac => mac.isLocal) && <p class="note">{words.random}</p>}
      {rules.length > 0 && <Rules rules={rules} frame={frame} />}
      {merges.length > 0 && <Merges merges={merges} undoable={undoable} frame={frame} />}
      {suggestions.length > 0 && may('operator') && (
        <Suggestions suggestions={suggestions} back={frame.path} />
      )}
      {device.state !== 'archived' && may('operator') && (
        <SameAs device={device} merge={merge} frame={frame} />
      )}
    </section>
  );
};

const Merges = ({ merges, undoable, frame }: Pick<IdentityProps, 'merges' | 'undoable' | 'frame'>) => {
  const words = text().device.identity;
  return (
    <>
      <h3>{words.merges}</h3>
      <ul class="plain">
        {merges.map(({ id, at, macs }) => (
          <li>
            <span>
              <span class="mono">{words.brought((macs ?? []).slice(0, 3).join(', '))}</span>
              {(macs ?? []).length > 3 && words.andMore((macs ?? []).length - 3)}{' '}
              <span class="muted">
                <Moment at={at} now={frame.now} />
                {id !== undoable && `; ${words.later}`}
              </span>
            </span>
            {id === undoable && may('operator') && (
              <ActionForm action={`/changes/${id}/undo`} back={frame.path}>
                <button class="small" aria-label={`${words.takeApart}: ${(macs ?? []).join(', ')}`}>
                  {words.takeApart}
                </button>
              </ActionForm>
            )}
          </li>
        ))}
      </ul>
    </>
  );
};

const Rules = ({ rules, frame }: { rules: readonly IdentityRule[]; frame: Frame }) => {
  const words = text().device.identity;
  return (
    <>
      <h3>{words.recognised}</h3>
      <ul class="plain">
        {rules.map(rule => (
          <li>
            <span>
              “<bdi>{inert(rule.name, 60)}</bdi>”{' '}
              <span class="muted">{words.by(protocols([rule.source]))}</span>
            </span>
            <span class="muted">
              {words.since} <Moment at={rule.madeAt} now={frame.now} />
              {rule.applied > 0 && `, ${words.applied(rule.applied)}`}
            </span>
            {may('operator') && (
              <ActionForm action={`/identity-rules/${rule.id}/forget`} back={frame.path}>
                <button class="small" aria-label={words.forgetRule(inert(rule.name, 60))}>
                  {words.forget}
                </button>
              </ActionForm>
            )}
          </li>
        ))}
      </ul>
    </>
  );
};

const SameAs = ({ device, merge, frame }: { device: Device; merge: MergeForm | undefined; frame: Frame }) => {
  const words = text().device.identity;
  return (
    <>
      <h2>{words.same}</h2>
      <ActionForm action={`/devices/${device.id}/merge`} back={frame.path} class="edit">
        <Field name="other" word={words.other} error={merge?.error}>
          <span class="beside">
            <input
              id="other"
              name="other"
              value={merge?.text ?? ''}
              maxlength={200}
              placeholder={words.placeholder}
              autocomplete="off"
              {...errorOf('other', merge?.error)}
            />
            <button>{words.merge}</button>
          </span>
        </Field>
      </ActionForm>
      {merge !== undefined && merge.found.length > 0 && (
        <ul class="undecided pairs" aria-label={words.may}>
          {merge.found.map(found => (
            <li>
              <div class="who">
                <a href={`/devices/${found.id}`}>
                  <bdi>{fullLabelOf(found)}</bdi>
                </a>
                <p class="facts">
                  <PresenceMark presence={found.presence} />
                  <span class="mono">{found.mac}</span>
                </p>
              </div>
              <ActionForm action={`/devices/${device.id}/merge`} back={frame.path} class="decide">
                <input type="hidden" name="id" value={String(found.id)} />
                <button aria-label={words.mergeWith(fullLabelOf(found))}>{words.merge}</button>
              </ActionForm>
            </li>
          ))}
        </ul>
      )}
    </>
  );
};
