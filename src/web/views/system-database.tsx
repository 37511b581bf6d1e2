/** How large the database is and becomes, and how long what is kept. */
import { forecast, paceOf } from '../forecast.ts';
import { amount, listed, took } from '../times.ts';
import { text } from '../visit.ts';
import type { Frame } from './layout.tsx';
import { Facts } from './facts.tsx';
import type { SystemData } from './system-data.ts';
import { Moment } from './time.tsx';

/** Where neither the configuration nor a run says it: the defaults. */
const USUAL = { logDays: 30, historyDays: 400 } as const;

function keptOf({ info, runs }: SystemData): { logDays: number; historyDays: number } {
  const setting = (key: string) => {
    const value = info?.settings.find(one => one.section === 'retention' && one.key === key)?.value;
    return value == null || !/^\d+$/.test(value) ? undefined : Number(value);
  };
  return {
    logDays: setting('log_days') ?? runs[0]?.logDays ?? USUAL.logDays,
    historyDays: setting('history_days') ?? runs[0]?.historyDays ?? USUAL.historyDays,
  };
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** `12 MB`, `1.2 GB` */
function bytesWord(bytes: number): string {
  let size = Math.max(0, bytes);
  let unit = 0;
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit > 0 && size < 9.95 ? amount(size, 1) : amount(Math.round(size))} ${UNITS[unit]}`;
}

export const Sizes = ({ data, now }: { data: SystemData; now: Date }) => {
  const words = text().system.size;
  const bytes = data.database?.bytes ?? 0;
  const ahead = forecast(bytes, data.sizes, data.growing, keptOf(data), now);
  const pace = paceOf(data.runs);
  return (
    <section class="panel" aria-labelledby="size-title">
      <h2 id="size-title">{words.title}</h2>
      <Facts
        facts={[
          [words.now, bytesWord(bytes)],
          ...ahead.parts.map(
            part =>
              [
                words.growing[part.name],
                `${bytesWord(part.bytes)}, ${words.kept(Math.min(part.keptDays, part.ofDays), part.ofDays)}`,
              ] as const,
          ),
          [
            words.forecast,
            ahead.isSettled
              ? words.settled
              : ahead.thenBytes === null
                ? words.tooEarly
                : words.about(bytesWord(ahead.thenBytes)),
          ],
        ]}
      />
      {pace !== null && pace > 0 && <p class="hint panel-error">{words.pace(bytesWord(pace))}</p>}
      <details class="panel-fold">
        <summary>{words.tables(data.sizes.length)}</summary>
        <table class="log">
          <thead>
            <tr>
              <th scope="col">{words.table}</th>
              <th scope="col" class="number">
                {words.bytes}
              </th>
              <th scope="col" class="number">
                {words.rows}
              </th>
            </tr>
          </thead>
          <tbody>
            {data.sizes.map(({ name, bytes: size, rows }) => (
              <tr>
                <td class="mono">{name}</td>
                <td class="number">{bytesWord(size)}</td>
                <td class="number">{rows === null ? '–' : amount(Math.round(rows))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
};

export const Keep = ({ data, frame }: { data: SystemData; frame: Frame }) => {
  const words = text().system.keep;
  const { logDays, historyDays } = keptOf(data);
  const [last] = data.runs;
  return (
    <section class="panel" aria-labelledby="keep-title">
      <h2 id="keep-title">{words.title}</h2>
      <Facts
        facts={[
          [words.log, words.days(logDays)],
          [words.history, words.days(historyDays)],
          [
            words.last,
            last === undefined ? (
              words.never
            ) : (
              <>
                <Moment at={last.at} now={frame.now} /> ({took(last.tookMs)})
              </>
            ),
          ],
          ...(last === undefined ? [] : [[words.deleted, deletedWords(last.deleted)] as const]),
        ]}
      />
      <p class="hint panel-error">{words.change}</p>
    </section>
  );
};

function deletedWords(deleted: Readonly<Record<string, number>>): string {
  const { rows, nothing } = text().system.keep;
  const parts = (Object.keys(rows) as (keyof typeof rows)[])
    .filter(key => (deleted[key] ?? 0) > 0)
    .map(key => `${amount(deleted[key] ?? 0)} ${rows[key]}`);
  return parts.length === 0 ? nothing : listed(parts);
}
