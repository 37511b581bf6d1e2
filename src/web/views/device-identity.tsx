/** Which MACs a device has, how it is recognised, and making one of two. */
import { count, inert } from '../../lib/text.ts';
import type { Device } from '../../store/site-device.ts';
import type { DeviceRow } from '../../store/site-devices.ts';
import type { IdentityRule, MergeSuggestion } from '../../store/suggestions.ts';
import { protocols } from '../reasons.ts';
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
  frame: Frame;
}

export const IdentityPanel = ({ device, rules, suggestions, merge, frame }: IdentityProps) => (
  <section class="panel" data-live id="identity" aria-labelledby="macs-title">
    <h2 id="macs-title">MAC addresses</h2>
    <ul class="plain">
      {device.macs.map(mac => (
        <li>
          <span class="mono">{mac.mac}</span> <Vendor vendor={mac.vendor} isRandomMac={mac.isLocal} />
          <span class="muted">
            since <Moment at={mac.firstSeenAt} now={frame.now} />
          </span>
        </li>
      ))}
    </ul>
    {device.macs.some(mac => mac.isLocal) && (
      <p class="note">
        A random MAC was chosen by the device itself (the locally administered bit is set); it names no vendor
        and may change.
      </p>
    )}
    {rules.length > 0 && <Rules rules={rules} frame={frame} />}
    {suggestions.length > 0 && <Suggestions suggestions={suggestions} back={frame.path} />}
    {device.state !== 'archived' && <SameAs device={device} merge={merge} frame={frame} />}
  </section>
);

const Rules = ({ rules, frame }: { rules: readonly IdentityRule[]; frame: Frame }) => (
  <>
    <h3>With a new random MAC, recognised by</h3>
    <ul class="plain">
      {rules.map(rule => (
        <li>
          <span>
            “<bdi>{inert(rule.name, 60)}</bdi>” <span class="muted">by {protocols([rule.source])}</span>
          </span>
          <span class="muted">
            since <Moment at={rule.madeAt} now={frame.now} />
            {rule.applied > 0 && `, ${count(rule.applied, 'time')}`}
          </span>
          <ActionForm action={`/identity-rules/${rule.id}/forget`} back={frame.path}>
            <button class="small" aria-label={`Forget the rule “${inert(rule.name, 60)}”`}>
              Forget
            </button>
          </ActionForm>
        </li>
      ))}
    </ul>
  </>
);

const SameAs = ({ device, merge, frame }: { device: Device; merge: MergeForm | undefined; frame: Frame }) => (
  <>
    <h2>Same device as…</h2>
    <ActionForm action={`/devices/${device.id}/merge`} back={frame.path} class="edit">
      <Field name="other" word="Which other device" error={merge?.error}>
        <span class="beside">
          <input
            id="other"
            name="other"
            value={merge?.text ?? ''}
            maxlength={200}
            placeholder="name, address or MAC"
            autocomplete="off"
            {...errorOf('other', merge?.error)}
          />
          <button>Merge</button>
        </span>
      </Field>
    </ActionForm>
    {merge !== undefined && merge.found.length > 0 && (
      <ul class="undecided pairs" aria-label="Devices that it may mean">
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
              <button aria-label={`Merge with ${fullLabelOf(found)}`}>Merge</button>
            </ActionForm>
          </li>
        ))}
      </ul>
    )}
  </>
);
