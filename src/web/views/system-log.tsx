/** What the services complained about, and how this process was set up. All of it may hold what a stranger sent: inert. */
import { inert } from '../../lib/text.ts';
import { LOGGED_SERVICES } from '../../store/service-log.ts';
import type { SystemInfo } from '../system-info.ts';
import { text } from '../visit.ts';
import { errorOf, Field } from './field.tsx';
import type { Frame } from './layout.tsx';
import { MarkIcon } from './marks.tsx';
import type { SystemData } from './system-data.ts';
import { Moment } from './time.tsx';

const LINE = 2000;

export const LogTail = ({ data, frame }: { data: SystemData; frame: Frame }) => {
  const words = text().system.log;
  const wrong = data.serviceIsWrong ? words.wrong : undefined;
  const recent = data.info?.recent() ?? [];
  return (
    <section class="panel wide" id="log" aria-labelledby="log-title">
      <h2 id="log-title">{words.title}</h2>
      <p class="hint panel-error">{words.text}</p>
      <form class="scan-filters" action="/system">
        <Field name="service" word={words.service} error={wrong}>
          <select id="service" name="service" {...errorOf('service', wrong)}>
            <option value="">{words.all}</option>
            {LOGGED_SERVICES.map(service => (
              <option value={service} selected={service === data.log.service}>
                {words.names[service]}
              </option>
            ))}
          </select>
        </Field>
        <button>{text().words.show}</button>
      </form>
      {data.log.lines.length === 0 ? (
        <p class="nothing">{words.nothing}</p>
      ) : (
        <table class="log lines">
          <thead>
            <tr>
              <th scope="col">{words.when}</th>
              <th scope="col">{words.service}</th>
              <th scope="col">{words.level}</th>
              <th scope="col">{words.line}</th>
            </tr>
          </thead>
          <tbody>
            {data.log.lines.map(({ lastAt, service, level, times, line }) => (
              <tr>
                <td>
                  <Moment at={lastAt} now={frame.now} seconds />
                </td>
                <td>{words.names[service]}</td>
                <td>
                  <Level level={level} />
                </td>
                <td>
                  {times > 1 && <span class="tag">{words.times(times)}</span>}{' '}
                  <span class="mono line">{inert(line, LINE)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <details class="panel-fold">
        <summary>{words.own}</summary>
        {recent.length === 0 ? (
          <p class="nothing">{words.ownNothing}</p>
        ) : (
          <table class="log lines">
            <thead>
              <tr>
                <th scope="col">{words.when}</th>
                <th scope="col">{words.level}</th>
                <th scope="col">{words.line}</th>
              </tr>
            </thead>
            <tbody>
              {recent.map(({ at, level, line }) => (
                <tr>
                  <td>
                    <Moment at={at} now={frame.now} seconds />
                  </td>
                  <td>
                    <Level level={level} />
                  </td>
                  <td>
                    <span class="mono line">{inert(line, LINE)}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </details>
    </section>
  );
};

const Level = ({ level }: { level: 'debug' | 'info' | 'warn' | 'error' }) => (
  <span class={`state ${level === 'error' ? 'bad' : level === 'warn' ? 'warn' : 'muted'}`}>
    {(level === 'error' || level === 'warn') && <MarkIcon mark="alert" />} {text().system.log.levels[level]}
  </span>
);

export const Settings = ({ info }: { info: SystemInfo | undefined }) => {
  const words = text().system.settings;
  return (
    <section class="panel wide" aria-labelledby="settings-title">
      <h2 id="settings-title">{words.title}</h2>
      {info === undefined ? (
        <p class="nothing">{words.unknown}</p>
      ) : (
        <>
          <p class="hint panel-error">{words.text}</p>
          <table class="log settings">
            <thead>
              <tr>
                <th scope="col">{words.name}</th>
                <th scope="col">{words.value}</th>
                <th scope="col" class="extra">
                  {words.source}
                </th>
              </tr>
            </thead>
            <tbody>
              {info.settings.map(({ section, key, value, source, isSecret, help }) => (
                <tr>
                  <td class="mono" title={help}>{`[${section}] ${key}`}</td>
                  <td>
                    {value === null ? (
                      <span class="muted">{words.none}</span>
                    ) : (
                      <span class="mono line">{inert(value, 600)}</span>
                    )}
                    {isSecret && value !== null && <span class="tag">{words.secret}</span>}
                  </td>
                  <td class="extra">{source === null ? words.byDefault : inert(source, 300)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  );
};
