/** Buttons that change something: plain forms, sent by htmx where there is JavaScript. */
import type { Child } from 'hono/jsx';
import { mayPost } from '../access.ts';
import { text } from '../visit.ts';

interface ActionProps {
  action: string;
  /** The page to come back to. */
  back: string;
  class?: string;
  id?: string;
  /** What the answer replaces; the main part unless said otherwise. */
  target?: string;
  children?: Child;
}

/** Left out for a visitor who would be refused. */
export const ActionForm = ({ action, back, target = '#main', children, ...rest }: ActionProps) =>
  !mayPost(action) ? null : (
    <form
      method="post"
      action={action}
      class={rest.class ?? 'action'}
      {...(rest.id === undefined ? {} : { id: rest.id })}
      hx-post={action}
      hx-target={target}
      hx-swap={target === '#main' ? 'outerMorph' : 'outerHTML'}
    >
      <input type="hidden" name="back" value={back} />
      {children}
    </form>
  );

const DECISIONS = [
  ['accept', 'known'],
  ['ignore', 'ignored'],
  ['block', 'blocked'],
] as const;

interface DecideProps {
  id: number;
  label: string;
  state: string;
  back: string;
  target?: string;
}

export const DecideButtons = ({ id, label, state, back, target }: DecideProps) => (
  <ActionForm
    action={`/devices/${id}/decide`}
    back={back}
    class="decide"
    {...(target === undefined ? {} : { target })}
  >
    {DECISIONS.filter(([, becomes]) => becomes !== state).map(([decision]) => (
      <button
        name="decision"
        value={decision}
        class={decision === 'accept' ? 'primary' : decision === 'block' ? 'danger' : undefined}
        aria-label={text().words.decideThis[decision](label)}
        title={text().words.means[decision]}
      >
        {text().words.decide[decision]}
      </button>
    ))}
  </ActionForm>
);
