/** What one scan is to do in one network: where, and what is known of it from the scans before. */
import { defaultSlices } from './rotation.ts';
import type { Target } from './targets.ts';
import type { Known } from './types.ts';

export interface Plan {
  readonly target: Target;
  readonly known: readonly Known[];
  /** Completed scans of the network so far; null where nobody counts them: everything is asked. */
  readonly scans: number | null;
  /** In how many scans the addresses with nobody known are all asked. */
  readonly slices: number;
  /** The default gateway's address, if it lies in this network. */
  readonly gateway: Target['source'] | null;
}

/** A plan with nothing known: every address is asked. */
export function planOf(target: Target, more: Partial<Omit<Plan, 'target'>> = {}): Plan {
  return { target, known: [], scans: null, slices: defaultSlices(target.network), gateway: null, ...more };
}

/** '' for an untagged network, `lan0.20` for VLAN 20 on lan0. */
export function linkOf(target: Target): string {
  return target.vlan === null ? '' : interfaceOf(target);
}

/** What people call it: `lan0`, or `lan0.20` for VLAN 20 on lan0. */
export function interfaceOf({ interface: { name }, vlan }: Target): string {
  return vlan === null ? name : `${name}.${vlan}`;
}
