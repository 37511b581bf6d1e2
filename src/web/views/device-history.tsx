/** What was decided about a device: who, when, and each field before and after. */
import { inert } from '../../lib/text.ts';
import type { DeviceChange, DeviceFacts } from '../../store/device-changes.ts';
import { may } from '../access.ts';
import { text } from '../visit.ts';
import { ActionForm } from './forms.tsx';
import type { Frame } from './layout.tsx';
import { Moment } from './time.tsx';

interface DecisionsProps {
  /** The latest first. */
  changes: readonly DeviceChange[];
  /** The latest change that stands: no other can be undone. */
  undoable: number | undefined;
  frame: Frame;
}

export const Decisions = ({ changes, undoable, frame }: DecisionsProps) => {
  const words = text().device.history;
  if (changes.length === 0) return <p class="nothing">{words.noChange}</p>;
  return (
    <ol class="plain decisions">
      {changes.map(change => {
        const what = words.what[change.what] ?? inert(change.what, 40);
        return (
          <li class={change.undoneAt === null ? undefined : 'undone'}>
            <span>
              {what}
              <Macs change={change} />{' '}
              <span class="muted">
                <Moment at={change.at} now={frame.now} />,{' '}
                {change.actor === 'rule' ? words.byRule : <bdi>{words.by(inert(change.actor, 60))}</bdi>}
                {change.undoneAt !== null && (
                  <>
                    ; <bdi>{words.undone(inert(change.undoneBy ?? '', 60))}</bdi>{' '}
                    <Moment at={change.undoneAt} now={frame.now} />
                  </>
                )}
              </span>
              <Fields before={change.before} after={change.after} />
            </span>
            {change.id === undoable && may('operator') && (
              <ActionForm action={`/changes/${change.id}/undo`} back={frame.path}>
                <button class="small" aria-label={words.undoWhat(what)}>
                  {words.undo}
                </button>
              </ActionForm>
            )}
          </li>
        );
      })}
    </ol>
  );
};

const Macs = ({ change: { macs } }: { change: DeviceChange }) =>
  macs === null ? null : (
    <>
      {': '}
      <span class="mono">{macs.slice(0, 3).join(', ')}</span>
      {macs.length > 3 && text().device.identity.andMore(macs.length - 3)}
    </>
  );

const FIELDS = ['name', 'owner', 'notes', 'state', 'importance', 'down_after', 'on_return'] as const;
type FactField = (typeof FIELDS)[number];

const Fields = ({ before, after }: { before: DeviceFacts; after: DeviceFacts }) => {
  const words = text().device.history;
  // Changes made before a field came say nothing of it.
  const differing = FIELDS.filter(
    field => before[field] !== undefined && (before[field] ?? '') !== (after[field] ?? ''),
  );
  if (differing.length === 0) return null;
  return (
    <ul class="fields">
      {differing.map(field => (
        <li>
          {words.fields[field]}:{' '}
          <del>
            <bdi>{valueWords(field, before[field])}</bdi>
          </del>{' '}
          →{' '}
          <ins>
            <bdi>{valueWords(field, after[field])}</bdi>
          </ins>
        </li>
      ))}
    </ul>
  );
};

function valueWords(field: FactField, value: string | null | undefined): string {
  const { device, words } = text();
  const { history } = device;
  if (field === 'importance') return value === 'watched' ? words.yes : words.no;
  if (field === 'down_after') return value == null ? history.asLearned : inert(value, 40);
  if (value == null || value === '') return history.none;
  if (field === 'state' && value in words.state) return words.state[value as keyof typeof words.state];
  if (field === 'on_return' && value in history.returns)
    return history.returns[value as keyof typeof history.returns];
  if (field === 'notes' && value.includes('\n'))
    return `${inert(value.split('\n', 1)[0] ?? '', 60)} (${history.lines(value.split('\n').length)})`;
  return inert(value, 80);
}
