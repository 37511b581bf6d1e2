/** What reverse DNS, mDNS and LLMNR have in common: one question, and which message is its answer. */
import { nameOfLabels } from '../../lib/name.ts';
import type { DnsMessage, DnsQuery } from '../../wire/dns.ts';
import { DNS_HEADER_LENGTH, emitDnsQuery, parseDns } from '../../wire/dns.ts';
import type { DnsName } from '../../wire/dns-name.ts';
import { MAX_NAME, sameName } from '../../wire/dns-name.ts';
import type { Question } from './conversation.ts';

/** A name server has many names for one address at times; more than these help nobody. */
const MAX_NAMES = 4;
const TYPE_CNAME = 5;

/**
 * Read as its answer is a response with the same identifier that repeats the question, or (for those that leave the
 * question out) has a record of the name that was asked for.
 */
export function dnsQuestion(query: DnsQuery): Question<DnsMessage> {
  const buffer = new Uint8Array(DNS_HEADER_LENGTH + MAX_NAME + 4);
  return {
    bytes: buffer.subarray(0, emitDnsQuery(query, buffer)),
    read: bytes => {
      const message = parseDns(bytes);
      const { id, response, opcode, questions, answers } = message;
      if (!response || opcode !== 0 || id !== query.id) return null;
      const [question] = questions;
      const concerns =
        question === undefined
          ? answers.some(({ name, type }) => type === query.type && sameName(name, query.name))
          : questions.length === 1 && question.type === query.type && sameName(question.name, query.name);
      return concerns ? message : null;
    },
  };
}

/** Names that the PTR records of the name asked for point to, of a message without an error. */
export function pointedTo({ rcode, answers }: DnsMessage, asked: DnsName): DnsName[] {
  if (rcode !== 0) return [];
  // A reverse zone may be delegated by aliases (RFC 2317): then the records stand under another name.
  const aliased = answers.some(({ type, name }) => type === TYPE_CNAME && sameName(name, asked));
  return answers.flatMap(({ name, data }) =>
    data.kind === 'ptr' && (aliased || sameName(name, asked)) ? [data.name] : [],
  );
}

/** As text, each once, and not too many. */
export function readableNames(names: readonly DnsName[]): string[] {
  const readable = names.flatMap(labels => nameOfLabels(labels) ?? []);
  return [...new Set(readable)].slice(0, MAX_NAMES);
}
