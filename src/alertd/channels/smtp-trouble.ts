/**
 * What an SMTP failure means for the message. Only the server's own 5yz answer to MAIL or RCPT is final, and one to DATA
 * for these words; wrong passwords, certificates and names are for the operator to mend, and the message waits until that is done.
 */
import { codeOf, messageOf } from '../../lib/errors.ts';
import { inert } from '../../lib/text.ts';
import type { Outcome } from './channel.ts';

const REFUSED_TEXT = 'the mail server refused the text of the message';
const LET_PASS = 'Let its filters pass mail from the address in [email] from';

/** @param error what nodemailer threw */
export function smtpTrouble(error: unknown, signal: AbortSignal): Outcome {
  const code = codeOf(error);
  const reply = replyCodeOf(error);
  const said = inert(messageOf(error), 400);
  if (signal.aborted) return later('the mail server took too long');
  if (code === 'EAUTH' || code === 'ENOAUTH' || code === 'EOAUTH2' || reply === 530 || reply === 535)
    return later(`the mail server refuses the login: ${said}. Correct user and password in [email] url`);
  if (code === 'ETLS')
    return later(`no secure connection to the mail server: ${said}. Check its certificate, or [email] url`);
  if (code === 'EDNS') return later(`the mail server's name is not known: ${said}. Check [email] url`);
  if (reply !== undefined && (code === 'EENVELOPE' || code === 'EMESSAGE')) {
    // 421: the server is closing down (RFC 5321 §3.8). 503: a session out of step, not a verdict on this message.
    if (reply === 421) return later(`the mail server is not available: ${said}`);
    // nodemailer's EMESSAGE: to DATA or to what followed it, when sender and recipients had been accepted.
    const about = code === 'EMESSAGE' ? ({ about: 'content' } as const) : {};
    if (reply < 500 || reply === 503)
      return { kind: 'retry', scope: 'message', reason: said, ...(reply === 503 ? {} : about) };
    return code === 'EMESSAGE'
      ? { kind: 'rejected', reason: `${REFUSED_TEXT}: ${said}. ${LET_PASS}`, ...about }
      : { kind: 'rejected', reason: `the mail server refused it: ${said}. Check from and to in [email]` };
  }
  if (code === 'EENVELOPE') return { kind: 'rejected', reason: `${said}. Check from and to in [email]` };
  return later(`cannot reach the mail server: ${said}`);
}

function later(reason: string): Outcome {
  return { kind: 'retry', scope: 'channel', reason };
}

function replyCodeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('responseCode' in error)) return undefined;
  return typeof error.responseCode === 'number' ? error.responseCode : undefined;
}
