/** Import and export: a file out, and a file in, with what each of its lines would change before anything is changed. */
import { inert } from '../../lib/text.ts';
import type { ImportDone } from '../../store/imports.ts';
import type { Plan, PlannedLine, Verdict } from '../import-plan.ts';
import { text } from '../visit.ts';
import { errorOf, Field } from './field.tsx';
import { ActionForm } from './forms.tsx';
import { Page, type Frame } from './layout.tsx';
import { SectionTabs } from './section-tabs.tsx';
import { Moment } from './time.tsx';

export interface ImportData {
  readonly imports: readonly ImportDone[];
  readonly make: boolean;
  /** What was sent, to be sent again with the decision to apply it. */
  readonly content: string;
  readonly plan?: Plan;
  readonly ignored?: readonly string[];
  /** Why the file could not be read. */
  readonly error?: string;
  readonly note?: string;
}

/** More would be a page that nobody reads; wrong lines come first. */
const MOST_SHOWN = 300;

export const Import = ({ frame, data }: { frame: Frame; data: ImportData }) => (
  <Page frame={frame} title={text().transfer.title} section="devices">
    <h1>{text().transfer.title}</h1>
    <SectionTabs of="devices" current="import" />
    <p class="note">{text().transfer.intro}</p>
    {data.note !== undefined && (
      <p class="note" role="status">
        {data.note}
      </p>
    )}
    {data.plan !== undefined && <Report data={data} plan={data.plan} />}
    <section class="panel boxed" aria-labelledby="import-title">
      <h2 id="import-title">{text().transfer.import}</h2>
      <form method="post" action="/import" enctype="multipart/form-data" class="edit">
        <Field name="file" word={text().transfer.file} error={data.error}>
          <input
            id="file"
            name="file"
            type="file"
            accept=".csv,.json,text/csv,application/json"
            {...errorOf('file', data.error)}
          />
        </Field>
        <Field name="text" word={text().transfer.paste} error={undefined}>
          <textarea id="text" name="text" rows={6} spellcheck={false} class="mono">
            {data.plan === undefined ? data.content : ''}
          </textarea>
        </Field>
        <p class="hint">{text().transfer.pasteHint}</p>
        <label class="check">
          <input type="checkbox" name="make" value="yes" checked={data.make} /> {text().transfer.make}
        </label>
        <button class="primary">{text().transfer.look}</button>
      </form>
    </section>
    <section class="panel boxed" aria-labelledby="export-title">
      <h2 id="export-title">{text().transfer.export}</h2>
      <p>{text().transfer.exportIntro}</p>
      <ul>
        <li>
          <a href="/export?format=csv" download>
            {text().transfer.csv}
          </a>
        </li>
        <li>
          <a href="/export?format=json" download>
            {text().transfer.json}
          </a>
        </li>
      </ul>
    </section>
    <Done imports={data.imports} frame={frame} />
  </Page>
);

const ORDER: readonly Verdict[] = ['wrong', 'change', 'make', 'unknown', 'same'];

const Report = ({ data, plan }: { data: ImportData; plan: Plan }) => {
  const words = text().transfer;
  const told = plan.lines
    .filter(({ verdict }) => verdict !== 'same')
    .toSorted((a, b) => Number(b.verdict === 'wrong') - Number(a.verdict === 'wrong') || a.line - b.line);
  const shown = told.slice(0, MOST_SHOWN);
  const changes = plan.apply.length;
  return (
    <section class="panel wide boxed" aria-labelledby="report-title">
      <h2 id="report-title">{words.report}</h2>
      <ul class="import-counts">
        {ORDER.filter(verdict => plan.counts[verdict] > 0).map(verdict => (
          <li class={`verdict-${verdict}`}>{words.counts[verdict](plan.counts[verdict])}</li>
        ))}
      </ul>
      {data.ignored !== undefined && data.ignored.length > 0 && (
        <p class="note">{words.ignored(data.ignored.map(name => inert(name, 60)).join(', '))}</p>
      )}
      {plan.counts.wrong > 0 ? (
        <p class="field-error" role="alert">
          {words.wrongFirst}
        </p>
      ) : changes === 0 ? (
        <p>{words.nothing}</p>
      ) : (
        <form method="post" action="/import" enctype="multipart/form-data" class="action">
          <input type="hidden" name="step" value="apply" />
          <input type="hidden" name="seen" value={plan.proof} />
          {data.make && <input type="hidden" name="make" value="yes" />}
          <textarea name="text" hidden readonly aria-hidden="true">
            {data.content}
          </textarea>
          <button class="primary">{words.apply(changes)}</button>
        </form>
      )}
      {shown.length < told.length && <p class="note">{words.shortened(shown.length, told.length)}</p>}
      {shown.length > 0 && (
        <div class="table-scroll" tabindex={0} role="region" aria-label={words.report}>
          <table class="import-report">
            <thead>
              <tr>
                <th scope="col">{words.columns.line}</th>
                <th scope="col">{words.columns.device}</th>
                <th scope="col">{words.columns.what}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(line => (
                <Line line={line} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
};

const Line = ({ line: { line, verdict, device, label, changes, problems } }: { line: PlannedLine }) => {
  const words = text().transfer;
  return (
    <tr class={`verdict-${verdict}`}>
      <td>{line}</td>
      <td>{device === null ? <bdi>{label}</bdi> : <a href={`/devices/${device}`}>{label}</a>}</td>
      <td>
        {words.verdicts[verdict]}
        <dl class="difference">
          {problems.map(({ field, problem }) => (
            <div>
              <dt>{words.fields[field]}</dt>
              <dd class="field-error">{inert(problem, 300)}</dd>
            </div>
          ))}
          {verdict !== 'wrong' &&
            changes.map(({ field, from, to }) => (
              <div>
                <dt>{words.fields[field]}</dt>
                <dd>
                  <del>{from === '' ? words.none : inert(from, 200)}</del> →{' '}
                  <ins>{to === '' ? words.none : inert(to, 200)}</ins>
                </dd>
              </div>
            ))}
        </dl>
      </td>
    </tr>
  );
};

const Done = ({ imports, frame }: { imports: readonly ImportDone[]; frame: Frame }) => {
  const words = text().transfer.done;
  return (
    <section class="panel boxed" aria-labelledby="imports-title">
      <h2 id="imports-title">{words.title}</h2>
      {imports.length === 0 ? (
        <p class="empty">{words.empty}</p>
      ) : (
        <ul class="imports">
          {imports.map(({ id, at, actor, lines, made, undoneAt, undoneBy }) => (
            <li>
              <Moment at={at} now={frame.now} /> <bdi>{inert(actor, 100)}</bdi>: {words.line(lines, made)}{' '}
              {undoneAt === null ? (
                <ActionForm action={`/imports/${id}/undo`} back="/import">
                  <button>{words.undo}</button>
                </ActionForm>
              ) : (
                <span class="hint">{words.undone(inert(undoneBy ?? '', 100))}</span>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
};
