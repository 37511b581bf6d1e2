/**
 * A mail server that keeps what it is given: real SMTP (RFC 5321) on loopback, with the troubles of real servers on
 * demand. Without `tls` it speaks plainly; with it, it offers STARTTLS or, if `implicit`, starts with the handshake.
 * Like many real servers it greets 100 ms after the connection (smtp-server watches for early talkers): what measures the
 * time to a mail's acceptance keeps its connection.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { callbackify } from 'node:util';
import PostalMime from 'postal-mime';
import type { Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import type { Clock } from '../lib/clock.ts';
import { FaultPlan } from './fault-plan.ts';
import { Mailbox } from './mailbox.ts';

/** Where in a transaction (RFC 5321 §4.1.1) the trouble comes. `data`: when the text has arrived, before the answer. */
export type MailStage = 'connect' | 'mail' | 'rcpt' | 'data';

export type MailFault =
  /** Refuses with a reply: 451 to greylist, 550 for an unknown mailbox, 421 at `connect`. */
  | { readonly kind: 'reply'; readonly at: MailStage; readonly code: number; readonly text?: string }
  /** The connection breaks, and nothing was kept. */
  | { readonly kind: 'cut'; readonly at: MailStage }
  /** The mail is kept, then the connection breaks before the answer: the sender cannot know. */
  | { readonly kind: 'cut-after-keeping' }
  /** Refuses, after its text has arrived, what has such words in its subject or its text: spam filters do. */
  | { readonly kind: 'filter'; readonly words: RegExp; readonly code: number; readonly text?: string }
  /** Answers late. */
  | { readonly kind: 'slow'; readonly at: MailStage; readonly ms: number };

export interface MailSinkOptions {
  readonly clock: Clock;
  /** 0, any free port, by default. */
  readonly port?: number;
  /** Without logging in as this user, nobody may send. */
  readonly auth?: { readonly user: string; readonly pass: string };
  /** PEM. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly implicit?: boolean };
  /** Told where in a transaction each client is; `kept` comes before the answer. What it returns is waited for. */
  readonly onStage?: (at: MailStage | 'kept') => unknown;
}

export interface Mail {
  /** Counts from 1. */
  readonly id: number;
  readonly receivedAt: Date;
  readonly envelopeFrom: string;
  readonly envelopeTo: readonly string[];
  readonly subject: string;
  /** With its angle brackets. */
  readonly messageId: string | undefined;
  readonly text: string | undefined;
  readonly html: string | undefined;
  /** Lower-case name → value, first of each name. */
  readonly headers: ReadonlyMap<string, string>;
  /** Everything else that postal-mime found: addresses, attachments, all headers. */
  readonly parsed: Email;
  readonly raw: Buffer;
}

export interface MailSink {
  readonly port: number;
  /** `smtp://127.0.0.1:PORT`, without user and password. */
  readonly url: string;
  readonly mails: readonly Mail[];
  readonly faults: FaultPlan<MailFault>;
  /** See Mailbox.next. */
  nextMessage(matches?: (mail: Mail) => boolean, signal?: AbortSignal): Promise<Mail>;
  watch(watcher: (mail: Mail) => void): () => void;
  /** Connections are refused until `reopen`; those that are open break. */
  refuse(): Promise<void>;
  /** Listens again on the same port. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

interface Listener {
  readonly server: SMTPServer;
  /** By the client's port. */
  readonly sockets: ReadonlyMap<number, Socket>;
}

export async function startMailSink(options: MailSinkOptions): Promise<MailSink> {
  const box = new Mailbox<Mail>();
  const faults = new FaultPlan<MailFault>();
  let server = createServer(options, box, faults);
  const port = await listen(server, options.port ?? 0);
  return {
    port,
    url: `${options.tls?.implicit === true ? 'smtps' : 'smtp'}://127.0.0.1:${port}`,
    get mails() {
      return box.all;
    },
    faults,
    nextMessage: (matches, signal) => box.next(matches, signal),
    watch: watcher => box.watch(watcher),
    refuse: () => stop(server),
    reopen: async () => {
      server = createServer(options, box, faults);
      await listen(server, port);
    },
    close: () => stop(server),
  };
}

