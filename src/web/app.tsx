/**
 * web: the site. Reads the store's views, calls the functions behind its buttons, and draws pages on the server; every
 * page works without JavaScript, and with it htmx replaces parts by fragments that the same components draw. Imports
 * store and lib; never scan or alertd. Database, clock, log and the files it serves are handed in.
 *
 * This file: what stands in front of every route, the routes, and what happens when one fails.
 */
import { Hono, type Context } from 'hono';
import { compress } from 'hono/compress';
import { deleteCookie, setCookie } from 'hono/cookie';
import { HTTPException } from 'hono/http-exception';
import { codeOf, messageOf, NetureonError } from '../lib/errors.ts';
import { setPreferences } from '../store/web-sessions.ts';
import { checkBack } from './forms.ts';
import { frameAt } from './frame.tsx';
import { checkLanguage } from './locale.ts';
import type { SiteOptions } from './options.ts';
import { guard } from './guard.tsx';
import { formOf } from './reply.ts';
import { apiRoutes } from './api/app.ts';
import { accountRoutes } from './routes/account.tsx';
import { userRoutes } from './routes/users.tsx';
import { alertRoutes } from './routes/alerts.tsx';
import { assetRoutes } from './routes/assets.ts';
import { bulkRoutes } from './routes/bulk.tsx';
import { channelRoutes } from './routes/channels.tsx';
import { deviceListRoutes } from './routes/device-list.tsx';
import { devicePartRoutes } from './routes/device-parts.tsx';
import { devicePageRoutes } from './routes/device.tsx';
import { auditRoutes } from './routes/audit.tsx';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes } from './api/health.ts';
import { keyRoutes } from './routes/keys.tsx';
import { transferRoutes } from './routes/transfer.tsx';
import { helpRoutes } from './routes/help.tsx';
import { identityRoutes } from './routes/identity.tsx';
import { linkRoutes } from './routes/link.tsx';
import { logRoutes } from './routes/log.tsx';
import { mapRoutes } from './routes/map.tsx';
import { networkRoutes } from './routes/networks.tsx';
import { overviewRoutes } from './routes/overview.tsx';
import { pastRoutes } from './routes/past.tsx';
import { reviewRoutes } from './routes/review.tsx';
import { signInRoutes } from './routes/sign-in.tsx';
import { ruleButtonRoutes } from './routes/rule-buttons.ts';
import { ruleRoutes } from './routes/rules.tsx';
import { scanRoutes } from './routes/scans.tsx';
import { sensorRoutes } from './routes/sensors.tsx';
import { systemRoutes } from './routes/system.tsx';
import { templateRoutes } from './routes/templates.tsx';
import { boundedBody, crossSite, formsOnly, headers, hostCheck } from './security.ts';
import { Problem } from './views/problem.tsx';
import { speaking } from './speaking.ts';
import { currentVisit, text, visitDb } from './visit.ts';
import { visiting } from './visiting.ts';

