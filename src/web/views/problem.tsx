/** What went wrong, what was kept, what to do. Never a stack: the log has it under the same number. */
import { text } from '../visit.ts';
import { Page, type Frame } from './layout.tsx';

interface ProblemProps {
  frame: Frame;
  title: string;
  text: string;
  /** Finds the line in the log. */
  id?: string;
}

export const Problem = ({ frame, title, text: sentence, id }: ProblemProps) => (
  <Page frame={frame} title={title} section="none">
    <section class="first-look">
      <h1>{title}</h1>
      <p>{sentence}</p>
      {id !== undefined && (
        <p class="muted">
          {text().frame.problem.log} <span class="mono">{id}</span>
        </p>
      )}
      <p>
        <a href="/">{text().frame.problem.back}</a>
      </p>
    </section>
  </Page>
);
