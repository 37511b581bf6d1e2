/** "Is this the same device?": pairs that look like one, with what speaks for it and three answers. */
import type { MergeSuggestion, SuggestedDevice } from '../../store/suggestions.ts';
import { labelOfSuggested, sentenceOf } from '../reasons.ts';
import { text } from '../visit.ts';
import { ActionForm } from './forms.tsx';
import { StateTag } from './marks.tsx';

export const Suggestions = ({
  suggestions,
  back,
}: {
  suggestions: readonly MergeSuggestion[];
  back: string;
}) => (
  <>
    <h3>{text().evidence.same.title}</h3>
    <ul class="undecided pairs">
      {suggestions.map(suggestion => (
        <Suggestion suggestion={suggestion} back={back} />
      ))}
    </ul>
  </>
);

const Suggestion = ({ suggestion, back }: { suggestion: MergeSuggestion; back: string }) => {
  const { id, into, from, reasons } = suggestion;
  const words = text().evidence.same;
  const pair = words.pair(labelOfSuggested(from), labelOfSuggested(into));
  return (
    <li id={`suggestion-${id}`}>
      <div class="who">
        <Side device={into} />
        <Side device={from} />
        <ul class="reasons">
          {reasons.map(reason => (
            <li>
              <bdi>{sentenceOf(reason, suggestion)}</bdi>
            </li>
          ))}
        </ul>
      </div>
      <ActionForm action={`/suggestions/${id}/answer`} back={back} class="decide">
        <button
          name="answer"
          value="merge"
          class="primary"
          aria-label={words.mergePair(pair)}
          title={words.mergeMeans}
        >
          {words.merge}
        </button>
        {(into.isRandomMac || from.isRandomMac) && (
          <button name="answer" value="always" aria-label={words.alwaysPair(pair)} title={words.alwaysMeans}>
            {words.always}
          </button>
        )}
        <button name="answer" value="no" aria-label={words.noPair(pair)} title={words.noMeans}>
          {words.no}
        </button>
      </ActionForm>
    </li>
  );
};

const Side = ({ device }: { device: SuggestedDevice }) => (
  <p class="side">
    <a href={`/devices/${device.id}`}>
      <bdi>{labelOfSuggested(device)}</bdi>
    </a>{' '}
    <StateTag state={device.state} /> <span class="mono muted">{device.mac}</span>
  </p>
);
