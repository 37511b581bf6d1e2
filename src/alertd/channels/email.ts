/**
 * Mail by SMTP (RFC 5321) through nodemailer: one connection, kept open between messages so that an alert does not
 * wait for a handshake. Every try of a message has the same Message-ID; told once more in plainer words, one of its own.
 */
import { createTransport } from 'nodemailer';
import { passwordsOf } from '../../lib/log.ts';
import { inert } from '../../lib/text.ts';
import { mailHtml } from '../../message/mail-html.ts';
import { mailText } from '../../message/mail-text.ts';
import type { Channel, Message, Outcome } from './channel.ts';
import { smtpTrouble } from './smtp-trouble.ts';

export interface EmailOptions {
  /** `smtp://user:password@host:port`, or `smtps://` for TLS from the first byte. */
  readonly url: string;
  /** An address, with or without a name: `netureon <alerts@example.org>`. */
  readonly from: string;
  readonly to: readonly string[];
  readonly site: string;
}

/** A server that is there answers sooner; RFC 5321 §4.5.3.2 would allow minutes, which an alert does not have. */
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 };
/** Some servers dislike endless sessions. */
const MESSAGES_PER_CONNECTION = 500;

export function emailChannel(options: EmailOptions): Channel {
  const { url, from, to, site } = options;
  const domain = /@([^\s>]+)>?\s*$/.exec(from)?.[1] ?? 'netureon.invalid';
  const transport = createTransport({
    ...TIMEOUTS,
    pool: true,
    url,
    maxConnections: 1,
    maxMessages: MESSAGES_PER_CONNECTION,
    // Once: for the idle connection that the server has closed meanwhile. All other repeating is the outbox's.
    maxRequeues: 1,
    // A password goes to another machine over TLS or not at all.
    ...(sendsPasswordAbroad(url) ? { requireTLS: true } : {}),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    name: 'email',
    kind: 'email',
    target: inert(to.join(', '), 500),
    send: async (message, signal) => {
      try {
        const info = await transport.sendMail({ ...mailOf(message), signal });
        return { kind: 'accepted', receipt: receiptOf(info.response, info.rejected) };
      } catch (error) {
        return hidePassword(smtpTrouble(error, signal), url);
      }
    },
    close: () => transport.close(),
  };

  function mailOf({ key, plain = false, composedAt, digest, custom }: Message) {
    // RFC 5322 §3.6.4: all about one device answers a message that never was, and so stays together in one thread.
    const root =
      digest.deviceId === null
        ? {}
        : (id => ({ inReplyTo: id, references: [id] }))(
            `<netureon.device.${digest.deviceId}.${dotAtom(site)}@${domain}>`,
          );
    return {
      from,
      to: [...to],
      subject: unencoded(custom?.subject ?? digest.subject),
      text: mailText(digest, custom),
      html: mailHtml(digest, custom),
      date: composedAt,
      messageId: `<netureon.${key}${plain ? '.plain' : ''}@${domain}>`,
      ...root,
      headers: {
        'Auto-Submitted': 'auto-generated', // RFC 3834: nobody's holiday notice answers it
        'X-Auto-Response-Suppress': 'All', // the same for Exchange
        'List-Id': `<${dotAtom(site)}.netureon.${domain}>`, // RFC 2919: for filters
      },
    };
  }
}

/** An encoded word (RFC 2047 §2) is nodemailer's to make: what a device calls itself stays as it is read here. */
function unencoded(subject: string): string {
  return subject.replaceAll('=?', '= ?');
}

/** A site's name as a part of an identifier (RFC 5322 §3.2.3 dot-atom), whatever people called it. */
function dotAtom(name: string): string {
  return name.replaceAll(/[^\w-]+/g, '-').slice(0, 60) || '-';
}

function receiptOf(response: string, refused: readonly unknown[]): string {
  const receipt = inert(response, 400);
  if (refused.length === 0) return receipt;
  return `${receipt}; not accepted for ${inert(refused.map(String).join(', '), 400)}`;
}

/** Whether this URL has a password that would leave this machine before TLS is up. */
export function sendsPasswordAbroad(url: string): boolean {
  const { protocol, hostname, username } = new URL(url);
  return protocol === 'smtp:' && username !== '' && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}

/** A server may repeat what it was given: AUTH sends it in Base64 (RFC 4616 PLAIN, and LOGIN). */
function hidePassword(outcome: Outcome, url: string): Outcome {
  if (outcome.kind === 'accepted') return outcome;
  let { reason } = outcome;
  const user = decodeURIComponent(new URL(url).username);
  for (const secret of passwordsOf(url)) {
    const sent = [`\0${user}\0${secret}`, secret].map(text => Buffer.from(text).toString('base64'));
    for (const text of [...sent, secret]) reason = reason.replaceAll(text, '‹secret›');
  }
  return { ...outcome, reason };
}
