/** `/welcome`, `/sign-in`, `/sign-out`: how people come and go. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { signInUser } from '../../store/sign-in.ts';
import { addFirstAdministrator, closeWebSession } from '../../store/web-sessions.ts';
import { checkBack } from '../forms.ts';
import { frameAt } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { checkName, passwordErrors, typedText } from '../people-forms.ts';
import { formOf } from '../reply.ts';
import { signInAddress } from '../sign-in-address.ts';
import { forgetToken, readToken, tokenHash } from '../session-cookie.ts';
import { enter, signInByCode, signInByPassword, type SignIn } from '../sign-in.ts';
import { CodePage, SignInPage, WelcomePage } from '../views/sign-in.tsx';
import { currentVisit, text } from '../visit.ts';

const DEMO_USER = 'demo';

export function signInRoutes(options: SiteOptions): Hono {
  const { dbs, site, people, publicUrl } = options;
  const isDemo = options.demoInboxUrl !== undefined;

  const signInPage = (
    c: Context,
    typed: { back: string; name?: string; problem?: string },
    status: 200 | 422 | 429 | 503 = 200,
  ) =>
    c.html(
      <SignInPage
        frame={frameAt(c, options, '/sign-in')}
        isDemo={isDemo}
        elsewhere={encryptedElsewhere(c, publicUrl)}
        {...typed}
      />,
      status,
    );
  const codePage = (
    c: Context,
    back: string,
    pending: string,
    problem?: string,
    status: 200 | 422 | 429 = 200,
  ) =>
    c.html(
      <CodePage frame={frameAt(c, options, '/sign-in')} back={back} pending={pending} problem={problem} />,
      status,
    );
  /** What went wrong, in words; undefined: nothing. */
  const problemOf = (
    c: Context,
    outcome: SignIn,
  ): { problem: string; status: 422 | 429 | 503 } | undefined => {
    const words = text().people;
    switch (outcome.kind) {
      case 'wrong':
        return { problem: words.signIn.wrong, status: 422 };
      case 'late':
        return { problem: words.signIn.late, status: 422 };
      case 'busy':
        c.header('Retry-After', '5');
        return { problem: words.signIn.busy, status: 503 };
      case 'wait':
        c.header('Retry-After', String(outcome.seconds));
        return { problem: words.signIn.wait(outcome.seconds), status: 429 };
      default:
        return undefined;
    }
  };

  return new Hono()
    .get('/welcome', async c => {
      if (await people.hasAdministrator()) return c.redirect('/', 303);
      if (!isDemo) people.welcome.current();
      const code = (c.req.query('code') ?? '').replaceAll(/[^\w-]/g, '').slice(0, 40);
      const frame = frameAt(c, options, '/welcome');
      return c.html(<WelcomePage frame={frame} code={code} name="" errors={{}} isDemo={isDemo} />);
    })
    .post('/welcome', async c => {
      const late = () => signInPage(c, { back: '/', problem: text().people.welcome.late }, 422);
      const form = await formOf(c);
      if (isDemo) throw new HTTPException(404, { message: text().people.users.missing });
      if (await people.hasAdministrator()) return late();
      const name = checkName(form.get('name'));
      const password = form.get('password') ?? '';
      const errors = {
        ...('error' in name ? { name: name.error } : {}),
        ...passwordErrors(password, form.get('repeat') ?? '', 'value' in name ? name.value : ''),
        ...(people.welcome.isRight(form.get('code') ?? '') ? {} : { code: text().people.welcome.wrongCode }),
      };
      const again = (problem?: string, status: 422 | 503 = 422) =>
        c.html(
          <WelcomePage
            frame={frameAt(c, options, '/welcome')}
            code={typedText(form, 'code')}
            name={typedText(form, 'name')}
            errors={errors}
            problem={problem}
            isDemo={false}
          />,
          status,
        );
      if (Object.keys(errors).length > 0 || 'error' in name) return again();
      const passwordHash = await people.hasher.hash(password);
      if (passwordHash === undefined) return again(text().people.signIn.busy, 503);
      const userId = await addFirstAdministrator(dbs.own, site, { name: name.value, passwordHash });
      if (userId === undefined) return late();
      people.welcome.spend();
      options.log.info('this site has an administrator now', { name: name.value });
      await enter(c, options, userId);
      return c.redirect('/', 303);
    })
    .post('/welcome/demo', async c => {
      if (!isDemo) throw new HTTPException(404, { message: text().people.users.missing });
      const userId =
        (await addFirstAdministrator(dbs.own, site, { name: DEMO_USER, passwordHash: null })) ??
        (await signInUser(dbs.own, site, DEMO_USER))?.userId;
      if (userId === undefined) return signInPage(c, { back: '/' });
      await enter(c, options, userId);
      return c.redirect('/', 303);
    })
    .get('/sign-in', async c => {
      if (!(await people.hasAdministrator())) return c.redirect('/welcome', 303);
      const back = checkBack(c.req.query('back') ?? null);
      if ((currentVisit()?.visitor ?? null) !== null) return c.redirect(back, 303);
      return signInPage(c, { back });
    })
    .post('/sign-in', async c => {
      const form = await formOf(c);
      const back = checkBack(form.get('back'));
      const typed = {
        name: (form.get('name') ?? '').trim().slice(0, 200),
        password: form.get('password') ?? '',
      };
      const outcome = await signInByPassword(c, options, {
        ...typed,
        password: typed.password.slice(0, 1001),
      });
      const trouble = problemOf(c, outcome);
      if (trouble !== undefined)
        return signInPage(
          c,
          { back, name: typedText(form, 'name'), problem: trouble.problem },
          trouble.status,
        );
      return outcome.kind === 'code' ? codePage(c, back, outcome.pending) : c.redirect(back, 303);
    })
    .post('/sign-in/code', async c => {
      const form = await formOf(c);
      const back = checkBack(form.get('back'));
      const pending = (form.get('pending') ?? '').slice(0, 200);
      const outcome = await signInByCode(c, options, { pending, code: typedText(form, 'code') });
      if (outcome.kind === 'in') return c.redirect(back, 303);
      if (outcome.kind === 'late') return signInPage(c, { back, problem: text().people.signIn.late }, 422);
      const trouble = problemOf(c, outcome);
      const problem = outcome.kind === 'wrong' ? text().people.errors.code : trouble?.problem;
      return codePage(c, back, pending, problem, trouble?.status === 429 ? 429 : 422);
    })
    .post('/sign-out', async c => {
      const token = readToken(c, publicUrl);
      if (token !== undefined) await closeWebSession(dbs.own, site, tokenHash(token));
      forgetToken(c, publicUrl);
      return c.redirect(signInAddress('/'), 303);
    });
}

/** The cookie goes by https only: who came here without it would sign in and be nobody again. */
function encryptedElsewhere(c: Context, publicUrl: string | undefined): string | undefined {
  if (publicUrl?.toLowerCase().startsWith('https://') !== true) return undefined;
  const host = c.req.header('host') ?? '';
  const isHere =
    host === new URL(publicUrl).host || /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i.test(host);
  return isHere ? undefined : publicUrl;
}
