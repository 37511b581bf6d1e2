/** The system itself. */
import { inert } from '../../lib/text.ts';
import { formatAt, took } from '../times.ts';
import { text } from '../visit.ts';
import { errorOf, Field } from './field.tsx';
import { ActionForm } from './forms.tsx';
import { HelpLink } from './help-link.tsx';
import { Page, type Frame } from './layout.tsx';
import { MarkIcon } from './marks.tsx';
import { Facts } from './facts.tsx';
import type { SystemData } from './system-data.ts';
import { Keep, Sizes } from './system-database.tsx';
import { LogTail, Settings } from './system-log.tsx';
import { Ago, Moment } from './time.tsx';

export const System = ({ frame, data }: { frame: Frame; data: SystemData }) => (
  <Page frame={frame} title={text().system.title} section="none">
    <h1>
      {text().system.title} <HelpLink topic="system" />
    </h1>
    <Services data={data} frame={frame} />
    <div class="columns">
      <Versions data={data} frame={frame} />
      <Clocks data={data} frame={frame} />
    </div>
    <div class="columns">
      <Sizes data={data} now={frame.now} />
      <Keep data={data} frame={frame} />
    </div>
    <LogTail data={data} frame={frame} />
    <Settings info={data.info} />
    <Migrations data={data} frame={frame} />
  </Page>
);

interface PartProps {
  data: SystemData;
  frame: Frame;
}

const Versions = ({ data, frame }: PartProps) => {
  const words = text().system;
  const latest = data.migrations[0];
  return (
    <section class="panel" aria-labelledby="versions-title">
      <h2 id="versions-title">{words.versions}</h2>
      <Facts
        facts={[
          ['netureon', data.version],
          [words.node, data.info?.node ?? words.unknown],
          [words.database, data.database?.version ?? words.unknown],
          [
            words.schema,
            latest === undefined
              ? words.unknown
              : words.schemaIs(latest.version, formatAt(latest.at, 'dateYear')),
          ],
          [
            words.running,
            data.info === undefined ? words.unknown : <Moment at={data.info.startedAt} now={frame.now} />,
          ],
        ]}
      />
      <p class="hint panel-error">{words.upToDate}</p>
    </section>
  );
};

const STATES = { running: 'here', silent: 'alert', stopped: 'gone', never: 'gone' } as const;

const Services = ({ data, frame }: PartProps) => {
  const words = text().system.services;
  return (
    <section class="panel wide" data-live id="services" aria-labelledby="services-title">
      <h2 id="services-title">{words.title}</h2>
      <table class="log">
        <thead>
          <tr>
            <th scope="col">{words.name}</th>
            <th scope="col">{words.state}</th>
            <th scope="col">{words.seen}</th>
            <th scope="col" class="extra">
              {words.since}
            </th>
            <th scope="col" class="extra">
              {words.version}
            </th>
          </tr>
        </thead>
        <tbody>
          {data.services.map(({ name, state, seenAt, startedAt, version }) => (
            <tr>
              <td>{words.names[name]}</td>
              <td>
                <span class="state">
                  <MarkIcon mark={STATES[state]} /> {words.states[state]}
                </span>
              </td>
              <td>{seenAt === null ? '–' : <Ago at={seenAt} now={frame.now} />}</td>
              <td class="extra">{startedAt === null ? '–' : <Moment at={startedAt} now={frame.now} />}</td>
              <td class="extra">{version === null ? '–' : inert(version, 40)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
};

/** Below this nobody could tell. */
const SAME_MS = 1000;

const Clocks = ({ data, frame }: PartProps) => {
  const words = text().system;
  const off = Math.abs(data.skewMs) - data.skewExactMs;
  const by = took(Math.round(Math.abs(data.skewMs)));
  const configured = data.info?.settings.find(
    ({ section, key }) => section === 'site' && key === 'time_zone',
  );
  const typed = data.zoneForm;
  return (
    <section class="panel" aria-labelledby="clock-title">
      <h2 id="clock-title">{words.clock.title}</h2>
      <p class={off < SAME_MS ? 'panel-text' : 'panel-text warn'}>
        {off < SAME_MS ? words.clock.same : data.skewMs > 0 ? words.clock.ahead(by) : words.clock.behind(by)}{' '}
        <span class="muted">({words.clock.exact(took(Math.ceil(data.skewExactMs)))})</span>
      </p>
      {off >= SAME_MS && <p class="hint panel-error">{words.clock.text}</p>}
      <h3>{words.zone.title}</h3>
      <ActionForm action="/system/time-zone" back={frame.path} class="edit">
        <Field name="zone" word={words.zone.field} error={typed?.error}>
          <input
            id="zone"
            name="zone"
            value={typed?.zone ?? data.database?.timeZone ?? 'UTC'}
            list="zones"
            maxlength={64}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            {...errorOf('zone', typed?.error)}
          />
          <datalist id="zones">
            {Intl.supportedValuesOf('timeZone').map(zone => (
              <option value={zone}></option>
            ))}
          </datalist>
          <p class="hint">
            {words.zone.hint}{' '}
            {configured?.source != null
              ? words.zone.configured(configured.source)
              : data.database?.timeZoneBy != null &&
                words.zone.chosenBy(inert(data.database.timeZoneBy, 120))}
          </p>
        </Field>
        <button>{words.zone.save}</button>
      </ActionForm>
    </section>
  );
};

const Migrations = ({ data, frame }: PartProps) => {
  const words = text().system;
  return (
    <section class="panel wide" aria-labelledby="migrations-title">
      <details class="panel-fold">
        <summary>
          <h2 id="migrations-title">{words.migrations}</h2>
        </summary>
        <table class="log">
          <thead>
            <tr>
              <th scope="col">{words.migration}</th>
              <th scope="col">{words.applied}</th>
            </tr>
          </thead>
          <tbody>
            {data.migrations.map(({ version, name, at }) => (
              <tr>
                <td class="mono">{`${String(version).padStart(6, '0')} ${inert(name, 80)}`}</td>
                <td>
                  <Moment at={at} now={frame.now} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
};
