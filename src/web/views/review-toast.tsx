/** What was decided in the queue of new devices, and the way back: name and decision in one. */
import type { DeviceChange } from '../../store/device-changes.ts';
import { text } from '../visit.ts';
import { ActionForm } from './forms.tsx';

interface Props {
  /** The last one: the decision. */
  change: DeviceChange;
  changes: readonly number[];
  label: string;
}

export const ReviewToast = ({ change, changes, label }: Props) => {
  const { told, words } = text();
  return change.undoneAt === null ? (
    <div class="toast" id={`toast-reviewed-${change.id}`}>
      <span>
        <bdi>{label}</bdi> {told.change[change.what]}.
      </span>
      <ActionForm action="/review/undo" back={`/review?at=${change.deviceId}`}>
        <input type="hidden" name="changes" value={changes.join('.')} />
        <button class="link" aria-label={told.undoThis(`${label} ${told.change[change.what]}`)}>
          {words.undo}
        </button>
      </ActionForm>
    </div>
  ) : (
    <div class="toast" id={`toast-reviewed-${change.id}-undone`}>
      <span>
        {told.undone} <bdi>{label}</bdi> {told.asItWas}
      </span>
    </div>
  );
};
