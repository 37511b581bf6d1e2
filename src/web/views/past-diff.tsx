/** Two minutes side by side, and the form that asks for the second. */
import { inert } from '../../lib/text.ts';
import type { PastChange } from '../../store/past-diff.ts';
import { pastHref } from '../past-address.ts';
import type { PastData } from '../past-page.ts';
import { localMinute } from '../past-time.ts';
import { text } from '../visit.ts';
import { labelOf } from '../words.ts';
import { errorOf } from './field.tsx';
import { MarkIcon } from './marks.tsx';
import { Kept } from './past-kept.tsx';
import { Moment } from './time.tsx';

const KINDS = ['came', 'went', 'changed'] as const;
const MARKS = { came: 'here', went: 'gone', changed: 'known' } as const;

export const CompareForm = ({ data }: { data: PastData }) => {
  const { past } = text();
  const error = data.asked.errors.vs;
  return (
    <form class="past-field" action="/past" id="past-compare">
      <Kept data={data} without={['vs']} />
      <label for="vs">{past.compare}</label>
      <input
        id="vs"
        name="vs"
        type={data.asked.typed.vs === null ? 'datetime-local' : 'text'}
        value={data.asked.typed.vs ?? (data.asked.vs === null ? '' : localMinute(data.asked.vs, data.zone))}
        max={localMinute(data.now, data.zone)}
        autocomplete="off"
        required
        {...errorOf('vs', error)}
      />
      <button>{past.compareButton}</button>
      {data.asked.vs !== null && <a href={pastHref(data, { vs: null })}>{past.compareStop}</a>}
      {error !== undefined && (
        <p class="field-error" id="vs-error">
          {error}
        </p>
      )}
    </form>
  );
};

export const PastDifferences = ({ data, diff }: { data: PastData; diff: NonNullable<PastData['diff']> }) => {
  const { past } = text();
  const { counts, rows, from, to } = diff;
  return (
    <section class="panel wide past-diff" id="past-diff" aria-labelledby="past-diff-title">
      <h2 id="past-diff-title">
        {past.compareOf} <Moment at={from} now={data.now} /> {past.and} <Moment at={to} now={data.now} />
      </h2>
      {counts.came + counts.went + counts.changed === 0 && <p class="nothing">{past.same}</p>}
      {KINDS.filter(kind => counts[kind] > 0).map(kind => {
        const shown = rows.filter(row => row.kind === kind);
        return (
          <>
            <h3>{past.heads[kind](counts[kind])}</h3>
            <ul class="past-changes">
              {shown.map(change => (
                <Change change={change} />
              ))}
            </ul>
            {shown.length < counts[kind] && <p class="more muted">{past.listedOf(shown.length)}</p>}
          </>
        );
      })}
      {counts.unknown > 0 && <p class="note unlooked-line">{past.cannot(counts.unknown)}</p>}
    </section>
  );
};

const Change = ({ change }: { change: PastChange }) => {
  const { earlier, later } = change;
  const label = labelOf({ ...change, name: later.name ?? earlier.name });
  return (
    <li>
      <MarkIcon mark={MARKS[change.kind]} />
      <a href={`/devices/${change.id}`}>
        <bdi>{label}</bdi>
      </a>
      {change.kind !== 'changed' ? (
        <span class="mono">{change.kind === 'came' ? later.ip : earlier.ip}</span>
      ) : (
        <span>{differencesOf(change).join(', ')}</span>
      )}
    </li>
  );
};

/** `from 192.168.1.9 to 192.168.1.12` */
function differencesOf({ earlier, later }: PastChange): string[] {
  const { past, words } = text();
  const pairs = [
    [earlier.ip, later.ip],
    [earlier.mac, later.mac],
    [earlier.name ?? past.unnamed, later.name ?? past.unnamed],
    [earlier.decision && words.state[earlier.decision], later.decision && words.state[later.decision]],
  ] as const;
  return pairs
    .filter(([a, b]) => a !== b && a !== null && b !== null)
    .map(([a, b]) => `${past.from} ${inert(a ?? '', 80)} ${past.to} ${inert(b ?? '', 80)}`);
}
