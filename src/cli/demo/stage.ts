/**
 * What `netureon demo` sets up around the same processes that `netureon up` runs: the simulated LAN, the two servers
 * that take its messages, and the inbox that shows them. Everything listens on 127.0.0.1 or lives in a namespace.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Clock } from '../../lib/clock.ts';
import { codeOf } from '../../lib/errors.ts';
import { createLan } from '../../lab/lan.ts';
import type { Lan } from '../../lab/lan.ts';
import { startMailSink } from '../../lab/mail-sink.ts';
import type { MailSink } from '../../lab/mail-sink.ts';
import { DEMO_ADDRESS, DEMO_HOSTS, DEMO_MAC, DEMO_NETWORK, playDemo } from '../../lab/population.ts';
import { startTelegramSink } from '../../lab/telegram-sink.ts';
import type { TelegramSink } from '../../lab/telegram-sink.ts';
import { createInbox } from './inbox.tsx';

export interface StageOptions {
  readonly clock: Clock;
  /** Where the site will be: the inbox links there. */
  readonly siteUrl: string;
  /** Of the inbox; if it is taken, or 0, any free one. */
  readonly inboxPort: number;
  /** 35 characters of [A-Za-z0-9_-], for the Telegram stand-in. */
  readonly telegramSecret: string;
}

export interface Stage {
  readonly lan: Lan;
  readonly mail: MailSink;
  readonly telegram: TelegramSink;
  readonly inboxUrl: string;
  /** Lets things happen in the LAN until the signal aborts. Call it when the first scan has been recorded. */
  play(signal: AbortSignal, tell: (what: string) => void): Promise<void>;
  close(): Promise<void>;
}

export const DEMO_CHAT_ID = 4242;
/** Who presses buttons in the inbox. */
const VISITOR = { id: 1, firstName: 'You' };
const ANSWER_MS = 5_000;
const TELEGRAM_BOT_ID = 7000000000;

/** @throws NetureonError permission or io when the machine allows no network namespace */
export async function setStage(options: StageOptions): Promise<Stage> {
  const { clock } = options;
  const open: { close(): Promise<void> }[] = [];
  const events: { at: Date; what: string }[] = [];
  const close = async () => {
    for (const one of open.splice(0).toReversed()) await one.close();
  };
  try {
    const lan = await createLan({
      cidr: DEMO_NETWORK,
      address: DEMO_ADDRESS,
      mac: DEMO_MAC,
      gateway: DEMO_HOSTS[0]?.ip ?? DEMO_ADDRESS,
      hosts: DEMO_HOSTS,
    });
    open.push(lan);
    const mail = await startMailSink({ clock });
    open.push(mail);
    const token = telegramToken(options.telegramSecret);
    const telegram = await startTelegramSink({ clock, token, chatIds: [DEMO_CHAT_ID] });
    open.push(telegram);
    const inbox = createInbox({
      mails: () => mail.mails,
      telegram: () => telegram.messages,
      press: async ({ chatId, messageId }, label) => {
        const message = telegram.shown({ chatId, messageId });
        const edited = telegram.nextMessage(one => one.edited && one.messageId === messageId);
        const answered = Promise.all([telegram.press(message, label, VISITOR), edited]);
        // Not everything that is pressed changes the message, and the bot may have ended.
        await Promise.race([answered, clock.sleep(ANSWER_MS)]);
      },
      events: () => events,
      siteUrl: options.siteUrl,
    });
    const server = await listen(getRequestListener(inbox.fetch), options.inboxPort);
    open.push({ close: () => stop(server) });
    return {
      lan,
      mail,
      telegram,
      inboxUrl: `http://127.0.0.1:${portOf(server)}/`,
      play: (signal, tell) =>
        playDemo(lan, clock, signal, what => {
          events.push({ at: clock.now(), what });
          tell(what);
        }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export function telegramToken(secret: string): string {
  return `${TELEGRAM_BOT_ID}:${secret}`;
}

async function listen(handler: ReturnType<typeof getRequestListener>, port: number): Promise<Server> {
  const server = createServer((request, response) => void handler(request, response));
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  } catch (error) {
    if (port === 0 || codeOf(error) !== 'EADDRINUSE') throw error;
    return listen(handler, 0);
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
}
