/** What went wrong, what was kept, what to do. Never a stack: the log has it under the same number. */
import { Page, type Frame } from './layout.tsx';

interface ProblemProps {
  frame: Frame;
  title: string;
  text: string;
  /** Finds the line in the log. */
  id?: string;
}

export const Problem = ({ frame, title, text, id }: ProblemProps) => (
  <Page frame={frame} title={title} section="none">
    <section class="first-look">
      <h1>{title}</h1>
      <p>{text}</p>
      {id !== undefined && (
        <p class="muted">
          The log has the details under <span class="mono">{id}</span>.
        </p>
      )}
      <p>
        <a href="/">Back to the overview</a>
      </p>
    </section>
  </Page>
);
