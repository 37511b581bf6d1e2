/**
 * Multicast DNS, asked of one device alone (RFC 6762 §5.5): its name by its address, what services it offers, and the
 * model that those tell. The answers come back to our port, as they do to any resolver that is not on port 5353 (§6.7).
 */
import { cleanName, decodeUtf8 } from '../../lib/name.ts';
import type { MessageChannel } from '../../link/message-channel.ts';
import type { DnsMessage, DnsRecord } from '../../wire/dns.ts';
import { reverseName, TYPE_PTR, TYPE_SRV, TYPE_TXT } from '../../wire/dns.ts';
import type { DnsName } from '../../wire/dns-name.ts';
import { sameName } from '../../wire/dns-name.ts';
import { converse, withChannel } from './conversation.ts';
import { dnsQuestion, pointedTo, readableNames } from './names-dns.ts';
import type { NameDeps, NameOptions, StepResult } from './names-step.ts';
import { formatIpv4 } from '../../lib/ipv4.ts';
import type { Ipv4 } from '../../lib/ipv4.ts';

const MDNS_PORT = 5353;
/** RFC 6763 §9: the services of a device, by type. */
const SERVICES: DnsName = ['_services', '_dns-sd', '_udp', 'local'];
const MAX_SERVICES = 32;
/** Types worth a second look, for what their TXT records tell of the model; the first that are there. */
const TELLING = [
  '_device-info',
  '_ipp',
  '_printer',
  '_pdl-datastream',
  '_googlecast',
  '_airplay',
  '_raop',
  '_hap',
  '_workstation',
];
const MAX_LOOKS = 4;
/** Keys of TXT records that hold a model, by type of service; the best first. */
const MODEL_KEYS: readonly (readonly [type: string, key: string])[] = [
  ['_device-info', 'model'],
  ['_ipp', 'ty'],
  ['_printer', 'ty'],
  ['_pdl-datastream', 'ty'],
  ['_googlecast', 'md'],
  ['_airplay', 'model'],
  ['_raop', 'am'],
  ['_hap', 'md'],
];
const MAX_MODEL = 100;

export async function askMdns(ip: Ipv4, options: NameOptions, deps: NameDeps): Promise<StepResult> {
  const remote = { address: formatIpv4(ip), port: MDNS_PORT, source: options.source };
  const nothing: StepResult = { names: [], problem: null };
  const result = await withChannel(deps.openDatagrams, remote, options.timeoutMs, deps, channel =>
    interview(channel, ip, options, deps),
  );
  return result ?? nothing;
}

async function interview(
  channel: MessageChannel,
  ip: Ipv4,
  options: NameOptions,
  deps: NameDeps,
): Promise<StepResult> {
  const problems = new Set<string>();
  const ask = async (queries: readonly { name: DnsName; type: number }[]) => {
    const questions = queries.map(query => dnsQuestion({ ...query, id: deps.randomId() }));
    const { answers, problem } = await converse(channel, questions, options.timeoutMs, deps);
    if (problem !== null) problems.add(problem);
    return answers;
  };
  const reverse = reverseName(ip);
  const [named, listed] = await ask([
    { name: reverse, type: TYPE_PTR },
    { name: SERVICES, type: TYPE_PTR },
  ]);
  const hosts = named ? pointedTo(named, reverse) : [];
  const types = listed ? serviceTypes(listed) : [];
  const wanted = worthALook(types);
  // Without a name by its address any service will do: its SRV record names the host.
  if (wanted.length === 0 && hosts.length === 0) wanted.push(...types.slice(0, 1));
  const records: DnsRecord[] = [];
  const collect = (messages: readonly (DnsMessage | null)[]) => {
    for (const message of messages)
      if (message !== null) records.push(...message.answers, ...message.additionals);
  };
  if (wanted.length > 0) collect(await ask(wanted.map(name => ({ name, type: TYPE_PTR }))));
  const missing = unanswered(records, wanted, hosts);
  if (missing.length > 0) collect(await ask(missing));
  const targets = records.flatMap(({ data }) => (data.kind === 'srv' ? [data.target] : []));
  const names = readableNames(hosts.length > 0 ? hosts : targets);
  return {
    names: names.map(name => ({ source: 'mdns', name })),
    problem: problems.size === 0 ? null : [...problems].join('; '),
    services: types.map(([service = '', protocol = '']) => `${service}.${protocol}`),
    model: modelOf(records),
  };
}

/** `_ipp._tcp.local`; whatever else is listed there is no service. */
function serviceTypes(message: DnsMessage): DnsName[] {
  const isType = (name: DnsName) =>
    name.length === 3 &&
    /^_[a-z0-9-]{1,15}$/i.test(name[0] ?? '') &&
    /^_(?:tcp|udp)$/i.test(name[1] ?? '') &&
    name[2]?.toLowerCase() === 'local';
  return pointedTo(message, SERVICES).filter(isType).slice(0, MAX_SERVICES);
}

function worthALook(types: readonly DnsName[]): DnsName[] {
  const byType = new Map(types.map(name => [name[0]?.toLowerCase() ?? '', name]));
  return TELLING.flatMap(type => {
    const name = byType.get(type);
    return name === undefined ? [] : [name];
  }).slice(0, MAX_LOOKS);
}

/** What a device should have told along with its instances (RFC 6763 §12.1) and did not. */
function unanswered(records: readonly DnsRecord[], types: readonly DnsName[], hosts: readonly DnsName[]) {
  const has = (name: DnsName, kind: string) =>
    records.some(one => one.data.kind === kind && sameName(one.name, name));
  const instances = types.flatMap(type => {
    const found = records.find(({ name, data }) => data.kind === 'ptr' && sameName(name, type));
    return found?.data.kind === 'ptr' ? [found.data.name] : [];
  });
  const texts = instances.filter(name => !has(name, 'txt')).map(name => ({ name, type: TYPE_TXT }));
  const [instance] = instances;
  const target =
    hosts.length === 0 && instance !== undefined && !records.some(({ data }) => data.kind === 'srv')
      ? [{ name: instance, type: TYPE_SRV }]
      : [];
  // Apple's devices list no _device-info, but answer for it under the name of any of their services.
  const label = instance?.[0] ?? hosts[0]?.[0];
  const info = types.some(type => type[0]?.toLowerCase() === '_device-info');
  const apple =
    label !== undefined && !info ? [{ name: [label, '_device-info', '_tcp', 'local'], type: TYPE_TXT }] : [];
  return [...target, ...apple, ...texts].slice(0, MAX_LOOKS);
}

function modelOf(records: readonly DnsRecord[]): string | null {
  for (const [type, key] of MODEL_KEYS) {
    for (const { name, data } of records) {
      if (data.kind !== 'txt' || name.at(-3)?.toLowerCase() !== type) continue;
      const found = data.strings.find(text => text.toLowerCase().startsWith(`${key}=`));
      const model = found === undefined ? null : cleanName(decodeUtf8(found.slice(key.length + 1)));
      if (model !== null && model.length <= MAX_MODEL) return model;
    }
  }
  return null;
}
