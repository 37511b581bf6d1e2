/** The kernel's entries of the gateways, read before anything is sent; see src/scan/gateway-claim.ts for what they tell. */
import { messageOf, NetureonError } from '../../lib/errors.ts';
import type { LinkInterface } from '../../link/interfaces.ts';
import { formatIpv4 } from '../../lib/ipv4.ts';
import { formatMac } from '../../lib/mac.ts';
import type { GatewayEntry } from '../../scan/gateway-claim.ts';
import { claimsOnGateway } from '../../scan/gateway-claim.ts';
import type { Plan } from '../../scan/plan.ts';
import type { SweepResult } from '../../scan/types.ts';
import type { ScanDeps } from './run.ts';

/** Without the kernel's word a scan is worth hardly less: only what it hears counts then. */
export async function readGatewayEntries(
  plans: readonly Plan[],
  { neighbour, log }: Pick<ScanDeps, 'neighbour' | 'log'>,
): Promise<GatewayEntry[]> {
  const entries: GatewayEntry[] = [];
  for (const plan of plans) {
    const { gateway: ip, target } = plan;
    if (ip === null) continue;
    try {
      const entry = await neighbour(ip, target.interface.index);
      if (entry !== null) entries.push({ plan, ip, ...entry });
    } catch (error) {
      if (!(error instanceof NetureonError)) throw error;
      log.debug(`who this machine takes for the gateway is not known: ${messageOf(error)}`);
      break;
    }
  }
  return entries;
}

/** The sweep's result, with those who have told this machine that they are the gateway besides the one that answers. */
export function withGatewayClaims(
  result: SweepResult,
  entries: readonly GatewayEntry[],
  interfaces: readonly LinkInterface[],
  { log }: Pick<ScanDeps, 'log'>,
): SweepResult {
  const claims = claimsOnGateway(entries, result.observations, new Set(interfaces.map(({ mac }) => mac)));
  for (const { ip, mac } of claims)
    log.warn(
      `this machine's traffic to the gateway ${formatIpv4(ip)} went to another MAC: ${formatMac(mac)}`,
    );
  return claims.length === 0 ? result : { ...result, observations: [...result.observations, ...claims] };
}
