/** Mounted once, in front of every route: host check, headers, CSRF, and a bound on what a form may carry. */
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { csrf } from 'hono/csrf';
import { HTTPException } from 'hono/http-exception';
import { secureHeaders } from 'hono/secure-headers';
import { allowedOrigins } from './hosts.ts';

/** Notes of 20,000 characters, each up to twelve bytes when a form encodes it. */
const MOST_BYTES = 256 * 1024;

/**
 * A page of another origin can reach 127.0.0.1 by giving its own name that address (DNS rebinding); the Host header
 * then still carries that name.
 */
export function hostCheck(hosts: readonly string[]): MiddlewareHandler {
  const allowed = new Set(hosts.map(host => host.toLowerCase()));
  return async (c, next) => {
    if (!allowed.has((c.req.header('host') ?? '').toLowerCase()))
      throw new HTTPException(421, {
        message: 'This site is not known by that name. Open it by the address it printed when it started.',
      });
    await next();
  };
}

export function headers(): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    xFrameOptions: 'DENY',
    // Not no-referrer: with it browsers send "Origin: null" on our own forms, and the check below could not tell them
    // from a stranger's. Like no-referrer it tells other sites nothing.
    referrerPolicy: 'same-origin',
    // The proxy in front knows whether it speaks TLS; this server does not.
    strictTransportSecurity: false,
    permissionsPolicy: { camera: [], geolocation: [], microphone: [], payment: [], usb: [] },
  });
}

/** Forms of other sites are refused by Sec-Fetch-Site or, where a browser does not send it, by Origin. */
export function crossSite(hosts: readonly string[], publicUrl?: string): MiddlewareHandler {
  const origins = allowedOrigins(hosts, publicUrl);
  return csrf({ origin: origin => origins.has(origin) });
}

/** As strict as the check above, which lets pass what it does not take for a form: both have to mean the same. */
const FORM = /^application\/x-www-form-urlencoded[\t ]*(?:;|$)/i;

export function formsOnly(): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.method === 'POST' && !FORM.test(c.req.header('content-type') ?? ''))
      throw new HTTPException(415, { message: 'This address takes forms only.' });
    await next();
  };
}

export function boundedBody(): MiddlewareHandler {
  return bodyLimit({
    maxSize: MOST_BYTES,
    onError: () => {
      throw new HTTPException(413, {
        message: 'That is more than a form here can hold. Nothing was changed.',
      });
    },
  });
}
