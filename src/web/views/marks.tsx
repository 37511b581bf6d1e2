/** State marks: shape and colour and word, never colour alone. One 12 × 12 drawing each. */
import type { Child } from 'hono/jsx';
import type { DeviceState, Presence } from '../../store/site-devices.ts';
import { text } from '../visit.ts';

export type Mark = 'here' | 'quiet' | 'gone' | 'new' | 'alert' | 'blocked' | 'known' | 'ignored' | 'archived';

const SHAPES: Readonly<Record<Mark, Child>> = {
  here: <circle cx="6" cy="6" r="4.5" />,
  quiet: (
    <>
      <circle class="ring" cx="6" cy="6" r="4" />
      <path d="M6 1.5a4.5 4.5 0 0 0 0 9z" />
    </>
  ),
  gone: <circle class="ring" cx="6" cy="6" r="4" />,
  new: <path d="M6 .6 11.4 6 6 11.4.6 6z" />,
  alert: <path d="M6 1 11.6 11H.4z" />,
  blocked: <rect x="1.5" y="1.5" width="9" height="9" />,
  known: <path class="ring" d="M2 6.5 5 9.5 10 3" />,
  ignored: <path class="ring" d="M2 6h8" />,
  archived: <path class="ring" d="M2 4h8v6H2zM1.5 2h9" />,
};

/** The drawing alone, for a picture of one's own. */
export const MarkShape = ({ mark }: { mark: Mark }) => <>{SHAPES[mark]}</>;

/** Beside a word that says the same; silent for screen readers. */
export const MarkIcon = ({ mark }: { mark: Mark }) => (
  <svg class={`mark ${mark}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false">
    {SHAPES[mark]}
  </svg>
);

export const PresenceMark = ({ presence, misses = 0 }: { presence: Presence; misses?: number }) => (
  <span class={`state ${presence}`} title={misses > 0 ? text().words.missed(misses) : undefined}>
    <MarkIcon mark={presence} /> {text().words.presence[presence]}
  </span>
);

/** Known is the normal state and says nothing. */
export const StateTag = ({ state }: { state: DeviceState }) =>
  state === 'known' ? null : (
    <span class={`tag ${state}`}>
      <MarkIcon mark={state} /> {text().words.state[state]}
    </span>
  );
