/** Mounted once, in front of every route: host check, headers, CSRF, and a bound on what a form may carry. */
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { csrf } from 'hono/csrf';
import { HTTPException } from 'hono/http-exception';
import { secureHeaders } from 'hono/secure-headers';
import { hostChecker, originChecker } from './hosts.ts';
import { text } from './visit.ts';

/** Notes of 20,000 characters, each up to twelve bytes when a form encodes it. */
const MOST_BYTES = 256 * 1024;

/**
 * A page of another origin can reach 127.0.0.1 by giving its own name that address (DNS rebinding); the Host header
 * then still carries that name.
 */
export function hostCheck(hosts: readonly string[]): MiddlewareHandler {
  const isAllowed = hostChecker(hosts);
  return async (c, next) => {
    if (!isAllowed(c.req.header('host') ?? ''))
      throw new HTTPException(421, {
        message: text().told.problem.host,
      });
    await next();
  };
}

/** Pages behind a link in a message: their address is a key, told to nobody and kept by no search engine. */
const LINKS = '/l/';
/** What a mail would look like: a stranger's words in a frame that can do nothing at all. */
const MAIL_PREVIEWS = '/templates/mail/';

export function headers(): MiddlewareHandler {
  const usual = secureHeaders(headersWith({ referrerPolicy: 'same-origin' }));
  const ofLinks = secureHeaders(headersWith({ referrerPolicy: 'no-referrer' }));
  const ofMails = secureHeaders({
    ...headersWith({ referrerPolicy: 'no-referrer' }),
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      // Mails are styled in place, for readers that know no style sheets.
      styleSrc: ["'unsafe-inline'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'self'"],
      sandbox: [],
    },
    xFrameOptions: 'SAMEORIGIN',
    // A sandboxed page has no origin of its own to be kept apart by; browsers would complain of the wish.
    originAgentCluster: false,
  });
  return async (c, next) => {
    if (c.req.path.startsWith(MAIL_PREVIEWS)) return ofMails(c, next);
    if (!c.req.path.startsWith(LINKS)) return usual(c, next);
    await ofLinks(c, next);
    c.res.headers.set('X-Robots-Tag', 'noindex, nofollow');
    return undefined;
  };
}

/**
 * @param referrerPolicy usually not no-referrer: with it browsers send "Origin: null" on our own forms, and the check below
 *   could not tell them from a stranger's. Like no-referrer, same-origin tells other sites nothing.
 */
function headersWith({ referrerPolicy }: { referrerPolicy: 'same-origin' | 'no-referrer' }) {
  return {
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      connectSrc: ["'self'"],
      frameSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    xFrameOptions: 'DENY',
    referrerPolicy,
    // The proxy in front knows whether it speaks TLS; this server does not.
    strictTransportSecurity: false,
    permissionsPolicy: { camera: [], geolocation: [], microphone: [], payment: [], usb: [] },
  };
}

/** Forms of other sites are refused by Sec-Fetch-Site or, where a browser does not send it, by Origin. */
export function crossSite(hosts: readonly string[], publicUrl?: string): MiddlewareHandler {
  const check = csrf({ origin: originChecker(hosts, publicUrl) });
  return (c, next) => {
    // A page that tells no referrer tells no origin either; its forms carry a proof instead (link-proof.ts). A browser that
    // does say where a form comes from is believed also there.
    const { origin, 'sec-fetch-site': fetchSite } = c.req.header();
    if (c.req.path.startsWith(LINKS) && origin === 'null' && fetchSite === undefined) return next();
    return check(c, next);
  };
}

/** As strict as the check above, which lets pass what it does not take for a form: both have to mean the same. */
const FORM = /^application\/x-www-form-urlencoded[\t ]*(?:;|$)/i;

/** The one form that brings a file. */
const FILES = '/import';
const FILE_FORM = /^multipart\/form-data[\t ]*;/i;

export function formsOnly(): MiddlewareHandler {
  return async (c, next) => {
    const isFile = c.req.path === FILES && FILE_FORM.test(c.req.header('content-type') ?? '');
    if (c.req.method === 'POST' && !isFile && !FORM.test(c.req.header('content-type') ?? ''))
      throw new HTTPException(415, { message: text().told.problem.formsOnly });
    await next();
  };
}

/** A file of 5 MB, and what a form wraps it in; when it is applied it comes back as text with two octets for each line end. */
const MOST_FILE_BYTES = 5.5 * 1024 * 1024;

export function boundedBody(): MiddlewareHandler {
  const onError = () => {
    throw new HTTPException(413, {
      message: text().told.problem.tooLong,
    });
  };
  const usual = bodyLimit({ maxSize: MOST_BYTES, onError });
  const ofFiles = bodyLimit({ maxSize: MOST_FILE_BYTES, onError });
  return (c, next) => (c.req.path === FILES ? ofFiles : usual)(c, next);
}
