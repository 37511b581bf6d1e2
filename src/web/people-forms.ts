/** What was typed into the forms about people, checked: values, or one sentence for each field. Passwords are never given back. */
import { userName, userRole } from './schema/people.ts';
import { passwordProblem } from './password.ts';
import { text, type Role } from './visit.ts';

export type FieldErrors = Readonly<Record<string, string>>;

export function checkName(typed: string | null): { readonly value: string } | { readonly error: string } {
  const parsed = userName.safeParse(typed ?? '');
  return parsed.success ? { value: parsed.data } : { error: text().people.errors.name };
}

export function checkRole(typed: string | null): Role | undefined {
  const parsed = userRole.safeParse(typed);
  return parsed.success ? parsed.data : undefined;
}

/** @param repeated null: it is not asked for twice */
export function passwordErrors(password: string, repeated: string | null, name: string): FieldErrors {
  const { errors } = text().people;
  const problem = passwordProblem(password, name);
  const sentences = {
    short: errors.short,
    long: errors.long,
    name: errors.sameAsName,
    common: errors.common,
  };
  if (problem !== undefined) return { password: sentences[problem] };
  return repeated !== null && repeated !== password ? { repeat: errors.repeat } : {};
}

/** For a form to show again; bounded, and without what is invisible. */
export function typedText(form: URLSearchParams, name: string): string {
  return (form.get(name) ?? '').replaceAll(/\p{Cc}/gu, '').slice(0, 200);
}
