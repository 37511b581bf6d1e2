/** The name of an address by the name servers of this machine (RFC 1035 §3.5). */
import type { Ipv4 } from '../../lib/ipv4.ts';
import { reverseName, TYPE_PTR } from '../../wire/dns.ts';
import { converse, withChannel } from './conversation.ts';
import { dnsQuestion, pointedTo, readableNames } from './names-dns.ts';
import type { NameDeps, NameOptions, StepResult } from './names-step.ts';

const DNS_PORT = 53;

/** One name server after the other, until one answers; that there is no such name is an answer. */
export async function askReverse(ip: Ipv4, options: NameOptions, deps: NameDeps): Promise<StepResult> {
  const name = reverseName(ip);
  const problems: string[] = [];
  for (const address of options.resolvers) {
    const question = dnsQuestion({ id: deps.randomId(), name, type: TYPE_PTR, recursionDesired: true });
    const result = await withChannel(
      deps.openDatagrams,
      { address, port: DNS_PORT },
      options.timeoutMs,
      deps,
      channel => converse(channel, [question], options.timeoutMs, deps),
    );
    const [message] = result?.answers ?? [];
    if (message && (message.rcode === NO_ERROR || message.rcode === NO_SUCH_NAME)) {
      const names = readableNames(pointedTo(message, name));
      return { names: names.map(one => ({ source: 'rdns', name: one })), problem: null };
    }
    problems.push(`${address} ${explain(message?.rcode, result?.problem ?? null)}`);
  }
  return { names: [], problem: problems.length > 0 ? problems.join('; ') : null };
}

const NO_ERROR = 0;
const NO_SUCH_NAME = 3;
const REFUSED = 5;

function explain(rcode: number | undefined, problem: string | null): string {
  if (rcode === REFUSED) return 'refused to look';
  if (rcode !== undefined) return `could not look (code ${rcode})`;
  return problem ?? 'did not answer';
}
