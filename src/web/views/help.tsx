/** All of the help on one page. */
import { HELP_TOPICS, type HelpPart } from '../text/help-shape.ts';
import { text } from '../visit.ts';
import { Page, type Frame } from './layout.tsx';
import { MarkIcon } from './marks.tsx';

export const Help = ({ frame }: { frame: Frame }) => {
  const { help } = text();
  return (
    <Page frame={frame} title={help.title} section="none">
      <h1>{help.title}</h1>
      <p class="note">{help.intro}</p>
      <div class="help">
        <nav class="help-contents" aria-label={help.contents}>
          <ol>
            {HELP_TOPICS.map(topic => (
              <li>
                <a href={`#${topic}`}>{help.topics[topic].title}</a>
              </li>
            ))}
          </ol>
        </nav>
        <div class="help-topics">
          {HELP_TOPICS.map(topic => (
            <section id={topic} aria-labelledby={`${topic}-title`}>
              <h2 id={`${topic}-title`}>{help.topics[topic].title}</h2>
              {help.topics[topic].parts.map(part => (
                <Part part={part} />
              ))}
            </section>
          ))}
        </div>
      </div>
    </Page>
  );
};

const Part = ({ part }: { part: HelpPart }) => {
  if (typeof part === 'string') return <p>{part}</p>;
  if ('code' in part)
    return (
      <pre class="code" tabindex={0}>
        <code>{part.code}</code>
      </pre>
    );
  if ('symptom' in part)
    return (
      <>
        <h3>{part.symptom}</h3>
        <ol class="help-steps">
          {part.steps.map(step => (
            <li>{step}</li>
          ))}
        </ol>
      </>
    );
  if ('links' in part)
    return (
      <p class="more-links">
        {part.links.map(([href, word]) => (
          <a href={href}>{word}</a>
        ))}
      </p>
    );
  return (
    <dl class="help-terms">
      {part.terms.map(([term, meaning, mark]) => (
        <div>
          <dt>
            {mark === 'unseen' ? <Hatched /> : mark !== undefined && <MarkIcon mark={mark} />} {term}
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  );
};

const Hatched = () => (
  <svg class="mark" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false">
    <rect class="unseen" x="0" y="2" width="12" height="8" />
  </svg>
);
