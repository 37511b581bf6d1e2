/** What is to be scanned: what was typed just now, or else what is configured. */
import type { Problem } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { vlanId } from '../../config/tagged-network.ts';
import { cidrContains, parseCidr, parseIpv4 } from '../../lib/ipv4.ts';
import type { TargetRequest } from '../../scan/targets.ts';
import { textOf, type Options } from '../command-line.ts';

/** The options as typed; `config` holds the values of those that are settings. */
export function scanRequest(
  config: Config,
  options: Options,
): { readonly request: TargetRequest; readonly problems: readonly Problem[] } {
  const typed = options['interface'] !== undefined || options['network'] !== undefined;
  const request = {
    interfaces: config.scanInterfaces,
    networks: config.scanNetworks,
    vlans: typed ? [] : config.scanVlans,
    onlyVlans: false,
    allowPublic: config.scanAllowPublic,
    strict: typed,
  };
  const [vlan, source] = [textOf(options['vlan']), textOf(options['source'])];
  if (vlan !== undefined) return taggedRequest(request, vlan, source, options);
  if (source === undefined) return { request, problems: [] };
  const problem =
    'is only for a network behind a VLAN tag; the others are asked from this machine’s own address';
  return { request, problems: [{ where: '--source', problem, remedy: 'leave it out, or add --vlan ID' }] };
}

function taggedRequest(
  request: TargetRequest,
  vlan: string,
  sourceText: string | undefined,
  options: Options,
): { request: TargetRequest; problems: Problem[] } {
  const problems: Problem[] = [];
  const id = vlanId(vlan);
  if ('problem' in id)
    problems.push({ where: '--vlan', problem: id.problem, remedy: 'for example: --vlan 20' });
  if (options['network'] === undefined)
    problems.push({
      where: '--vlan',
      problem: 'needs its network: nothing on this machine says which addresses that VLAN has',
      remedy: 'for example: --vlan 20 --network 10.20.0.0/24',
    });
  if (request.interfaces.length > 1)
    problems.push({
      where: '--vlan',
      problem: `is asked through one interface, not through ${request.interfaces.join(' and ')}`,
      remedy: 'name one: --interface NAME',
    });
  const networks = request.networks.flatMap(text => parseCidr(text) ?? []);
  const source = sourceText === undefined ? null : (parseIpv4(sourceText) ?? null);
  const fits = source !== null && networks.some(network => cidrContains(network, source));
  if (sourceText !== undefined && !fits)
    problems.push({
      where: '--source',
      problem: `must be an address of the network, not ${JSON.stringify(sourceText)}`,
      remedy: 'one that nobody else has, or leave it out',
    });
  const vlans = networks.map(network => ({
    interface: request.interfaces[0] ?? null,
    id: 'value' in id ? id.value : 0,
    network,
    source: source !== null && cidrContains(network, source) ? source : null,
  }));
  return { request: { ...request, networks: [], vlans, onlyVlans: true, strict: true }, problems };
}
