/** What just happened, with the way back. Told from the database, never from the address. */
import type { DeviceChange } from '../../store/device-changes.ts';
import { text } from '../visit.ts';
import { ActionForm } from './forms.tsx';

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
        <bdi>{label}</bdi> {text().told.change[change.what]}.
      </span>
      <ActionForm action={`/changes/${change.id}/undo`} back={back}>
        <button class="link" aria-label={text().told.undoThis(`${label} ${text().told.change[change.what]}`)}>
          {text().words.undo}
        </button>
      </ActionForm>
    </div>
  ) : (
    <div class="toast" id={`toast-${change.id}-undone`}>
      <span>
        {text().told.undone} <bdi>{label}</bdi> {text().told.asItWas}
      </span>
    </div>
  );

export const StaleToast = ({ label }: { label: string }) => (
  <div class="toast warn" id="toast-stale">
    <span>
      {text().told.notUndone} <bdi>{label}</bdi> {text().told.changedSince}
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
    <span>{acknowledged ? text().told.acknowledged : text().told.openAgain}</span>
    {acknowledged && (
      <ActionForm action={`/alerts/${alert}/reopen`} back={back}>
        <button class="link" aria-label={text().told.undoAcknowledged}>
          {text().words.undo}
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
    <span>{before === undefined ? text().told.gatewayBefore : text().told.gateway}</span>
    {before !== undefined && (
      <ActionForm action={`/alerts/${alert}/accept-gateway`} back={back}>
        <input type="hidden" name="mac" value={before} />
        <button class="link" aria-label={text().told.undoGateway}>
          {text().words.undo}
        </button>
      </ActionForm>
    )}
  </div>
);
