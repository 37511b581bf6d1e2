/** What just happened to a network, with the way back. */
import type { ManagedNetwork } from '../../store/site-networks.ts';
import { text } from '../visit.ts';
import { ActionForm } from './forms.tsx';
import { networkLabel } from './scan-filters.tsx';

interface ToastProps {
  network: ManagedNetwork;
  kind: 'network-saved' | 'network-restored' | 'network-retired';
  back: string;
}

export const NetworkToast = ({ network, kind, back }: ToastProps) => {
  const words = text().networks;
  const label = networkLabel(network);
  const sentence = {
    'network-saved': words.saved,
    'network-restored': words.restoredToast,
    'network-retired': words.retiredToast,
  }[kind];
  return (
    <div class="toast" id={`toast-${kind}-${network.id}`}>
      <span>
        <bdi>{label}</bdi> {sentence}
      </span>
      {kind === 'network-retired' && network.retiredAt !== null && (
        <ActionForm action={`/networks/${network.id}/restore`} back={back}>
          <button class="link" aria-label={words.undoRetire(label)}>
            {text().words.undo}
          </button>
        </ActionForm>
      )}
    </div>
  );
};
