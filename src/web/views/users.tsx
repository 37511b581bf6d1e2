/** Who may use the site, for administrators. */
import { inert } from '../../lib/text.ts';
import type { User } from '../../store/users.ts';
import type { FieldErrors } from '../people-forms.ts';
import { currentVisit, ROLES, text } from '../visit.ts';
import { Page, type Frame } from './layout.tsx';
import { PasswordField, RoleField, Said, TextField } from './people-field.tsx';
import { Ago } from './time.tsx';

export interface UsersData {
  readonly users: readonly User[];
  readonly note?: string | undefined;
  readonly problem?: string | undefined;
  /** What was typed for a new one and could not be taken. */
  readonly adding?: { readonly name: string; readonly role: string; readonly errors: FieldErrors };
  /** The one whose new password could not be taken. */
  readonly changing?: { readonly id: number; readonly errors: FieldErrors };
}

export const Users = ({ frame, data }: { frame: Frame; data: UsersData }) => {
  const { users: words } = text().people;
  return (
    <Page frame={frame} title={words.title} section="none">
      <h1>{words.title}</h1>
      <p class="note">{words.intro}</p>
      <dl class="evidence">
        {ROLES.map(role => (
          <div>
            <dt>{text().people.roles[role].name}</dt>
            <dd>{text().people.roles[role].may}</dd>
          </div>
        ))}
      </dl>
      <Said problem={data.problem} note={data.note} />
      <section class="panel wide" aria-label={words.list}>
        <ul class="user-list">
          {data.users.map(user => (
            <UserItem
              user={user}
              now={frame.now}
              errors={data.changing?.id === user.id ? data.changing.errors : undefined}
            />
          ))}
        </ul>
      </section>
      <AddUser {...(data.adding ?? { name: '', role: 'viewer', errors: {} })} />
    </Page>
  );
};

const UserItem = ({ user, now, errors }: { user: User; now: Date; errors: FieldErrors | undefined }) => {
  const { users: words, roles } = text().people;
  const isSelf = currentVisit()?.visitor?.userId === user.id;
  const name = inert(user.name, 60);
  const marks = [
    ...(isSelf ? [words.you] : []),
    ...(user.disabled ? [words.disabled] : []),
    ...(user.hasTotp ? [words.totp] : []),
    ...(user.hasPassword ? [] : [words.noPassword]),
  ];
  return (
    <li id={`user-${user.id}`}>
      <p class="user-line">
        <strong>
          <bdi>{name}</bdi>
        </strong>{' '}
        <span>{roles[user.role].name}</span>
        {marks.map(mark => (
          <span class="tag">{mark}</span>
        ))}
      </p>
      <p class="muted">
        {words.seen}: {user.lastSeenAt === null ? words.never : <Ago at={user.lastSeenAt} now={now} />} ·{' '}
        {words.madeBy(inert(user.createdBy, 60))}
      </p>
      <details open={errors !== undefined}>
        <summary aria-label={words.changeOf(name)}>{words.change}</summary>
        <div class="user-acts">
          <form method="post" action={`/users/${user.id}/role`} class="edit">
            <RoleField chosen={user.role} id={`role-${user.id}`} />
            <button>{words.setRole}</button>
          </form>
          {isSelf ? (
            <p>
              <a href="/account">{words.ownElsewhere}</a>
            </p>
          ) : (
            <form method="post" action={`/users/${user.id}/password`} class="edit">
              <PasswordField
                name="password"
                id={`password-${user.id}`}
                word={text().people.fields.newPassword}
                isNew
                error={errors?.['password']}
                hint={words.passwordHint}
              />
              <button>{words.setPassword}</button>
            </form>
          )}
          <div class="user-buttons">
            <Press
              action={`/users/${user.id}/unlock`}
              word={words.unlock}
              title={words.unlockHint}
              name={name}
            />
            {user.hasTotp && !isSelf && (
              <Press action={`/users/${user.id}/totp-off`} word={words.totpOff} name={name} />
            )}
            <Press
              action={`/users/${user.id}/switch`}
              word={user.disabled ? words.enable : words.disable}
              on={user.disabled ? 'yes' : 'no'}
              name={name}
            />
            <Press
              action={`/users/${user.id}/remove`}
              word={words.remove}
              title={words.removeHint}
              name={name}
              isDanger
            />
          </div>
        </div>
      </details>
    </li>
  );
};

interface PressProps {
  action: string;
  word: string;
  name: string;
  title?: string;
  on?: string;
  isDanger?: boolean;
}

const Press = ({ action, word, name, title, on, isDanger = false }: PressProps) => (
  <form method="post" action={action}>
    {on !== undefined && <input type="hidden" name="on" value={on} />}
    <button class={isDanger ? 'danger' : undefined} title={title} aria-label={`${word}: ${name}`}>
      {word}
    </button>
  </form>
);

const AddUser = ({ name, role, errors }: { name: string; role: string; errors: FieldErrors }) => {
  const { users: words, fields, welcome } = text().people;
  return (
    <section class="panel" aria-labelledby="add-user">
      <h2 id="add-user">{words.add}</h2>
      <form method="post" action="/users" class="edit">
        <TextField name="name" word={fields.name} value={name} autocomplete="off" error={errors['name']} />
        <RoleField chosen={role} error={errors['role']} id="role" />
        <PasswordField
          name="password"
          word={fields.password}
          isNew
          error={errors['password']}
          hint={welcome.passwordHint}
        />
        <button class="primary">{words.addButton}</button>
      </form>
    </section>
  );
};
