/**
 * Who may do what, in one table: each route with the weakest role that may use it. A route without a row is refused to
 * everybody (guard.tsx). The database says the same once more, by what each role may read and call (sql/, 000042): this
 * table decides what a person is told, that one what can happen.
 */
import { currentVisit, ROLES, type Role } from './visit.ts';

/** anyone: also who is not signed in. */
export type Need = Role | 'anyone';

type Row = readonly [method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, need: Need];

/** Paths as the routes are registered with Hono. HEAD is as GET. */
export const ACCESS: readonly Row[] = [
  // What a browser needs before it can show a page, and what is asked by machines that have no name.
  ['GET', '/assets/:name', 'anyone'],
  ['GET', '/favicon.ico', 'anyone'],
  ['GET', '/healthz', 'anyone'],
  ['GET', '/readyz', 'anyone'],
  ['POST', '/theme', 'anyone'],
  ['POST', '/language', 'anyone'],

  // Coming and going.
  ['GET', '/welcome', 'anyone'],
  ['POST', '/welcome', 'anyone'],
  ['POST', '/welcome/demo', 'anyone'],
  ['GET', '/sign-in', 'anyone'],
  ['POST', '/sign-in', 'anyone'],
  ['POST', '/sign-in/code', 'anyone'],
  ['POST', '/sign-out', 'anyone'],

  // The token in the address is the key to one alert.
  ['GET', '/l/:token', 'anyone'],
  ['POST', '/l/:token', 'anyone'],
  ['POST', '/l/:token/undo', 'anyone'],

  // Looking.
  ['GET', '/', 'viewer'],
  ['GET', '/status', 'viewer'],
  ['GET', '/events', 'viewer'],
  ['GET', '/devices', 'viewer'],
  ['GET', '/devices/:id', 'viewer'],
  ['GET', '/devices/:id/addresses', 'viewer'],
  ['GET', '/devices/:id/names', 'viewer'],
  ['GET', '/devices/:id/ports', 'viewer'],
  ['GET', '/devices/:id/intervals', 'viewer'],
  ['GET', '/devices/:id/alerts', 'viewer'],
  ['GET', '/devices/:id/changes', 'viewer'],
  ['GET', '/devices/:id/notes', 'viewer'],
  ['GET', '/devices/:id/first-hour', 'viewer'],
  ['GET', '/review', 'viewer'],
  ['GET', '/past', 'viewer'],
  ['GET', '/map', 'viewer'],
  ['GET', '/alerts', 'viewer'],
  ['GET', '/alerts.csv', 'viewer'],
  ['GET', '/alerts/:id', 'viewer'],
  ['GET', '/rules', 'viewer'],
  ['GET', '/channels', 'viewer'],
  ['GET', '/templates', 'viewer'],
  ['GET', '/scans', 'viewer'],
  ['GET', '/scans/:id', 'viewer'],
  ['GET', '/networks', 'viewer'],
  ['GET', '/networks/:id', 'viewer'],
  ['GET', '/sensors', 'viewer'],
  ['GET', '/help', 'viewer'],
  ['GET', '/export', 'viewer'],

  // What is one's own.
  ['GET', '/account', 'viewer'],
  ['POST', '/account/password', 'viewer'],
  ['POST', '/account/preferences', 'viewer'],
  ['POST', '/account/totp/begin', 'viewer'],
  ['POST', '/account/totp/confirm', 'viewer'],
  ['POST', '/account/totp/codes', 'viewer'],
  ['POST', '/account/totp/off', 'viewer'],
  ['POST', '/account/sessions/others/end', 'viewer'],
  ['POST', '/account/sessions/:id/end', 'viewer'],
  ['GET', '/keys', 'viewer'],
  ['POST', '/devices/views', 'viewer'],
  ['POST', '/devices/views/:id/remove', 'viewer'],
  ['POST', '/keys', 'viewer'],
  ['POST', '/keys/:id/revoke', 'viewer'],

  // Deciding about devices and alerts.
  ['POST', '/devices/:id/decide', 'operator'],
  ['POST', '/devices/bulk', 'operator'],
  ['POST', '/devices/bulk/:id/undo', 'operator'],
  ['POST', '/review', 'operator'],
  ['POST', '/review/undo', 'operator'],
  ['POST', '/devices/:id/profile', 'operator'],
  ['POST', '/devices/:id/rename', 'operator'],
  ['POST', '/devices/:id/notes/restore', 'operator'],
  ['POST', '/devices/:id/mute', 'operator'],
  ['POST', '/devices/:id/wake', 'operator'],
  ['POST', '/devices/:id/watch', 'operator'],
  ['POST', '/devices/:id/put-away', 'operator'],
  ['POST', '/devices/:id/merge', 'operator'],
  ['POST', '/suggestions/:id/answer', 'operator'],
  ['POST', '/identity-rules/:id/forget', 'operator'],
  ['POST', '/changes/:id/undo', 'operator'],
  ['POST', '/alerts/acknowledge', 'operator'],
  ['POST', '/alerts/reopen', 'operator'],
  ['POST', '/alerts/:id/acknowledge', 'operator'],
  ['POST', '/alerts/:id/reopen', 'operator'],
  ['POST', '/alerts/:id/accept-gateway', 'operator'],
  ['POST', '/mutes', 'operator'],
  ['POST', '/mutes/:id/end', 'operator'],
  ['GET', '/import', 'operator'],
  ['POST', '/import', 'operator'],
  ['POST', '/imports/:id/undo', 'operator'],

  // Deciding how it works.
  ['GET', '/rules/new', 'admin'],
  ['GET', '/rules/:id', 'admin'],
  ['POST', '/rules', 'admin'],
  ['POST', '/rules/:id', 'admin'],
  ['POST', '/rules/:id/switch', 'admin'],
  ['POST', '/rules/:id/move', 'admin'],
  ['POST', '/rules/:id/snooze', 'admin'],
  ['POST', '/rules/:id/remove', 'admin'],
  ['POST', '/rules/:id/restore', 'admin'],
  ['POST', '/channels', 'admin'],
  ['POST', '/channels/:id/test', 'admin'],
  ['POST', '/channels/:id/switch', 'admin'],
  ['POST', '/channels/:id/remove', 'admin'],
  ['GET', '/templates/edit', 'admin'],
  ['POST', '/templates/preview', 'admin'],
  ['GET', '/templates/mail/:name', 'admin'],
  ['POST', '/templates', 'admin'],
  ['POST', '/templates/:id/remove', 'admin'],
  ['POST', '/networks/:id', 'admin'],
  ['POST', '/networks/:id/retire', 'admin'],
  ['POST', '/networks/:id/restore', 'admin'],
  ['POST', '/sensors', 'admin'],
  ['POST', '/sensors/:name/password', 'admin'],
  ['GET', '/sensors/:name/revoke', 'admin'],
  ['POST', '/sensors/:name/revoke', 'admin'],
  ['GET', '/system', 'admin'],
  ['POST', '/system/time-zone', 'admin'],
  ['GET', '/audit', 'admin'],
  ['GET', '/audit.csv', 'admin'],
  ['GET', '/users', 'admin'],
  ['POST', '/users', 'admin'],
  ['POST', '/users/:id/role', 'admin'],
  ['POST', '/users/:id/password', 'admin'],
  ['POST', '/users/:id/switch', 'admin'],
  ['POST', '/users/:id/totp-off', 'admin'],
  ['POST', '/users/:id/unlock', 'admin'],
  ['POST', '/users/:id/remove', 'admin'],
];

