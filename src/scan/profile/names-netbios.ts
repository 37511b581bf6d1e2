/** The NetBIOS name of a device, by a node status request to its port 137 (RFC 1002 §5.1.5). */
import { formatIpv4 } from '../../lib/ipv4.ts';
import type { Ipv4 } from '../../lib/ipv4.ts';
import { nameOfNetbios } from '../../lib/name.ts';
import type { NetbiosName, NodeStatus } from '../../wire/nbns.ts';
import {
  emitNodeStatusRequest,
  NODE_STATUS_REQUEST_LENGTH,
  parseNodeStatus,
  SUFFIX_FILE_SERVER,
  SUFFIX_WORKSTATION,
} from '../../wire/nbns.ts';
import { converse, withChannel } from './conversation.ts';
import type { Question } from './conversation.ts';
import type { NameDeps, NameOptions, StepResult } from './names-step.ts';

const NBNS_PORT = 137;
/** A server's aliases are registered like its own name, after it. */
const MAX_NAMES = 4;

export async function askNetbios(ip: Ipv4, options: NameOptions, deps: NameDeps): Promise<StepResult> {
  const remote = { address: formatIpv4(ip), port: NBNS_PORT, source: options.source };
  const result = await withChannel(deps.openDatagrams, remote, options.timeoutMs, deps, channel =>
    converse(channel, [statusQuestion(deps.randomId())], options.timeoutMs, deps),
  );
  const status = result?.answers[0];
  return { names: status ? namesOf(status) : [], problem: result?.problem ?? null };
}

function statusQuestion(id: number): Question<NodeStatus> {
  const bytes = new Uint8Array(NODE_STATUS_REQUEST_LENGTH);
  emitNodeStatusRequest(id, bytes);
  return {
    bytes,
    read: answer => {
      const status = parseNodeStatus(answer);
      return status.id === id ? status : null;
    },
  };
}

/** Unique names only: a group's is that of a workgroup or domain. */
function namesOf({ names }: NodeStatus): StepResult['names'] {
  const own = (suffix: number) => names.filter(one => !one.group && one.active && one.suffix === suffix);
  const workstation = own(SUFFIX_WORKSTATION).filter(isMachine);
  const chosen = workstation.length > 0 ? workstation : own(SUFFIX_FILE_SERVER);
  const readable = chosen.flatMap(({ name }) => nameOfNetbios(name) ?? []);
  return [...new Set(readable)].slice(0, MAX_NAMES).map(name => ({ source: 'netbios', name }));
}

/** Old web servers of Windows registered `IS~NAME` as a workstation's name. */
function isMachine({ name }: NetbiosName): boolean {
  return !name.startsWith('IS~');
}
