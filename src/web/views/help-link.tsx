/** `?` beside a heading: the place of the help that explains it. */
import type { HelpTopicName } from '../text/help-shape.ts';
import { text } from '../visit.ts';

export const HelpLink = ({ topic }: { topic: HelpTopicName }) => {
  const about = text().help.topics[topic].title;
  return (
    <a class="help-link" href={`/help#${topic}`} aria-label={text().help.linkTo(about)} title={about}>
      ?
    </a>
  );
};
