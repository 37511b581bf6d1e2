/** `/account`: what is one's own. Whatever weakens it asks for the password once more. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import {
  beginTotp,
  confirmTotp,
  endOwnTotp,
  ownAccount,
  renewRecoveryCodes,
  setOwnPassword,
  trySignIn,
} from '../../store/sign-in.ts';
import {
  closeOtherSessions,
  closeOwnSession,
  sessionsOf,
  setPreferences,
  type SessionUser,
} from '../../store/web-sessions.ts';
import { actingDb } from '../dbs.ts';
import { checkId } from '../forms.ts';
import { frameAt } from '../frame.tsx';
import { checkZone } from '../locale.ts';
import type { SiteOptions } from '../options.ts';
import { passwordErrors, typedText } from '../people-forms.ts';
import { prove } from '../prove.ts';
import { formOf } from '../reply.ts';
import { preferences } from '../schema/people.ts';
import { codeBudgets } from '../sign-in-tries.ts';
import { enter, isCode } from '../sign-in.ts';
import { keyUri, newRecoveryCodes, newSecret, qrSvg, recoveryHash, stepOf } from '../totp.ts';
import { Account, type AccountData } from '../views/account.tsx';
import { actor, currentVisit, text } from '../visit.ts';

type Done = keyof ReturnType<typeof text>['people']['account']['done'];
const DONE: readonly Done[] = ['password', 'preferences', 'totp-off', 'ended', 'others-ended'];

export function accountRoutes(options: SiteOptions): Hono {
  const { dbs, site, people, clock } = options;
  /** What is changed here is the visitor's own, and by the site's own rights. */
  const own = () => actingDb(dbs.own, actor(), 'site');

  const self = (): SessionUser => {
    const user = currentVisit()?.user;
    // A token acts for a user, but has no account to keep.
    if (user === undefined) throw new HTTPException(403, { message: text().people.refused.nobody });
    return user;
  };
  const accountOf = async (user: SessionUser) => {
    const account = await ownAccount(dbs.own, site, user.userId);
    if (account === undefined) throw new HTTPException(403, { message: text().people.refused.nobody });
    return account;
  };
  const page = async (
    c: Context,
    data: Omit<AccountData, 'account' | 'user' | 'sessions'> = {},
    status: 200 | 422 | 429 | 503 = 200,
  ) => {
    const user = self();
    const [account, sessions] = await Promise.all([accountOf(user), sessionsOf(dbs.own, site, user.userId)]);
    const frame = frameAt(c, options, '/account');
    return c.html(<Account frame={frame} data={{ account, user, sessions, ...data }} />, status);
  };
  const keyOf = (secret: string, name: string) => ({
    secret,
    svg: qrSvg(keyUri(secret, name, `netureon ${site}`)),
  });
  /** Whether it is really the owner who sits there: the answer that says no, or the account. */
  const proven = async (c: Context, field: string, form: URLSearchParams) => {
    const user = self();
    const proof = await prove(options, user, form.get('old'));
    if (proof.kind === 'wait') return page(c, { problem: text().people.signIn.wait(proof.seconds) }, 429);
    if (proof.kind === 'busy') return page(c, { problem: text().people.signIn.busy }, 503);
    if (proof.kind === 'wrong')
      return page(c, { errors: { [field]: text().people.errors.oldPassword } }, 422);
    return { user, account: proof.account, password: proof.password };
  };
  /** The same, and with the code as well: the password alone would undo what the code is for. */
  const provenTwice = async (c: Context) => {
    const form = await formOf(c);
    const who = await proven(c, 'totp-old', form);
    if (who instanceof Response) return who;
    const { totpSecret: secret, totpAt } = who.account;
    if (secret === null || totpAt === null) return c.redirect('/account', 303);
    const { userId, sessionId } = who.user;
    const seconds = await trySignIn(dbs.own, site, codeBudgets(userId, `second ${sessionId ?? 0}`));
    if (seconds > 0) return page(c, { problem: text().people.signIn.wait(seconds) }, 429);
    if (!(await isCode(options, userId, secret, typedText(form, 'code'))))
      return page(c, { errors: { 'totp-code': text().people.errors.code } }, 422);
    return who;
  };
  const done = (c: Context, what: Done) => c.redirect(`/account?done=${what}`, 303);

  return new Hono()
    .get('/account', c => {
      const what = DONE.find(one => one === c.req.query('done'));
      return page(c, what === undefined ? {} : { note: text().people.account.done[what] });
    })
    .post('/account/preferences', async c => {
      const form = await formOf(c);
      const typed = {
        language: typedText(form, 'language'),
        zone: typedText(form, 'zone').trim(),
        theme: typedText(form, 'theme'),
      };
      const parsed = preferences.safeParse(typed);
      const words = text().people.errors;
      const errors: Record<string, string> = {};
      for (const { path } of parsed.error?.issues ?? [])
        errors[String(path[0])] = path[0] === 'zone' ? words.zone : words.choice;
      if (typed.zone !== '' && checkZone(typed.zone) === undefined) errors['zone'] = words.zone;
      if (!parsed.success || Object.keys(errors).length > 0) return page(c, { errors, typed }, 422);
      const { language, zone, theme } = parsed.data;
      await setPreferences(own(), site, self().userId, {
        language: language === '' ? null : language,
        zone: zone === '' ? null : zone,
        theme: theme === '' ? null : theme,
      });
      return done(c, 'preferences');
    })
    .post('/account/password', async c => {
      const form = await formOf(c);
      const password = form.get('password') ?? '';
      const errors = passwordErrors(password, form.get('repeat') ?? '', self().name);
      if (Object.keys(errors).length > 0) return page(c, { errors }, 422);
      const who = await proven(c, 'old', form);
      if (who instanceof Response) return who;
      const hash = await people.hasher.hash(password);
      if (hash === undefined) return page(c, { problem: text().people.signIn.busy }, 503);
      if (!(await setOwnPassword(own(), site, who.user.userId, who.password, hash)))
        return page(c, { errors: { old: text().people.errors.oldPassword } }, 422);
      await enter(c, options, who.user.userId);
      return done(c, 'password');
    })
    .post('/account/totp/begin', async c => {
      const who = await proven(c, 'totp-old', await formOf(c));
      if (who instanceof Response) return who;
      const secret = newSecret(people.random);
      if (!(await beginTotp(own(), site, who.user.userId, secret))) return c.redirect('/account', 303);
      return page(c, { key: keyOf(secret, who.user.name) });
    })
    .post('/account/totp/confirm', async c => {
      const user = self();
      const code = typedText(await formOf(c), 'code');
      const { totpSecret: secret, totpAt } = await accountOf(user);
      if (secret === null || totpAt !== null) return c.redirect('/account', 303);
      const step = stepOf(secret, code, clock.now());
      // Without the key: it is shown once, to whoever has said the password.
      const again = () => page(c, { errors: { code: text().people.errors.code }, isConfirming: true }, 422);
      if (step === undefined) return again();
      const codes = newRecoveryCodes(people.random);
      const hashes = codes.flatMap(one => recoveryHash(one) ?? []);
      if (!(await confirmTotp(own(), site, user.userId, { secret, step, codes: hashes }))) return again();
      return page(c, { codes });
    })
    .post('/account/totp/codes', async c => {
      const who = await provenTwice(c);
      if (who instanceof Response) return who;
      const codes = newRecoveryCodes(people.random);
      const hashes = codes.flatMap(one => recoveryHash(one) ?? []);
      if (!(await renewRecoveryCodes(own(), site, who.user.userId, hashes)))
        return c.redirect('/account', 303);
      return page(c, { codes });
    })
    .post('/account/totp/off', async c => {
      const who = await provenTwice(c);
      if (who instanceof Response) return who;
      await endOwnTotp(own(), site, who.user.userId);
      return done(c, 'totp-off');
    })
    .post('/account/sessions/others/end', async c => {
      const { userId, sessionId } = self();
      await closeOtherSessions(own(), site, userId, sessionId);
      return done(c, 'others-ended');
    })
    .post('/account/sessions/:id/end', async c => {
      const id = checkId(c.req.param('id'));
      if (id === undefined || !(await closeOwnSession(own(), site, self().userId, id)))
        throw new HTTPException(404, { message: text().people.users.missing });
      return done(c, 'ended');
    });
}
