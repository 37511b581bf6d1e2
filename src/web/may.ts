/** What the visitor may do, for buttons that would only be refused otherwise. access.ts and the database decide. */
import { currentVisit, ROLES, type Role } from './visit.ts';

export function may(role: Role): boolean {
  const own = currentVisit()?.visitor?.role;
  return own !== undefined && ROLES.indexOf(own) >= ROLES.indexOf(role);
}
