/** From a request to the frame of its page: fragment or whole, which theme, which toast. */
import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Child } from 'hono/jsx';
import { checkBack } from './forms.ts';
import type { SiteOptions } from './options.ts';
import { toastOf } from './toast-of.tsx';
import type { Frame } from './views/layout.tsx';
import { currentVisit } from './visit.ts';

export async function frameOf(c: Context, options: SiteOptions): Promise<Frame> {
  const path = checkBack(c.req.path + new URL(c.req.url).search);
  return frameAt(c, options, path, await toastOf(options, c.req.query('toast'), path));
}

/** The same for a request whose own address is no page: a form that comes back with its errors. */
export function frameAt(c: Context, options: SiteOptions, path: string, toast: Child = null): Frame {
  const theme = getCookie(c, 'theme');
  const query = c.req.query('q');
  return {
    options,
    now: options.clock.now(),
    path,
    theme: theme === 'light' || theme === 'dark' ? theme : (currentVisit()?.user?.theme ?? null),
    isFragment: isFragment(c),
    toast,
    ...(query === undefined ? {} : { search: query }),
  };
}

function isFragment(c: Context): boolean {
  return c.req.header('hx-request') === 'true';
}
