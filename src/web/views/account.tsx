/** One's own account: password, code, where one is signed in, and how the site looks. */
import { raw } from 'hono/html';
import { inert } from '../../lib/text.ts';
import type { OwnAccount } from '../../store/sign-in.ts';
import type { OwnSession, SessionUser } from '../../store/web-sessions.ts';
import { browserName } from '../browser-name.ts';
import { LANGUAGE_NAMES } from '../locale.ts';
import type { FieldErrors } from '../people-forms.ts';
import { LANGUAGES, text } from '../visit.ts';
import { errorOf, Field } from './field.tsx';
import { Page, type Frame } from './layout.tsx';
import { PasswordField, Said, TextField } from './people-field.tsx';
import { Ago } from './time.tsx';

export interface AccountData {
  readonly account: OwnAccount;
  readonly user: SessionUser;
  readonly sessions: readonly OwnSession[];
  readonly note?: string | undefined;
  readonly problem?: string | undefined;
  readonly errors?: FieldErrors;
  /** While it is being set up: for the telephone, as a picture and as text. */
  readonly key?: { readonly svg: string; readonly secret: string };
  /** The code was wrong: it is asked for again, and the key is not shown again. */
  readonly isConfirming?: boolean;
  /** Just made, to be written down. */
  readonly codes?: readonly string[];
  readonly typed?: { readonly language: string; readonly zone: string; readonly theme: string };
}

export const Account = ({ frame, data }: { frame: Frame; data: AccountData }) => {
  const { account: words, roles } = text().people;
  const { account, codes } = data;
  return (
    <Page frame={frame} title={words.title} section="none">
      <h1>{words.title}</h1>
      <p class="note">
        <bdi>{words.you(inert(account.name, 60), roles[account.role].name)}</bdi>
      </p>
      <Said problem={data.problem} note={data.note} />
      {codes !== undefined && <Codes codes={codes} />}
      <Preferences data={data} />
      {account.password === null ? <p>{words.byProxy}</p> : <Password errors={data.errors ?? {}} />}
      {account.password !== null && <Totp data={data} />}
      {data.sessions.length > 0 && <Sessions data={data} now={frame.now} />}
    </Page>
  );
};

const Preferences = ({ data }: { data: AccountData }) => {
  const { account: words } = text().people;
  const typed = data.typed ?? {
    language: data.user.language ?? '',
    zone: data.user.zone ?? '',
    theme: data.user.theme ?? '',
  };
  const zoneError = data.errors?.['zone'];
  return (
    <section class="panel" aria-labelledby="preferences">
      <h2 id="preferences">{words.preferences}</h2>
      <form method="post" action="/account/preferences" class="edit">
        <Field name="language" word={words.language} error={data.errors?.['language']}>
          <select id="language" name="language">
            <option value="">{words.asBrowser}</option>
            {LANGUAGES.map(one => (
              <option value={one} lang={one} selected={one === typed.language}>
                {LANGUAGE_NAMES[one]}
              </option>
            ))}
          </select>
        </Field>
        <Field name="zone" word={words.zone} error={zoneError}>
          <input
            id="zone"
            name="zone"
            value={typed.zone}
            maxlength={60}
            placeholder="Europe/Berlin"
            autocomplete="off"
            {...errorOf('zone', zoneError)}
          />
          <p class="hint">{words.zoneHint}</p>
        </Field>
        <Field name="theme-choice" word={words.theme} error={data.errors?.['theme']}>
          <select id="theme-choice" name="theme">
            {(['', 'light', 'dark'] as const).map(theme => (
              <option value={theme} selected={theme === typed.theme}>
                {theme === '' ? words.asBrowser : words[theme]}
              </option>
            ))}
          </select>
        </Field>
        <button class="primary">{words.save}</button>
      </form>
    </section>
  );
};

const Password = ({ errors }: { errors: FieldErrors }) => {
  const { account: words, fields } = text().people;
  return (
    <section class="panel" aria-labelledby="own-password">
      <h2 id="own-password">{words.password}</h2>
      <form method="post" action="/account/password" class="edit">
        <PasswordField name="old" word={fields.oldPassword} error={errors['old']} />
        <PasswordField
          name="password"
          word={fields.newPassword}
          isNew
          error={errors['password']}
          hint={words.passwordHint}
        />
        <PasswordField name="repeat" word={fields.repeat} isNew error={errors['repeat']} />
        <button>{words.changePassword}</button>
      </form>
    </section>
  );
};

