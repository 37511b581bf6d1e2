/** The step before what would outlast a borrowed browser: whoever sits there says the account's password once more. */
import { forgetTries, ownAccount, trySignIn, type OwnAccount } from '../store/sign-in.ts';
import type { SessionUser } from '../store/web-sessions.ts';
import type { SiteOptions } from './options.ts';
import { codeBudgets } from './sign-in-tries.ts';

export type Proof =
  | { readonly kind: 'proven'; readonly account: OwnAccount; readonly password: string }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'wait'; readonly seconds: number };

/** @param typed the password, as the form has it */
export async function prove(
  { dbs, site, people }: SiteOptions,
  user: Pick<SessionUser, 'userId' | 'sessionId'>,
  typed: string | null,
): Promise<Proof> {
  const account = await ownAccount(dbs.own, site, user.userId);
  if (account === undefined) return { kind: 'wrong' };
  const budgets = codeBudgets(user.userId, `session ${user.sessionId ?? 0}`);
  const seconds = await trySignIn(dbs.own, site, budgets);
  if (seconds > 0) return { kind: 'wait', seconds };
  const verdict = await people.hasher.verify((typed ?? '').slice(0, 1001), account.password);
  if (verdict.is === 'busy') return { kind: 'busy' };
  if (verdict.is === 'wrong' || account.password === null) return { kind: 'wrong' };
  await forgetTries(
    dbs.own,
    site,
    budgets.map(({ bucket }) => bucket),
  );
  return { kind: 'proven', account, password: account.password };
}
