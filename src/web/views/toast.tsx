/** What just happened, with the way back. Told from the database, never from the address. */
import type { ChangeKind, DeviceChange } from '../../store/device-changes.ts';
import { ActionForm } from './forms.tsx';

const DONE: Readonly<Record<ChangeKind, string>> = {
  accept: 'accepted',
  ignore: 'ignored',
  block: 'blocked',
  rename: 'saved',
  merge: 'and the other are one device now',
  apart: 'stays a device of its own',
  forget: 'is not recognised by that name any more',
  archive: 'put away',
  watch: 'saved',
};

export const ChangeToast = ({
  change,
  label,
  back,
}: {
  change: DeviceChange;
  label: string;
  back: string;
}) =>
  change.undoneAt === null ? (
    <div class="toast" id={`toast-${change.id}`}>
      <span>
        <bdi>{label}</bdi> {DONE[change.what]}.
      </span>
      <ActionForm action={`/changes/${change.id}/undo`} back={back}>
        <button class="link" aria-label={`Undo: ${label} ${DONE[change.what]}`}>
          Undo
        </button>
      </ActionForm>
    </div>
  ) : (
    <div class="toast" id={`toast-${change.id}-undone`}>
      <span>
        Undone. <bdi>{label}</bdi> is as it was.
      </span>
    </div>
  );

export const StaleToast = ({ label }: { label: string }) => (
  <div class="toast warn" id="toast-stale">
    <span>
      Not undone: <bdi>{label}</bdi> was changed again since, and that was kept. Its page shows the latest
      change, which can be undone.
    </span>
  </div>
);

export const AlertToast = ({
  alert,
  acknowledged,
  back,
}: {
  alert: number;
  acknowledged: boolean;
  back: string;
}) => (
  <div class="toast" id={`toast-alert-${alert}-${String(acknowledged)}`}>
    <span>{acknowledged ? 'Alert acknowledged.' : 'Undone. The alert is open again.'}</span>
    {acknowledged && (
      <ActionForm action={`/alerts/${alert}/reopen`} back={back}>
        <button class="link" aria-label="Undo: alert acknowledged">
          Undo
        </button>
      </ActionForm>
    )}
  </div>
);

/** @param before whom the way back makes the gateway again; undefined: there is none, for it was taken */
export const GatewayToast = ({
  alert,
  before,
  back,
}: {
  alert: number;
  before: string | undefined;
  back: string;
}) => (
  <div class="toast" id={`toast-gateway-${alert}-${String(before !== undefined)}`}>
    <span>
      {before === undefined
        ? 'Undone. The gateway is the one from before.'
        : 'Noted: this is the gateway from now on.'}
    </span>
    {before !== undefined && (
      <ActionForm action={`/alerts/${alert}/accept-gateway`} back={back}>
        <input type="hidden" name="mac" value={before} />
        <button class="link" aria-label="Undo: the gateway is another one">
          Undo
        </button>
      </ActionForm>
    )}
  </div>
);
