/** What people call a device: the form, what was wrong with it, and what somebody else saved meanwhile. */
import { inert } from '../../lib/text.ts';
import type { DeviceChange, DeviceTexts } from '../../store/device-changes.ts';
import type { Device } from '../../store/site-device.ts';
import { may } from '../access.ts';
import { LIMITS } from '../schema/device.ts';
import { text } from '../visit.ts';
import { Field, errorOf } from './field.tsx';
import { ActionForm } from './forms.tsx';
import type { Frame } from './layout.tsx';
import { TextDiff } from './text-diff.tsx';

export interface EditForm {
  readonly values: DeviceTexts;
  readonly errors: Readonly<Partial<Record<keyof DeviceTexts | 'form', string>>>;
  /** Somebody else saved while this was typed. */
  readonly isStale?: boolean;
}

interface EditProps {
  device: Device;
  form: EditForm | undefined;
  /** The latest first. */
  changes: readonly DeviceChange[];
  frame: Frame;
}

export const EditPanel = ({ device, form, changes, frame }: EditProps) => {
  const words = text().device.edit;
  const saved = textsOf(device);
  const value = form?.values ?? saved;
  const readonly = may('operator') ? {} : { readonly: true };
  return (
    <section
      class="panel"
      data-live={form === undefined ? '' : 'hold'}
      aria-labelledby="edit-title"
      id="edit"
    >
      <h2 id="edit-title">{words.title}</h2>
      {form?.isStale === true && (
        <Stale saved={saved} typed={form.values} changes={changes} device={device} />
      )}
      <ActionForm action={`/devices/${device.id}/rename`} back={frame.path} class="edit">
        <input type="hidden" name="revision" value={String(device.revision)} />
        {form?.errors.form !== undefined && (
          <p class="field-error" role="alert">
            {form.errors.form}
          </p>
        )}
        <Field name="name" word={words.name} error={form?.errors.name}>
          <input
            id="name"
            name="name"
            value={value.name}
            maxlength={LIMITS.name}
            autocomplete="off"
            dir="auto"
            {...readonly}
            {...errorOf('name', form?.errors.name)}
          />
        </Field>
        <Field name="owner" word={words.owner} error={form?.errors.owner}>
          <input
            id="owner"
            name="owner"
            value={value.owner}
            maxlength={LIMITS.owner}
            autocomplete="off"
            dir="auto"
            {...readonly}
            {...errorOf('owner', form?.errors.owner)}
          />
        </Field>
        <Field name="notes" word={words.notes} error={form?.errors.notes}>
          <textarea
            id="notes"
            name="notes"
            rows={4}
            maxlength={LIMITS.notes}
            dir="auto"
            {...readonly}
            {...errorOf('notes', form?.errors.notes)}
          >
            {/* A browser takes the first line break after the tag for its own. */}
            {value.notes.startsWith('\n') ? `\n${value.notes}` : value.notes}
          </textarea>
        </Field>
        <div class="edit-foot">
          {may('operator') && <button class="primary">{words.save}</button>}
          <a href={`/devices/${device.id}/notes`}>{words.versions}</a>
        </div>
      </ActionForm>
    </section>
  );
};

function textsOf({ name, owner, notes }: Device): DeviceTexts {
  return { name: name ?? '', owner: owner ?? '', notes };
}

const FIELDS = ['name', 'owner', 'notes'] as const;

interface StaleProps {
  device: Device;
  saved: DeviceTexts;
  typed: DeviceTexts;
  changes: readonly DeviceChange[];
}

const Stale = ({ device, saved, typed, changes }: StaleProps) => {
  const words = text().device.edit;
  const differing = FIELDS.filter(field => saved[field] !== typed[field]);
  const [latest] = changes;
  return (
    <div class="stale-edit" role="alert" aria-labelledby="stale-title">
      <p>
        {words.stale}
        {latest !== undefined && (
          <>
            {' '}
            <bdi>{words.staleBy(inert(latest.undoneBy ?? latest.actor, 60))}</bdi>
          </>
        )}
      </p>
      <table class="log">
        <caption id="stale-title">{words.staleTitle}</caption>
        <thead>
          <tr>
            <th scope="col">{words.field}</th>
            <th scope="col">{words.theirs}</th>
            <th scope="col">{words.yours}</th>
          </tr>
        </thead>
        <tbody>
          {differing.map(field => (
            <tr>
              <th scope="row">{words[field]}</th>
              {field === 'notes' ? (
                <td colspan={2}>
                  <TextDiff before={saved.notes} after={typed.notes} />
                </td>
              ) : (
                <>
                  <td>
                    <bdi>{inert(saved[field], LIMITS[field]) || words.none}</bdi>
                  </td>
                  <td>
                    <bdi>{inert(typed[field], LIMITS[field]) || words.none}</bdi>
                  </td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        <a class="button small" href={`/devices/${device.id}#edit`}>
          {words.takeTheirs}
        </a>
      </p>
    </div>
  );
};
