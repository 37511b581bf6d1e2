/** One field of a form: its label, its input, and what was wrong with what was typed. */
import { inert } from '../../lib/text.ts';

export function errorOf(name: string, error: string | undefined) {
  return error === undefined ? {} : { 'aria-invalid': 'true' as const, 'aria-describedby': `${name}-error` };
}

interface FieldProps {
  name: string;
  word: string;
  error: string | undefined;
  children?: unknown;
}

export const Field = ({ name, word, error, children }: FieldProps) => (
  <div class="field">
    <label for={name}>{word}</label>
    {children}
    {error !== undefined && (
      <p class="field-error" id={`${name}-error`}>
        {inert(error, 600)}
      </p>
    )}
  </div>
);
