/** Changing several devices at once: boxes in the rows, one form below them, and the toast that takes all of it back. */
import { BULK_ACTS, type BulkAct, type BulkChange, type Skipped } from '../../store/bulk.ts';
import { text } from '../visit.ts';
import { ActionForm } from './forms.tsx';

/** What the boxes in the rows belong to. */
export const BULK_FORM = 'bulk';

export interface BulkTyped {
  readonly ids: ReadonlySet<number>;
  readonly all: boolean;
  readonly act: string;
  readonly value: string;
  readonly errors: Readonly<Partial<Record<'act' | 'id' | 'value', string>>>;
}

interface BulkProps {
  /** Of the list, behind the question mark. */
  address: string;
  total: number;
  opened: boolean;
  typed?: BulkTyped;
}

export const BulkForm = ({ address, total, opened, typed }: BulkProps) => {
  const words = text().devices.bulk;
  const errors = typed?.errors ?? {};
  const bad = (name: 'act' | 'id' | 'value') =>
    errors[name] === undefined
      ? {}
      : { 'aria-invalid': 'true' as const, 'aria-describedby': `bulk-${name}-error` };
  return (
    <details class="bulk" open={opened || typed !== undefined}>
      <summary>
        {words.title} <span id="bulk-count"></span>
      </summary>
      <form
        id={BULK_FORM}
        method="post"
        action="/devices/bulk"
        hx-post="/devices/bulk"
        hx-target="#main"
        hx-swap="outerMorph"
      >
        <input type="hidden" name="list" value={address} />
        <input type="hidden" name="expect" value={total} />
        <label>
          <span class="sr">{words.what}</span>
          <select name="act" {...bad('act')}>
            <option value="">{words.pick}</option>
            {BULK_ACTS.map(act => (
              <option value={act} selected={typed?.act === act}>
                {words.acts[act]}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span class="sr">{words.value}</span>
          <input
            name="value"
            value={typed?.value ?? ''}
            placeholder={words.value}
            autocomplete="off"
            maxlength={2000}
            {...bad('value')}
          />
        </label>
        <label class="check">
          <input type="checkbox" name="all" value="yes" checked={typed?.all ?? false} {...bad('id')} />
          <span>{words.all(total)}</span>
        </label>
        <button class="primary">{words.apply}</button>
        {(['act', 'value', 'id'] as const).map(
          name =>
            errors[name] !== undefined && (
              <p class="field-error" id={`bulk-${name}-error`}>
                {errors[name]}
              </p>
            ),
        )}
      </form>
    </details>
  );
};

export const BulkToast = ({ bulk, back }: { bulk: BulkChange; back: string }) => {
  const words = text().devices.bulk;
  if (bulk.undoneAt !== null)
    return (
      <div class="toast" id={`toast-bulk-${bulk.id}-undone`}>
        <span>{bulk.kept.length > 0 ? words.kept(bulk.kept.length) : words.undone}</span>
      </div>
    );
  const skipped = Object.entries(bulk.skipped) as [Skipped, readonly number[]][];
  const told = [
    words.done[bulk.what satisfies BulkAct](bulk.changed),
    ...(bulk.unchanged > 0 ? [words.same(bulk.unchanged)] : []),
    ...skipped.map(([why, ids]) => words.skipped[why](ids.length)),
  ].join(' ');
  return (
    <div class="toast" id={`toast-bulk-${bulk.id}`}>
      <span>{told}</span>
      {bulk.changed > 0 && (
        <ActionForm action={`/devices/bulk/${bulk.id}/undo`} back={back}>
          <button class="link" aria-label={words.undo}>
            {text().words.undo}
          </button>
        </ActionForm>
      )}
    </div>
  );
};
