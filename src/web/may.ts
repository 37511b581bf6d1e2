/** What the visitor's role allows; the database refuses all else anyway. Pages offer no button that would be refused. */
import { currentVisit, ROLES, type Role } from './visit.ts';

export function may(role: Role): boolean {
  const visitor = currentVisit()?.visitor;
  return visitor != null && ROLES.indexOf(visitor.role) >= ROLES.indexOf(role);
}
