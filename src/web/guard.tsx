/**
 * In front of every route, once: whoever may not, by access.ts, is stopped here and told why. Who is not signed in is led
 * to where one signs in, and back; what somebody has typed is never lost by it.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { matchedRoutes } from 'hono/route';
import { needOf, suffices, type Need } from './access.ts';
import { checkBack } from './forms.ts';
import { frameAt } from './frame.tsx';
import type { SiteOptions } from './options.ts';
import { formOf } from './reply.ts';
import { signInAddress } from './sign-in-address.ts';
import { ROLES, currentVisit, text } from './visit.ts';
import { Expired, RefusedToast, SignInToast } from './views/refused.tsx';

export function guard(options: SiteOptions): MiddlewareHandler {
  return async (c, next) => {
    const need = needed(c, options);
    const visitor = currentVisit()?.visitor ?? null;
    if (suffices(visitor?.role ?? null, need)) return next();
    return visitor === null ? unknown(c, options) : forbidden(c, need);
  };
}

/** By what the router itself has matched, so that no spelling of an address means one thing here and another there. */
function needed(c: Context, { log }: SiteOptions): Need {
  // Middleware is registered for every method; an address that nothing is registered for is 404 for who is signed in.
  const routes = matchedRoutes(c).filter(({ method, path }) => method !== 'ALL' || !path.endsWith('*'));
  const needs = routes.map(({ method, path }) => {
    const need = needOf(method, path);
    if (need === undefined) log.error('a route has no row in access.ts', { method, path });
    return need;
  });
  if (needs.includes(undefined)) throw new HTTPException(403, { message: text().people.refused.nobody });
  const order: readonly (Need | undefined)[] = ['anyone', ...ROLES];
  const strictest = Math.max(...needs.map(need => order.indexOf(need)), needs.length === 0 ? 1 : 0);
  return order[strictest] ?? 'admin';
}

const isLooking = (c: Context) => c.req.method === 'GET' || c.req.method === 'HEAD';
const isByHtmx = (c: Context) => c.req.header('hx-request') === 'true';

async function unknown(c: Context, options: SiteOptions): Promise<Response> {
  const { path } = c.req;
  if (path.startsWith('/api/') || path === '/metrics') return unknownProgram(c);
  if (path === '/events') return c.text(text().people.refused.signIn, 401);
  if (!(await options.people.hasAdministrator()))
    return isByHtmx(c) ? c.body(null, 401, { 'HX-Redirect': '/welcome' }) : c.redirect('/welcome', 303);
  const back = isLooking(c) && !isByHtmx(c) ? checkBack(path + new URL(c.req.url).search) : backOf(c);
  if (isByHtmx(c)) return intoToasts(c, <SignInToast back={back} />, 401);
  if (isLooking(c)) return c.redirect(signInAddress(back), 303);
  const frame = frameAt(c, options, back);
  return c.html(
    <Expired frame={frame} action={path} typed={await formOf(c)} signIn={signInAddress(back)} />,
    401,
  );
}

/** RFC 9457; RFC 9110 §11.6.1 wants the way to come in beside a 401. */
function unknownProgram(c: Context): Response {
  return c.body(
    JSON.stringify({
      title: 'Unauthorized',
      status: 401,
      detail: 'Send a token: Authorization: Bearer nt_…',
    }),
    401,
    { 'content-type': 'application/problem+json', 'www-authenticate': 'Bearer' },
  );
}

function forbidden(c: Context, need: Need): Response | Promise<Response> {
  const { refused, roles } = text().people;
  const message = refused.role(roles[need === 'anyone' ? 'viewer' : need].name);
  if (c.req.path.startsWith('/api/'))
    return c.body(JSON.stringify({ title: 'Forbidden', status: 403, detail: message }), 403, {
      'content-type': 'application/problem+json',
    });
  if (isByHtmx(c)) return intoToasts(c, <RefusedToast text={message} />, 403);
  throw new HTTPException(403, { message });
}

/** The page stays as it is, with all that is typed there, and says it in a corner. */
function intoToasts(c: Context, toast: Parameters<Context['html']>[0], status: 401 | 403) {
  c.header('HX-Retarget', '#toasts');
  c.header('HX-Reswap', 'innerHTML');
  return c.html(toast, status);
}

/** The page that a form or a fragment is of. */
function backOf(c: Context): string {
  const page = c.req.header('hx-current-url') ?? c.req.header('referer');
  const host = c.req.header('host');
  if (page === undefined || !URL.canParse(page)) return '/';
  const url = new URL(page);
  return url.host === host ? checkBack(url.pathname + url.search) : '/';
}
