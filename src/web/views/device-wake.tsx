/** Waking a device, or why this machine cannot. */
import { inert } from '../../lib/text.ts';
import type { Wake } from '../../store/wake.ts';
import { text } from '../visit.ts';
import { may } from '../access.ts';
import { ActionForm } from './forms.tsx';
import type { Frame } from './layout.tsx';
import { Moment } from './time.tsx';

export interface WakeState {
  /** null: it can be woken; otherwise the sentence that says why not. */
  readonly why: string | null;
  /** The latest first. */
  readonly wakes: readonly Wake[];
}

export const WakePart = ({ device, wake, frame }: { device: number; wake: WakeState; frame: Frame }) => {
  const words = text().device.wake;
  const [last] = wake.wakes;
  return (
    <>
      <h2 id="wake-title">{words.title}</h2>
      {wake.why === null ? (
        <>
          <p class="hint wake">{words.hint}</p>
          {may('operator') && (
            <ActionForm action={`/devices/${device}/wake`} back={frame.path} class="action wake">
              <button>{words.button}</button>
            </ActionForm>
          )}
        </>
      ) : (
        <p class="hint wake">{wake.why}</p>
      )}
      {last !== undefined && (
        <p class="hint wake">
          {last.problem === null ? words.last : words.lastFailed} <Moment at={last.at} now={frame.now} />,{' '}
          <bdi>{words.by(inert(last.actor, 60))}</bdi>
        </p>
      )}
    </>
  );
};
