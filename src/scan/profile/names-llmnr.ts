/**
 * Link-local multicast name resolution, asked of one device alone: the name of its address. RFC 4795 §2.4 wants such a
 * question over TCP and has responders ignore it over UDP, which not all do; Windows need not listen on TCP. So it goes
 * out both ways, and the first answer counts. It is never multicast: nobody but the device is asked.
 */
import { formatIpv4 } from '../../lib/ipv4.ts';
import type { Ipv4 } from '../../lib/ipv4.ts';
import type { OpenChannel } from '../../link/message-channel.ts';
import { reverseName, TYPE_PTR } from '../../wire/dns.ts';
import { converse, withChannel } from './conversation.ts';
import { dnsQuestion, pointedTo, readableNames } from './names-dns.ts';
import type { NameDeps, NameOptions, StepResult } from './names-step.ts';

const LLMNR_PORT = 5355;

export async function askLlmnr(ip: Ipv4, options: NameOptions, deps: NameDeps): Promise<StepResult> {
  const answered = new AbortController();
  const signal = AbortSignal.any([deps.signal, answered.signal]);
  const askBy = async (open: OpenChannel): Promise<StepResult> => {
    const result = await askOver(open, ip, options, { ...deps, signal });
    if (result.names.length > 0) answered.abort();
    return result;
  };
  const results = await Promise.all([askBy(deps.openDatagrams), askBy(deps.openStream)]);
  const found = results.find(({ names }) => names.length > 0);
  return found ?? { names: [], problem: results.find(({ problem }) => problem !== null)?.problem ?? null };
}

async function askOver(
  open: OpenChannel,
  ip: Ipv4,
  options: NameOptions,
  deps: NameDeps,
): Promise<StepResult> {
  const name = reverseName(ip);
  const remote = { address: formatIpv4(ip), port: LLMNR_PORT, source: options.source };
  const question = dnsQuestion({ id: deps.randomId(), name, type: TYPE_PTR });
  const result = await withChannel(open, remote, options.timeoutMs, deps, channel =>
    converse(channel, [question], options.timeoutMs, deps),
  );
  const [message] = result?.answers ?? [];
  const names = message ? readableNames(pointedTo(message, name)) : [];
  return { names: names.map(one => ({ source: 'llmnr', name: one })), problem: result?.problem ?? null };
}
