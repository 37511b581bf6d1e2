/**
 * The demo's inbox: what the mail server and the Telegram stand-in have received, on a page of its own, so that people
 * see the messages that netureon would have sent them. Text is escaped, mail HTML sits in a sandboxed frame.
 */
import { Hono } from 'hono';
import { csrf } from 'hono/csrf';
import { createMiddleware } from 'hono/factory';
import type { Mail } from '../../lab/mail-sink.ts';
import type { TelegramMessage } from '../../lab/telegram-sink.ts';
import { INBOX_SCRIPT, INBOX_STYLE } from './inbox-assets.ts';
import { formatted } from './telegram-view.tsx';

export interface InboxSource {
  mails(): readonly Mail[];
  telegram(): readonly TelegramMessage[];
  /** Presses a button of a message; resolves when it has shown what it did, or will not. */
  press(message: TelegramMessage, label: string): Promise<void>;
  /** What has happened in the demo's LAN, oldest first. */
  events(): readonly { readonly at: Date; readonly what: string }[];
  /** Of the site, for the way back. */
  readonly siteUrl: string;
}

/** Newest first; the demo runs for minutes, and nobody reads further back. */
const SHOWN = 100;

const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/** A mail may bring its own style and nothing else; its links open beside it. */
const MAIL_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups allow-popups-to-escape-sandbox";

export function createInbox(source: InboxSource) {
  const inbox = new Hono();
  inbox.use(localOnly);
  inbox.get('/', context => {
    context.header('content-security-policy', PAGE_POLICY);
    return context.html(<Page source={source} />);
  });
  inbox.get('/inbox.css', context =>
    context.body(INBOX_STYLE, 200, { 'content-type': 'text/css; charset=utf-8' }),
  );
  inbox.get('/inbox.js', context =>
    context.body(INBOX_SCRIPT, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  );
  inbox.get('/mail/:id', context => {
    const mail = source.mails().find(one => String(one.id) === context.req.param('id'));
    if (mail?.html === undefined) return context.text('There is no such mail.', 404);
    context.header('content-security-policy', MAIL_POLICY);
    return context.html(`<base target="_blank">${mail.html}`);
  });
  inbox.post('/press', csrf(), async context => {
    const { message, label } = await context.req.parseBody();
    const found = shownNow(source.telegram()).find(one => String(one.messageId) === message);
    if (found === undefined || typeof label !== 'string')
      return context.text('There is no such button.', 404);
    await source.press(found, label);
    return context.redirect('/', 303);
  });
  inbox.get('/messages', context =>
    context.json({
      mails: source.mails().map(({ parsed: _parsed, raw: _raw, headers, ...mail }) => ({
        ...mail,
        headers: Object.fromEntries(headers),
      })),
      telegram: source.telegram(),
      events: source.events(),
    }),
  );
  return inbox;
}

/** Another site's page must not read the inbox through a name that points to 127.0.0.1 (DNS rebinding). */
const localOnly = createMiddleware(async (context, next) => {
  const { hostname } = new URL(context.req.url);
  if (hostname !== '127.0.0.1' && hostname !== 'localhost')
    return context.text('Open this page at http://127.0.0.1.', 421);
  await next();
  context.header('x-content-type-options', 'nosniff');
  context.header('cache-control', 'no-store');
  return undefined;
});

function Page({ source }: { source: InboxSource }) {
  const mails = source.mails();
  const telegram = shownNow(source.telegram());
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Demo inbox</title>
        <link rel="stylesheet" href="/inbox.css" />
        <script src="/inbox.js" defer></script>
      </head>
      <body data-count={mails.length + source.telegram().length}>
        <header>
          <h1>Demo inbox</h1>
          <p>
            What netureon has sent about the simulated network. Nothing has left this machine.{' '}
            <a href={source.siteUrl}>Back to netureon</a>
          </p>
          <p id="news" role="status"></p>
        </header>
        <main>
          <section aria-labelledby="mails">
            <h2 id="mails">Mail ({mails.length})</h2>
            {mails.length === 0 && <p class="muted">No mail yet. The first comes with the first scan.</p>}
            {newestFirst(mails).map(mail => (
              <MailItem mail={mail} />
            ))}
          </section>
          <section aria-labelledby="telegram">
            <h2 id="telegram">Telegram ({telegram.length})</h2>
            {telegram.length === 0 && <p class="muted">No message yet.</p>}
            {newestFirst(telegram).map(message => (
              <article>
                <p class="muted">
                  <Time at={message.receivedAt} /> to chat {message.chatId}
                </p>
                <div class="bubble">{formatted(message.text, message.entities)}</div>
                {message.keyboard.map(row => (
                  <form class="buttons" method="post" action="/press">
                    <input type="hidden" name="message" value={message.messageId} />
                    {row.map(({ text }) => (
                      <button name="label" value={text}>
                        {text}
                      </button>
                    ))}
                  </form>
                ))}
              </article>
            ))}
          </section>
          <section aria-labelledby="events">
            <h2 id="events">In the simulated network</h2>
            <ol>
              {newestFirst(source.events()).map(event => (
                <li>
                  <Time at={event.at} /> {event.what}
                </li>
              ))}
            </ol>
          </section>
        </main>
      </body>
    </html>
  );
}

function MailItem({ mail }: { mail: Mail }) {
  return (
    <article>
      <h3>{mail.subject}</h3>
      <p class="muted">
        <Time at={mail.receivedAt} /> from {mail.envelopeFrom} to {mail.envelopeTo.join(', ')}
      </p>
      {mail.html !== undefined && (
        <iframe
          title={`Mail: ${mail.subject}`}
          src={`/mail/${mail.id}`}
          sandbox="allow-popups allow-popups-to-escape-sandbox"
          loading="lazy"
        ></iframe>
      )}
      <details open={mail.html === undefined}>
        <summary>As plain text</summary>
        <pre>{mail.text ?? ''}</pre>
      </details>
    </article>
  );
}

function Time({ at }: { at: Date }) {
  return <time datetime={at.toISOString()}>{at.toTimeString().slice(0, 8)}</time>;
}

/** Each message once, as it was edited last, at its place. */
function shownNow(messages: readonly TelegramMessage[]): readonly TelegramMessage[] {
  return [...new Map(messages.map(message => [`${message.chatId} ${message.messageId}`, message])).values()];
}

function newestFirst<T>(items: readonly T[]): T[] {
  return items.slice(-SHOWN).toReversed();
}
