/** Every version of a device's notes: who wrote it, when, what changed with it, and the way back to it. */
import { inert } from '../../lib/text.ts';
import type { NotesVersion } from '../../store/device-lists.ts';
import type { Device } from '../../store/site-device.ts';
import { may } from '../access.ts';
import { formatAt } from '../times.ts';
import { text } from '../visit.ts';
import { ActionForm } from './forms.tsx';
import type { Frame } from './layout.tsx';
import { TextDiff } from './text-diff.tsx';
import { Moment } from './time.tsx';

interface NotesProps {
  device: Device;
  rows: readonly NotesVersion[];
  frame: Frame;
}

export const NotesVersions = ({ device, rows, frame }: NotesProps) => {
  const words = text().device.history;
  if (rows.length === 0) return <p class="nothing">{words.noNotes}</p>;
  return (
    <ol class="plain versions">
      {rows.map(version => {
        const isNow = version.became === device.notes;
        return (
          <li>
            <p class="facts">
              <Moment at={version.at} now={frame.now} />
              <bdi class="muted">{words.by(inert(version.actor, 60))}</bdi>
              {version.isUndo && <span class="muted">{words.notesUndo}</span>}
              {isNow && <span class="tag">{words.notesNow}</span>}
            </p>
            {version.became === '' && <p class="hint">{words.notesEmptied}</p>}
            <TextDiff before={version.was} after={version.became} />
            {!isNow && may('operator') && (
              <ActionForm action={`/devices/${device.id}/notes/restore`} back={`/devices/${device.id}`}>
                <input type="hidden" name="revision" value={String(device.revision)} />
                <input type="hidden" name="version" value={`${version.change}${version.isUndo ? 'u' : ''}`} />
                <button
                  class="small"
                  aria-label={words.restoreOf(
                    `${formatAt(version.at, 'dateYear')}, ${formatAt(version.at, 'clock')}`,
                  )}
                >
                  {words.restore}
                </button>
              </ActionForm>
            )}
          </li>
        );
      })}
    </ol>
  );
};
