/** API keys: making one, seeing it once, and ending it. */
import { inert } from '../../lib/text.ts';
import { TOKEN_SCOPES, type ApiToken, type TokenScope } from '../../store/api-tokens.ts';
import { TERMS } from '../schema/key.ts';
import { text } from '../visit.ts';
import { errorOf, Field } from './field.tsx';
import { Page, type Frame } from './layout.tsx';
import { PasswordField } from './people-field.tsx';
import { Moment } from './time.tsx';

export interface KeysData {
  readonly keys: readonly ApiToken[];
  /** Whose are shown; null: everybody's. */
  readonly isAll: boolean;
  /** May see those of others. */
  readonly isAdmin: boolean;
  /** What the visitor's role may give. */
  readonly scopes: readonly TokenScope[];
  /** Undefined: keys cannot be made, for the visitor is no user. */
  readonly canMake: boolean;
  /** Whether the visitor says the own password for it. */
  readonly needsPassword: boolean;
  /** Just made: shown now and never again. */
  readonly made?: { readonly token: string; readonly url: string };
  readonly form?: {
    readonly name: string;
    readonly scopes: readonly string[];
    readonly term: string;
    readonly errors: Readonly<Partial<Record<'name' | 'scopes' | 'term' | 'old' | 'form', string>>>;
  };
}

export const Keys = ({ frame, data }: { frame: Frame; data: KeysData }) => (
  <Page frame={frame} title={text().keys.title} section="none">
    <h1>{text().keys.title}</h1>
    <p class="note">
      {text().keys.intro} <a href="/api/v1/openapi.json">{text().keys.document}</a>
    </p>
    {data.made !== undefined && <MadeKey {...data.made} />}
    {data.canMake ? <NewKey frame={frame} data={data} /> : <p class="note">{text().keys.noUser}</p>}
    {data.isAdmin && (
      <nav class="pager" aria-label={text().keys.title}>
        <a href="/keys" aria-current={data.isAll ? undefined : 'page'}>
          {text().keys.mine}
        </a>
        <a href="/keys?whose=all" aria-current={data.isAll ? 'page' : undefined}>
          {text().keys.all}
        </a>
      </nav>
    )}
    {data.keys.length === 0 ? (
      <p class="empty">{text().keys.empty}</p>
    ) : (
      <KeyTable data={data} now={frame.now} />
    )}
  </Page>
);

const MadeKey = ({ token, url }: { token: string; url: string }) => (
  <section class="panel boxed made-key" aria-labelledby="made-key">
    <h2 id="made-key">{text().keys.made}</h2>
    <p>
      <input class="mono" readonly value={token} aria-label={text().keys.made} />
    </p>
    <p>{text().keys.use}</p>
    <pre tabindex={0} aria-label={text().keys.use}>
      <code>{`curl -H 'Authorization: Bearer ${token}' ${url}/api/v1/me`}</code>
    </pre>
  </section>
);

const NewKey = ({
  frame,
  data: { scopes, form, isAll, needsPassword },
}: {
  frame: Frame;
  data: KeysData;
}) => (
  <section class="panel boxed" aria-labelledby="new-key">
    <h2 id="new-key">{text().keys.add}</h2>
    <form method="post" action="/keys" class="edit">
      <input type="hidden" name="back" value={frame.path} />
      {isAll && <input type="hidden" name="whose" value="all" />}
      {form?.errors.form !== undefined && (
        <p class="field-error" role="alert">
          {inert(form.errors.form, 300)}
        </p>
      )}
      <Field name="name" word={text().keys.name} error={form?.errors.name}>
        <input
          id="name"
          name="name"
          value={form?.name ?? ''}
          maxlength={60}
          autocomplete="off"
          required
          {...errorOf('name', form?.errors.name)}
        />
      </Field>
      <fieldset class="scopes" {...errorOf('scopes', form?.errors.scopes)}>
        <legend>{text().keys.scopes}</legend>
        {TOKEN_SCOPES.filter(scope => scopes.includes(scope)).map(scope => (
          <label>
            <input
              type="checkbox"
              name="scopes"
              value={scope}
              checked={form === undefined ? scope === 'read' : form.scopes.includes(scope)}
            />{' '}
            {text().keys.scopeWords[scope]}
          </label>
        ))}
        {form?.errors.scopes !== undefined && (
          <p class="field-error" id="scopes-error">
            {form.errors.scopes}
          </p>
        )}
      </fieldset>
      <Field name="term" word={text().keys.expires} error={form?.errors.term}>
        <select id="term" name="term" {...errorOf('term', form?.errors.term)}>
          {TERMS.map(term => (
            <option value={term} selected={(form?.term ?? '90') === term}>
              {text().keys.terms[term]}
            </option>
          ))}
        </select>
      </Field>
      {needsPassword && (
        <PasswordField name="old" word={text().people.fields.oldPassword} error={form?.errors.old} />
      )}
      <button class="primary">{text().keys.add}</button>
    </form>
  </section>
);

const KeyTable = ({ data: { keys, isAll }, now }: { data: KeysData; now: Date }) => {
  const words = text().keys;
  return (
    <div class="table-scroll" tabindex={0} role="region" aria-label={words.title}>
      <table class="keys">
        <thead>
          <tr>
            <th scope="col">{words.name}</th>
            {isAll && <th scope="col">{words.user}</th>}
            <th scope="col">{words.begins}</th>
            <th scope="col">{words.scopes}</th>
            <th scope="col">{words.created}</th>
            <th scope="col">{words.used}</th>
            <th scope="col">{words.ends}</th>
            <th scope="col">{words.state}</th>
          </tr>
        </thead>
        <tbody>
          {keys.map(key => (
            <tr>
              <th scope="row">
                <bdi>{inert(key.name, 60)}</bdi>
              </th>
              {isAll && <td>{inert(key.user, 60)}</td>}
              <td class="mono">{key.prefix}…</td>
              <td>{key.scopes.join(', ')}</td>
              <td>
                <Moment at={key.createdAt} now={now} />
              </td>
              <td>{key.lastUsedAt === null ? words.neverUsed : <Moment at={key.lastUsedAt} now={now} />}</td>
              <td>{key.expiresAt === null ? words.neverEnds : <Moment at={key.expiresAt} now={now} />}</td>
              <td>
                {words.states[key.state]}
                {key.revokedAt === null && (
                  <form method="post" action={`/keys/${key.id}/revoke`} class="action">
                    {isAll && <input type="hidden" name="whose" value="all" />}
                    <button class="danger" aria-label={words.revokeLabel(inert(key.name, 60))}>
                      {words.revoke}
                    </button>
                  </form>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};
