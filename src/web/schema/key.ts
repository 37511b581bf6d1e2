/** An API key as its page's form, the API and the command line describe it. */
import { z } from 'zod';
import { TOKEN_SCOPES } from '../../store/api-tokens.ts';
import { text } from '../visit.ts';

export const TERMS = ['30', '90', '365', 'never'] as const;

export const keyForm = z.object({
  name: z
    .string()
    .trim()
    .min(1, { error: () => text().keys.badName })
    .max(60, { error: () => text().keys.badName })
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, { error: () => text().keys.badName }),
  scopes: z
    .array(z.enum(TOKEN_SCOPES, { error: () => text().keys.badScopes }))
    .min(1, { error: () => text().keys.badScopes })
    .max(TOKEN_SCOPES.length, { error: () => text().keys.badScopes }),
  term: z.enum(TERMS, { error: () => text().keys.badTerm }),
});