const NEEDS: ReadonlyMap<string, Need> = new Map(
  ACCESS.map(([method, path, need]) => [`${method} ${path}`, need]),
);

/** What a registered route needs; undefined: nobody said, so nobody may. @param path as it was registered */
export function needOf(method: string, path: string): Need | undefined {
  return NEEDS.get(`${method} ${path}`);
}

/** Whether one who is this may do what needs that. */
export function suffices(role: Role | null, need: Need): boolean {
  if (need === 'anyone') return true;
  return role !== null && ROLES.indexOf(role) >= ROLES.indexOf(need);
}

/** Whether this request's visitor may: for views, which leave out what would be refused. */
export function may(need: Need): boolean {
  return suffices(currentVisit()?.visitor?.role ?? null, need);
}

/** The same for a button, by the address that it sends its form to. */
export function mayPost(action: string): boolean {
  const path = action.split('?', 1)[0] ?? '';
  const rows = ACCESS.filter(([method, pattern]) => method === 'POST' && fits(pattern, path));
  // The literal one first, as the router takes it.
  const row = rows.find(([, pattern]) => pattern === path) ?? rows[0];
  return row !== undefined && may(row[2]);
}

/** The same for a link to a page. */
export function mayGet(path: string): boolean {
  const need = needOf('GET', path);
  return need !== undefined && may(need);
}

function fits(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length && wanted.every((part, at) => part.startsWith(':') || part === given[at])
  );
}
