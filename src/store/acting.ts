/** Who acts in one statement, for the audit log, where no transaction around it has said so. */
import type { AuditVia } from './audit.ts';

/**
 * A table `g` of one row, to be joined laterally: its `actor` is to be handed to the function that acts, so that the
 * settings are made before it is called.
 * @param bound the parameter that has the actor's name
 */
export function acting(bound: `$${number}`, via: AuditVia): string {
  return `(select set_config('netureon.actor', ${bound}, true) as actor, set_config('netureon.via', '${via}', true) as via) as g`;
}