function createServer(options: MailSinkOptions, box: Mailbox<Mail>, faults: FaultPlan<MailFault>): Listener {
  const { auth, tls, clock } = options;
  const sockets = new Map<number, Socket>();
  const cut = (session: SMTPServerSession) => {
    sockets.get(session.remotePort)?.destroy();
    return replyError(421, 'nobody is left to read this');
  };
  /** Goes through the trouble planned for this stage; throws what the server is to answer. */
  const stage = async (at: MailStage, session: SMTPServerSession) => {
    await options.onStage?.(at);
    const fault = faults.take(one => 'at' in one && one.at === at);
    if (fault?.kind === 'slow') await clock.sleep(fault.ms);
    else if (fault?.kind === 'reply') throw replyError(fault.code, fault.text);
    else if (fault !== undefined) throw cut(session);
  };
  const receive = async (stream: SMTPServerDataStream, session: SMTPServerSession) => {
    const raw = await buffer(stream);
    await stage('data', session);
    const read = await readMail(raw, session, clock.now());
    const filter = faults.take(fault => fault.kind === 'filter' && fault.words.test(wordsOf(read)));
    if (filter?.kind === 'filter') throw replyError(filter.code, filter.text);
    const mail = { id: box.all.length + 1, ...read };
    box.add(mail);
    await options.onStage?.('kept');
    if (faults.take(fault => fault.kind === 'cut-after-keeping') !== undefined) throw cut(session);
    return `2.0.0 Kept as ${mail.id}`;
  };
  const server = new SMTPServer({
    name: 'mail-sink.invalid',
    disableReverseLookup: true,
    ...(tls === undefined ? {} : { key: tls.key, cert: tls.cert, secure: tls.implicit === true }),
    disabledCommands: [...(tls === undefined ? ['STARTTLS'] : []), ...(auth === undefined ? ['AUTH'] : [])],
    authOptional: auth === undefined,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, callback) => {
      if (username === auth?.user && password === auth?.pass) callback(null, { user: username });
      else callback(replyError(535, 'Authentication credentials invalid'));
    },
    onConnect: (session, callback) => callbackify(() => stage('connect', session))(callback),
    onMailFrom: (_address, session, callback) => callbackify(() => stage('mail', session))(callback),
    onRcptTo: (_address, session, callback) => callbackify(() => stage('rcpt', session))(callback),
    onData: (stream, session, callback) => callbackify(() => receive(stream, session))(callback),
  });
  // A client that breaks off is its own trouble; the server goes on.
  server.on('error', () => undefined);
  server.server.on('connection', socket => {
    const port = socket.remotePort ?? 0;
    sockets.set(port, socket);
    socket.once('close', () => sockets.delete(port));
  });
  return { server, sockets };
}

function wordsOf({ subject, text, html }: Omit<Mail, 'id'>): string {
  return [subject, text, html].join('\n');
}

async function readMail(
  raw: Buffer,
  session: SMTPServerSession,
  receivedAt: Date,
): Promise<Omit<Mail, 'id'>> {
  const { mailFrom, rcptTo } = session.envelope;
  const parsed = await PostalMime.parse(raw);
  const headers = new Map<string, string>();
  for (const { key, value } of parsed.headers) if (!headers.has(key)) headers.set(key, value);
  return {
    receivedAt,
    envelopeFrom: mailFrom === false ? '' : mailFrom.address,
    envelopeTo: rcptTo.map(recipient => recipient.address),
    subject: parsed.subject ?? '',
    messageId: parsed.messageId,
    text: parsed.text,
    html: parsed.html,
    headers,
    parsed,
    raw,
  };
}

function replyError(code: number, text = 'told to refuse'): Error {
  return Object.assign(new Error(text), { responseCode: code });
}

async function listen({ server }: Listener, port: number): Promise<number> {
  const listener = server.listen(port, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function stop({ server, sockets }: Listener): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(resolve));
  for (const socket of sockets.values()) socket.destroy();
  await closed;
}