export function createApp(given: Omit<SiteOptions, 'db'>): Hono {
  const options: SiteOptions = { ...given, db: visitDb };
  const app = new Hono();
  app.use(headers(), speaking());
  app.use(hostCheck(options.hosts));
  app.use(compress({ encoding: 'gzip' }));
  // Programs show a token and no cookie: nothing that guards forms and sessions stands before them.
  app.route('/', healthRoutes(options));
  app.route('/', apiRoutes(options));
  app.use(crossSite(options.hosts, options.publicUrl), formsOnly(), boundedBody());
  app.use(visiting(options));
  app.use(async (c, next) => {
    await next();
    if (!c.res.headers.has('Cache-Control')) {
      // Pages say how things are now; the same address is a fragment for htmx.
      c.header('Cache-Control', 'no-store');
      c.header('Vary', 'HX-Request', { append: true });
    }
  });
  app.use(guard(options));
  app.route('/', assetRoutes(options));
  app.route('/', signInRoutes(options));
  app.route('/', accountRoutes(options));
  app.route('/', userRoutes(options));
  app.route('/', overviewRoutes(options));
  app.route('/', pastRoutes(options));
  app.route('/', mapRoutes(options));
  app.route('/', deviceListRoutes(options));
  app.route('/', bulkRoutes(options));
  app.route('/', reviewRoutes(options));
  app.route('/', devicePageRoutes(options));
  app.route('/', devicePartRoutes(options));
  app.route('/', identityRoutes(options));
  app.route('/', alertRoutes(options));
  app.route('/', ruleRoutes(options));
  app.route('/', ruleButtonRoutes(options));
  app.route('/', channelRoutes(options));
  app.route('/', templateRoutes(options));
  app.route('/', linkRoutes(options));
  app.route('/', logRoutes(options));
  app.route('/', scanRoutes(options));
  app.route('/', networkRoutes(options));
  app.route('/', sensorRoutes(options));
  app.route('/', systemRoutes(options));
  app.route('/', helpRoutes(options));
  app.route('/', eventRoutes(options));
  app.route('/', auditRoutes(options));
  app.route('/', keyRoutes(options));
  app.route('/', transferRoutes(options));
  app.post('/theme', async c => {
    const form = await formOf(c);
    const theme = form.get('theme');
    if (theme === 'light' || theme === 'dark') setCookie(c, 'theme', theme, KEPT);
    else deleteCookie(c, 'theme', { path: '/' });
    return c.redirect(checkBack(form.get('back')), 303);
  });
  app.post('/language', async c => {
    const form = await formOf(c);
    const language = checkLanguage(form.get('language'));
    if (language !== undefined) {
      setCookie(c, 'language', language, KEPT);
      // What an account asks for comes before what a browser keeps.
      const user = currentVisit()?.user;
      if (user !== undefined)
        await setPreferences(options.dbs.own, options.site, user.userId, { ...user, language });
    }
    return c.redirect(checkBack(form.get('back')), 303);
  });
  app.notFound(c => problem(c, options, 404, text().told.problem.noPage));
  app.onError((error, c) => failed(error, c, options));
  return app;
}

/** What a browser keeps of a visitor's taste. */
const KEPT = { path: '/', sameSite: 'Lax', maxAge: 365 * 24 * 60 * 60 } as const;

type Status = ConstructorParameters<typeof HTTPException>[0];

function failed(error: Error, c: Context, options: SiteOptions): Response | Promise<Response> {
  if (error instanceof HTTPException)
    return problem(
      c,
      options,
      error.status ?? 500,
      // hono/csrf says no more than its status; whoever refuses for a reason of ours says it.
      error.status === 403 && isWordless(error) ? text().told.problem.otherSite : error.message,
    );
  if (error instanceof NetureonError && error.code === 'usage')
    return problem(c, options, 400, error.message);
  // SQLSTATE 22003: the number of something is greater than any of its table can be, so there is no such thing.
  if (codeOf(error) === '22003') return problem(c, options, 404, text().told.problem.noPage);
  if (error instanceof NetureonError && error.code === 'busy') {
    options.log.warn(`page not drawn: ${error.message}`, { method: c.req.method, path: c.req.path });
    return problem(c, options, 503, text().told.problem.busy);
  }
  const id = crypto.randomUUID().slice(0, 8);
  const isDatabase = isAway(error);
  options.log.error(`page failed: ${messageOf(error)}`, {
    id,
    method: c.req.method,
    path: c.req.path,
    cause: error.cause === undefined ? undefined : messageOf(error.cause),
    stack: isDatabase ? undefined : error.stack,
  });
  return isDatabase
    ? problem(c, options, 503, text().told.problem.databaseText, id, text().told.problem.database)
    : problem(c, options, 500, text().told.problem.failed, id);
}

function isWordless({ message }: HTTPException): boolean {
  return message === '' || message === 'Forbidden';
}

/** The database cannot be reached, is stopping or starting, or went away in the middle of a query. */
function isAway(error: Error): boolean {
  if (error instanceof NetureonError) return error.code === 'database';
  // SQLSTATE classes 08 connection, 53 resources, 57P operator intervention.
  return /^(?:08|53|57P)/.test(codeOf(error) ?? '');
}

async function problem(
  c: Context,
  options: SiteOptions,
  status: NonNullable<Status>,
  sentence: string,
  id?: string,
  title = text().told.problem.titles[status] ?? text().told.problem.other,
): Promise<Response> {
  const frame = frameAt(c, options, '/');
  return c.html(
    <Problem frame={frame} title={title} text={sentence} {...(id === undefined ? {} : { id })} />,
    status,
  );
}
