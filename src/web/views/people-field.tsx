/** Fields of the forms about people. */
import { ROLES, text } from '../visit.ts';
import { errorOf, Field } from './field.tsx';

interface PasswordProps {
  name: string;
  word: string;
  isNew?: boolean;
  error?: string | undefined;
  /** Where one page has several of them. */
  id?: string;
  hint?: string;
  focus?: boolean;
}

export const PasswordField = ({
  name,
  word,
  isNew = false,
  error,
  id = name,
  hint,
  focus,
}: PasswordProps) => (
  <Field name={id} word={word} error={error}>
    <input
      id={id}
      name={name}
      type="password"
      autocomplete={isNew ? 'new-password' : 'current-password'}
      required
      autofocus={focus}
      {...errorOf(id, error)}
    />
    {hint !== undefined && <p class="hint">{hint}</p>}
  </Field>
);

interface TextProps {
  name: string;
  word: string;
  value?: string;
  autocomplete: string;
  error?: string | undefined;
  hint?: string;
  focus?: boolean;
  id?: string;
  inputmode?: 'numeric' | 'text';
  optional?: boolean;
}

export const TextField = ({ name, word, value = '', error, hint, focus, id = name, ...rest }: TextProps) => (
  <Field name={id} word={word} error={error}>
    <input
      id={id}
      name={name}
      value={value}
      maxlength={200}
      autocomplete={rest.autocomplete}
      inputmode={rest.inputmode}
      autocapitalize="none"
      spellcheck={false}
      required={rest.optional !== true}
      autofocus={focus}
      {...errorOf(id, error)}
    />
    {hint !== undefined && <p class="hint">{hint}</p>}
  </Field>
);

export const RoleField = ({
  chosen,
  error,
  id,
}: {
  chosen: string;
  error?: string | undefined;
  id: string;
}) => (
  <Field name={id} word={text().people.fields.role} error={error}>
    <select id={id} name="role" {...errorOf(id, error)}>
      {ROLES.map(role => (
        <option value={role} selected={role === chosen}>
          {text().people.roles[role].name}
        </option>
      ))}
    </select>
  </Field>
);

export const Said = ({ problem, note }: { problem?: string | undefined; note?: string | undefined }) => (
  <>
    {problem !== undefined && (
      <p class="concern bad" role="alert">
        <span>{problem}</span>
      </p>
    )}
    {note !== undefined && (
      <p class="concern good" role="status">
        <span>{note}</span>
      </p>
    )}
  </>
);