const Totp = ({ data }: { data: AccountData }) => {
  const { account: words, fields } = text().people;
  const { account, key, errors = {}, isConfirming = false } = data;
  return (
    <section class="panel" aria-labelledby="totp">
      <h2 id="totp">{words.totp}</h2>
      {account.totpAt === null && key === undefined && !isConfirming && (
        <form method="post" action="/account/totp/begin" class="edit">
          <p>{words.totpIntro}</p>
          <PasswordField name="old" id="totp-old" word={fields.oldPassword} error={errors['totp-old']} />
          <button>{words.totpBegin}</button>
        </form>
      )}
      {(key !== undefined || isConfirming) && (
        <form method="post" action="/account/totp/confirm" class="edit">
          {key !== undefined && (
            <>
              <p>{words.totpScan}</p>
              <div class="qr" role="img" aria-label={words.totpQr}>
                {raw(key.svg)}
              </div>
              <p>
                {words.totpKey}: <code class="totp-key">{key.secret.match(/.{1,4}/g)?.join(' ')}</code>
              </p>
            </>
          )}
          <TextField
            name="code"
            word={fields.code}
            autocomplete="one-time-code"
            inputmode="numeric"
            error={errors['code']}
            focus
          />
          <button class="primary">{words.totpConfirm}</button>
        </form>
      )}
      {account.totpAt !== null && (
        <>
          <p class="panel-text">{words.totpOn(account.recoveryCodes)}</p>
          <form method="post" action="/account/totp/off" class="edit">
            <PasswordField name="old" id="totp-old" word={fields.oldPassword} error={errors['totp-old']} />
            <TextField
              name="code"
              id="totp-code"
              word={fields.code}
              hint={words.totpCodeHint}
              autocomplete="one-time-code"
              error={errors['totp-code']}
            />
            <div class="user-buttons">
              <button formaction="/account/totp/codes">{words.newCodes}</button>
              <button class="danger">{words.totpOff}</button>
            </div>
          </form>
        </>
      )}
    </section>
  );
};

const Codes = ({ codes }: { codes: readonly string[] }) => (
  <section class="panel" aria-labelledby="codes">
    <h2 id="codes">{text().people.account.codes}</h2>
    <p class="panel-text">{text().people.account.codesIntro}</p>
    <ul class="recovery">
      {codes.map(code => (
        <li>
          <code>{code}</code>
        </li>
      ))}
    </ul>
  </section>
);

const Sessions = ({ data, now }: { data: AccountData; now: Date }) => {
  const { account: words } = text().people;
  return (
    <section class="panel" aria-labelledby="sessions">
      <h2 id="sessions">{words.sessions}</h2>
      <ul class="user-list">
        {data.sessions.map(({ id, agent, address, createdAt, seenAt }) => {
          const { browser, system } = browserName(agent);
          const known = browser ?? words.unknownBrowser;
          const where = system === null ? known : words.on(known, system);
          return (
            <li>
              <p class="user-line">
                <strong title={inert(agent, 300)}>{where}</strong>{' '}
                {address !== null && <span class="mono">{address}</span>}
                {id === data.user.sessionId && <span class="tag">{words.sessionHere}</span>}
              </p>
              <p class="muted">
                {words.since} <Ago at={createdAt} now={now} />, {words.lastUsed} <Ago at={seenAt} now={now} />
              </p>
              {id !== data.user.sessionId && (
                <form method="post" action={`/account/sessions/${id}/end`}>
                  <button aria-label={words.sessionEndOf(where)}>{words.sessionEnd}</button>
                </form>
              )}
            </li>
          );
        })}
      </ul>
      {data.sessions.length > 1 && (
        <form method="post" action="/account/sessions/others/end" class="panel-text">
          <button>{words.sessionsEnd}</button>
        </form>
      )}
    </section>
  );
};
