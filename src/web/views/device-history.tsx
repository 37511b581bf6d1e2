/** What was decided about a device, and where it has been. */
import { inert } from '../../lib/text.ts';
import type { ChangeKind, DeviceChange } from '../../store/device-changes.ts';
import type { Connection } from '../../store/site-device.ts';
import { duration } from '../words.ts';
import { ActionForm } from './forms.tsx';
import type { Frame } from './layout.tsx';
import { Moment } from './time.tsx';

const DECIDED: Readonly<Record<ChangeKind, string>> = {
  accept: 'Accepted',
  ignore: 'Ignored',
  block: 'Blocked',
  rename: 'Edited',
  merge: 'Merged with another',
  apart: 'Told apart from another',
  forget: 'Rule taken back',
  archive: 'Put away',
  watch: 'Watch changed',
};

export const Decisions = ({ changes, frame }: { changes: readonly DeviceChange[]; frame: Frame }) => {
  const latest = changes.find(change => change.undoneAt === null);
  if (changes.length === 0) return <p class="nothing">None yet.</p>;
  return (
    <ol class="plain">
      {changes.map(change => (
        <li class={change.undoneAt === null ? undefined : 'undone'}>
          {DECIDED[change.what]}
          {change.what === 'rename' && change.before.name !== change.after.name && (
            <>
              {' '}
              from <bdi>{inert(change.before.name ?? 'no name', 60)}</bdi> to{' '}
              <bdi>{inert(change.after.name ?? 'no name', 60)}</bdi>
            </>
          )}
          {change.macs !== null && (
            <>
              {': '}
              <span class="mono">{change.macs.slice(0, 3).join(', ')}</span>
              {change.macs.length > 3 && ` and ${change.macs.length - 3} more`}
            </>
          )}
          {change.actor === 'rule' && ', by a rule'}{' '}
          <span class="muted">
            <Moment at={change.at} now={frame.now} />
            {change.undoneAt !== null && ', undone'}
          </span>
          {change === latest && (
            <ActionForm action={`/changes/${change.id}/undo`} back={frame.path}>
              <button class="small" aria-label={`Undo: ${DECIDED[change.what]}`}>
                Undo
              </button>
            </ActionForm>
          )}
        </li>
      ))}
    </ol>
  );
};

const OPENED = {
  baseline: 'was here at the first look',
  new: 'joined',
  returned: 'came back',
  moved: 'changed its address',
  added: 'took one more address',
} as const;

export const Intervals = ({ connections, now }: { connections: readonly Connection[]; now: Date }) => (
  <section class="panel wide" data-live id="intervals" aria-labelledby="intervals-title">
    <h2 id="intervals-title">Where it has been</h2>
    <table class="log">
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col">To</th>
          <th scope="col">For</th>
          <th scope="col">Address</th>
          <th scope="col" class="extra">
            MAC
          </th>
          <th scope="col" class="extra">
            Network
          </th>
          <th scope="col" class="extra">
            How it began
          </th>
        </tr>
      </thead>
      <tbody>
        {connections.map(connection => (
          <tr>
            <td>
              <Moment at={connection.startedAt} now={now} />
            </td>
            <td>
              {connection.endedAt === null ? (
                connection.misses > 0 ? (
                  'quiet'
                ) : (
                  'now'
                )
              ) : (
                <Moment at={connection.endedAt} now={now} />
              )}
            </td>
            <td>{duration((connection.endedAt ?? now).getTime() - connection.startedAt.getTime())}</td>
            <td class="mono">{connection.ip}</td>
            <td class="mono extra">{connection.mac}</td>
            <td class="mono extra">{connection.network}</td>
            <td class="extra">{OPENED[connection.openedAs]}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);
