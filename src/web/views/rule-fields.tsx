/** The kinds of fields that a rule's form is made of: each shows what was typed and what was wrong with it. */
import { inert } from '../../lib/text.ts';
import type { RuleField, RuleTyped } from '../rule-form.ts';
import { errorOf, Field } from './field.tsx';

export interface Typing {
  readonly typed: RuleTyped;
  readonly errors: Readonly<Record<string, string>>;
}

interface TextProps extends Typing {
  field: RuleField;
  word: string;
  placeholder?: string;
  maxlength?: number;
  hint?: string;
  /** What people may mean; anything else may be typed as well. */
  known?: readonly string[];
}

/** Of a longer list a browser shows no more anyway. */
const MOST_KNOWN = 200;

export const TextField = ({
  typed,
  errors,
  field,
  word,
  placeholder,
  maxlength = 200,
  hint,
  known = [],
}: TextProps) => (
  <Field name={field} word={word} error={errors[field]}>
    <input
      id={field}
      name={field}
      value={typed[field]?.[0] ?? ''}
      maxlength={maxlength}
      placeholder={placeholder}
      autocomplete="off"
      list={known.length > 0 ? `${field}-known` : undefined}
      {...errorOf(field, errors[field])}
    />
    {known.length > 0 && (
      <datalist id={`${field}-known`}>
        {known.slice(0, MOST_KNOWN).map(one => (
          <option value={inert(one, 200)} />
        ))}
      </datalist>
    )}
    {hint !== undefined && <p class="hint">{hint}</p>}
  </Field>
);

interface SelectProps extends Typing {
  field: RuleField;
  word: string;
  options: readonly (readonly [value: string, word: string])[];
}

export const SelectField = ({ typed, errors, field, word, options }: SelectProps) => (
  <Field name={field} word={word} error={errors[field]}>
    <select id={field} name={field} {...errorOf(field, errors[field])}>
      {options.map(([value, text]) => (
        <option value={value} selected={(typed[field]?.[0] ?? '') === value}>
          {text}
        </option>
      ))}
    </select>
  </Field>
);

interface BoxesProps extends Typing {
  field: RuleField;
  word: string;
  options: readonly (readonly [value: string, word: string])[];
  /** Side by side, for short words. */
  inline?: boolean;
}

/** None ticked means any. */
export const Boxes = ({ typed, errors, field, word, options, inline = false }: BoxesProps) => (
  <fieldset class={inline ? 'boxes inline' : 'boxes'} aria-describedby={errors[field] && `${field}-error`}>
    <legend>{word}</legend>
    {options.map(([value, text]) => (
      <label class="check">
        <input
          type="checkbox"
          name={field}
          value={value}
          checked={typed[field]?.includes(value) ?? false}
          aria-invalid={errors[field] === undefined ? undefined : 'true'}
        />{' '}
        <bdi>{text}</bdi>
      </label>
    ))}
    {errors[field] !== undefined && (
      <p class="field-error" id={`${field}-error`}>
        {inert(errors[field] ?? '', 600)}
      </p>
    )}
  </fieldset>
);

/** Folded as long as it says nothing. */
export const Fold = ({
  fields,
  typed,
  errors,
  word,
  children,
}: Typing & { fields: readonly string[]; word: string; children?: unknown }) => {
  const isSaid = fields.some(field => Object.hasOwn(typed, field) || errors[field] !== undefined);
  return (
    <details class="fold" open={isSaid}>
      <summary>{word}</summary>
      <div class="fold-body">{children}</div>
    </details>
  );
};
