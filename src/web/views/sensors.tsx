/** Scanners on other machines: who they are, adding one, giving one a new password, ending one. */
import type { Child } from 'hono/jsx';
import type { DatabaseAddress, Sensor } from '../../store/sensors.ts';
import { text } from '../visit.ts';
import { errorOf, Field } from './field.tsx';
import { ActionForm } from './forms.tsx';
import { HelpLink } from './help-link.tsx';
import { Page, type Frame } from './layout.tsx';
import { MarkIcon } from './marks.tsx';
import { ScanTabs } from './scan-tabs.tsx';
import { Ago, Moment } from './time.tsx';

export interface SensorsData {
  readonly sensors: readonly Sensor[];
  readonly address: DatabaseAddress;
  /** What was typed, when it could not be taken. */
  readonly form?: { readonly name: string; readonly error: string };
  /** The site may not do what was asked: the command that does it elsewhere. */
  readonly command?: string;
  readonly isAdmin: boolean;
}

const SensorPage = ({ frame, title, children }: { frame: Frame; title: string; children: Child }) => (
  <Page frame={frame} title={title} section="scans">
    <h1>
      {title} <HelpLink topic="sensors" />
    </h1>
    <ScanTabs current="sensors" />
    {children}
  </Page>
);

export const Sensors = ({ frame, data }: { frame: Frame; data: SensorsData }) => {
  const words = text().sensors;
  return (
    <SensorPage frame={frame} title={words.title}>
      <p class="note">{words.note}</p>
      {data.command !== undefined && (
        <div class="concern warn" role="alert">
          <MarkIcon mark="alert" />
          <div>
            <b>{words.cannot}.</b> {words.cannotText}
            <Code text={data.command} label={words.cannot} />
          </div>
        </div>
      )}
      <section class="panel wide" data-live="hold" id="sensors" aria-label={words.title}>
        {data.sensors.length === 0 ? (
          <p class="nothing">{words.none}</p>
        ) : (
          <SensorTable data={data} frame={frame} />
        )}
      </section>
      {data.isAdmin && (
        <section class="panel" aria-labelledby="add-title">
          <h2 id="add-title">{words.add}</h2>
          {!data.address.isReachable && <p class="panel-text warn">{words.unreachable}</p>}
          <ActionForm action="/sensors" back={frame.path} class="edit">
            <Field name="name" word={words.nameField} error={data.form?.error}>
              <input
                id="name"
                name="name"
                value={data.form?.name ?? ''}
                maxlength={80}
                required
                autocomplete="off"
                autocapitalize="none"
                spellcheck={false}
                {...errorOf('name', data.form?.error)}
              />
              <p class="hint">{words.nameHint}</p>
            </Field>
            <button class="primary">{words.addButton}</button>
          </ActionForm>
        </section>
      )}
    </SensorPage>
  );
};

const SensorTable = ({ data, frame }: { data: SensorsData; frame: Frame }) => {
  const words = text().sensors;
  return (
    <table class="log">
      <thead>
        <tr>
          <th scope="col">{words.name}</th>
          <th scope="col">{words.last}</th>
          <th scope="col" class="extra">
            {words.networks}
          </th>
          <th scope="col" class="extra">
            {words.passwordAt}
          </th>
          {data.isAdmin && <th scope="col"></th>}
        </tr>
      </thead>
      <tbody>
        {data.sensors.map(sensor => (
          <tr>
            <td>
              <span class="mono">{sensor.name}</span>
            </td>
            <td>
              <span class="state">
                <MarkIcon mark={sensor.silent ? 'alert' : sensor.lastReportAt === null ? 'gone' : 'here'} />{' '}
                {sensor.lastReportAt === null ? (
                  words.never
                ) : (
                  <Ago at={sensor.lastReportAt} now={frame.now} />
                )}
                {sensor.silent && <span class="bad"> {words.silent}</span>}
              </span>
            </td>
            <td class="extra mono">{sensor.networks.join(' ') || '–'}</td>
            <td class="extra">
              <Moment at={sensor.passwordAt} now={frame.now} />
            </td>
            {data.isAdmin && (
              <td>
                <div class="row-acts">
                  <ActionForm action={`/sensors/${sensor.name}/password`} back={frame.path}>
                    <button
                      class="small"
                      aria-label={words.newPasswordOf(sensor.name)}
                      title={words.newPasswordHint}
                    >
                      {words.newPassword}
                    </button>
                  </ActionForm>
                  <a
                    class="button"
                    href={`/sensors/${sensor.name}/revoke`}
                    aria-label={words.revokeOf(sensor.name)}
                  >
                    {words.revoke}
                  </a>
                </div>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
};

export interface MadeSensor {
  readonly name: string;
  readonly role: string;
  readonly password: string;
  readonly site: string;
  readonly isNew: boolean;
  readonly address: DatabaseAddress;
}

/** The one page that has the password. */
export const SensorMade = ({ frame, made }: { frame: Frame; made: MadeSensor }) => {
  const words = text().sensors;
  const { role, password, address } = made;
  const url = `postgres://${role}:${password}@HOST:${address.port}/${address.database}`;
  const secretFile = '/etc/netureon/database.url';
  return (
    <SensorPage frame={frame} title={made.isNew ? words.made(made.name) : words.changed(made.name)}>
      <section class="panel" aria-labelledby="password-title">
        <h2 id="password-title">{words.once}</h2>
        <Code text={password} label={words.once} />
      </section>
      <section class="panel" aria-labelledby="install-title">
        <h2 id="install-title">{words.install}</h2>
        {!address.isReachable && <p class="panel-text warn">{words.unreachable}</p>}
        <p class="panel-text">{words.installText}</p>
        <Code
          label={words.installText}
          text={`[site]\nname = "${made.site}"\n\n[database]\nurl_file = "${secretFile}"`}
        />
        <p class="panel-text">{words.passwordFile}</p>
        <Code
          label={words.passwordFile}
          text={`sudo install -m 600 -o netureon /dev/null ${secretFile}\nsudo tee ${secretFile} >/dev/null <<'URL'\n${url}\nURL`}
        />
        <p class="panel-text">{words.afterwards}</p>
        <Code
          label={words.afterwards}
          text={`netureon scan\nsudo systemctl enable --now netureon_scan.timer`}
        />
        <p class="panel-text">
          {words.host} {words.allow}
        </p>
      </section>
    </SensorPage>
  );
};

export const RevokeSensor = ({ frame, name }: { frame: Frame; name: string }) => {
  const words = text().sensors;
  return (
    <SensorPage frame={frame} title={words.revokeTitle(name)}>
      <section class="panel">
        <p class="panel-text">{words.revokeText}</p>
        <ActionForm action={`/sensors/${name}/revoke`} back="/sensors" class="edit">
          <div class="row-acts">
            <button class="danger">{words.revoke}</button>
            <a class="button" href="/sensors">
              {words.cancel}
            </a>
          </div>
        </ActionForm>
      </section>
    </SensorPage>
  );
};

const Code = ({ text: shown, label }: { text: string; label: string }) => (
  <pre class="code" tabindex={0} aria-label={label}>
    <code>{shown}</code>
  </pre>
);
