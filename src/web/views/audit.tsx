/** The audit log: filters, and each change as what was and what became of it. */
import { inert } from '../../lib/text.ts';
import { AUDIT_VIAS, AUDITED_TABLES, type AuditedTable, type AuditEntry } from '../../store/audit.ts';
import type { AuditFilter, ReadAuditQuery } from '../schema/audit-query.ts';
import { text } from '../visit.ts';
import { errorOf, Field } from './field.tsx';
import { Page, type Frame } from './layout.tsx';
import { Moment } from './time.tsx';

export interface AuditData extends Pick<ReadAuditQuery, 'typed' | 'errors'> {
  readonly rows: readonly AuditEntry[];
  /** Address of the page after, with the filters. */
  readonly next: string | null;
  readonly isFirst: boolean;
  readonly actors: readonly string[];
  readonly csv: string;
}

export const Audit = ({ frame, data }: { frame: Frame; data: AuditData }) => {
  const { rows, next, isFirst, typed, csv } = data;
  const isFiltered = Object.keys(typed).some(name => name !== 'before');
  return (
    <Page frame={frame} title={text().audit.title} section="none">
      <h1>{text().audit.title}</h1>
      <p class="note">{text().audit.intro}</p>
      <Filters data={data} />
      {rows.length === 0 ? (
        <p class="empty">{isFiltered ? text().audit.emptyFiltered : text().audit.empty}</p>
      ) : (
        <div class="table-scroll" tabindex={0} role="region" aria-label={text().audit.title}>
          <table class="audit">
            <thead>
              <tr>
                <th scope="col">{text().audit.at}</th>
                <th scope="col">{text().audit.who}</th>
                <th scope="col">{text().audit.what}</th>
                <th scope="col">{text().audit.difference}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(entry => (
                <Entry entry={entry} now={frame.now} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <nav class="pager" aria-label={text().audit.older}>
        {!isFirst && <a href={pathWithout(frame.path, 'before')}>{text().audit.newest}</a>}
        {next !== null && <a href={next}>{text().audit.older}</a>}
        <a href={csv} download>
          {text().audit.download}
        </a>
      </nav>
    </Page>
  );
};

const Filters = ({ data: { typed, errors, actors } }: { data: AuditData }) => {
  const words = text().audit;
  const choice = (name: AuditFilter, any: string, options: readonly (readonly [string, string])[]) => (
    <select id={name} name={name} {...errorOf(name, errors[name])}>
      <option value="">{any}</option>
      {options.map(([value, word]) => (
        <option value={value} selected={typed[name] === value}>
          {word}
        </option>
      ))}
    </select>
  );
  const input = (name: AuditFilter, type: string) => (
    <input id={name} name={name} type={type} value={typed[name] ?? ''} {...errorOf(name, errors[name])} />
  );
  return (
    <form class="audit-filters" action="/audit" role="search">
      <Field name="actor" word={words.who} error={errors.actor}>
        {choice(
          'actor',
          words.everybody,
          actors.map(actor => [actor, inert(actor, 100)] as const),
        )}
      </Field>
      <Field name="via" word={words.via} error={errors.via}>
        {choice(
          'via',
          words.anywhere,
          AUDIT_VIAS.map(via => [via, words.vias[via]] as const),
        )}
      </Field>
      <Field name="table" word={words.what} error={errors.table}>
        {choice(
          'table',
          words.everything,
          AUDITED_TABLES.map(table => [table, words.tables[table]] as const),
        )}
      </Field>
      <Field name="device" word={words.device} error={errors.device}>
        {input('device', 'text')}
      </Field>
      <Field name="from" word={words.from} error={errors.from}>
        {input('from', 'datetime-local')}
      </Field>
      <Field name="to" word={words.to} error={errors.to}>
        {input('to', 'datetime-local')}
      </Field>
      {typed.row !== undefined && <input type="hidden" name="row" value={typed.row} />}
      <button class="primary">{words.filter}</button>
    </form>
  );
};

const Entry = ({ entry, now }: { entry: AuditEntry; now: Date }) => {
  const { at, actor, via, what, table, rowId, before, after } = entry;
  const words = text().audit;
  const columns = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return (
    <tr>
      <td>
        <Moment at={at} now={now} seconds />
      </td>
      <td>
        <bdi>{inert(actor, 100)}</bdi> <span class="hint">{words.vias[via]}</span>
      </td>
      <td>
        <Subject entry={entry} /> {words.acts[what]}
        <span hidden>{`${table} ${rowId}`}</span>
      </td>
      <td>
        <dl class="difference">
          {columns.map(column => (
            <div>
              <dt>{column}</dt>
              <dd>
                {before !== null && <del>{shown(before[column])}</del>}
                {before !== null && after !== null && ' → '}
                {after !== null && <ins>{shown(after[column])}</ins>}
              </dd>
            </div>
          ))}
        </dl>
      </td>
    </tr>
  );
};

/** Pages of single rows, where there are any. */
const PAGES: Readonly<Partial<Record<AuditedTable, string>>> = {
  devices: '/devices/',
  alerts: '/alerts/',
  rules: '/rules/',
};

const Subject = ({ entry: { table, rowId, deviceId, device, before, after } }: { entry: AuditEntry }) => {
  const known = AUDITED_TABLES.find(name => name === table);
  const word = known === undefined ? table : text().audit.tables[known];
  // Those that have a name are known by it; a change tells the name only where it is what changed.
  const called = table === 'devices' ? device : (after?.['name'] ?? before?.['name']);
  const name =
    typeof called === 'string' && called !== ''
      ? `${word} ${inert(called, 60)}`
      : text().audit.row(word, rowId);
  const page = known === undefined ? undefined : PAGES[known];
  return (
    <>
      {page === undefined ? name : <a href={`${page}${encodeURIComponent(rowId)}`}>{name}</a>}
      {table !== 'devices' && deviceId !== null && (
        <>
          {' ('}
          <a href={`/devices/${deviceId}`}>
            {inert(device ?? text().audit.row(text().audit.tables.devices, String(deviceId)), 60)}
          </a>
          {')'}
        </>
      )}
    </>
  );
};

/** A value of a column, for people. Names in it come from strangers. */
function shown(value: unknown): string {
  const words = text().audit;
  if (value === null || value === undefined || value === '') return words.nothing;
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value === 'string') return inert(value, 300);
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value))
    return value.length === 0 ? words.nothing : inert(value.map(String).join(', '), 300);
  return inert(JSON.stringify(value), 300);
}

function pathWithout(path: string, name: string): string {
  const url = new URL(path, 'http://site.invalid');
  url.searchParams.delete(name);
  return url.pathname + url.search;
}
