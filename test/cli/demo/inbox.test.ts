import { describe, expect, it } from 'vitest';
import PostalMime from 'postal-mime';
import { createInbox } from '../../../src/cli/demo/inbox.tsx';
import type { InboxSource } from '../../../src/cli/demo/inbox.tsx';
import type { Mail } from '../../../src/lab/mail-sink.ts';
import type { TelegramMessage } from '../../../src/lab/telegram-sink.ts';
import { parseTelegramHtml } from '../../../src/lab/telegram-html.ts';

const at = new Date('2026-01-02T03:04:05Z');

async function mail(id: number, html: string | undefined, subject = 'A new device'): Promise<Mail> {
  const raw = Buffer.from(`Subject: ${subject}\r\n\r\nIt is <there>.\r\n`);
  return {
    id,
    receivedAt: at,
    envelopeFrom: 'netureon@example.org',
    envelopeTo: ['anna@example.org'],
    subject,
    messageId: '<1@netureon>',
    text: 'It is <there>.',
    html,
    headers: new Map([['subject', subject]]),
    parsed: await PostalMime.parse(raw),
    raw,
  };
}

function telegram(source: string): TelegramMessage {
  const parsed = parseTelegramHtml(source);
  if ('error' in parsed) throw new Error(parsed.error);
  return { messageId: 1, chatId: 42, receivedAt: at, source, edited: false, keyboard: [], ...parsed };
}

function inbox(parts: Partial<{ mails: Mail[]; telegram: TelegramMessage[]; pressed: string[] }> = {}) {
  const source: InboxSource = {
    mails: () => parts.mails ?? [],
    telegram: () => parts.telegram ?? [],
    events: () => [{ at, what: 'a new device joins' }],
    press: (message, label) => {
      parts.pressed?.push(`${message.messageId} ${label}`);
      return Promise.resolve();
    },
    siteUrl: 'http://127.0.0.1:8080/',
  };
  const app = createInbox(source);
  return async (path: string, host = '127.0.0.1:8081', init?: RequestInit) => {
    const response = await app.request(`http://${host}${path}`, init);
    return { response, text: await response.text() };
  };
}

describe("the demo's inbox", () => {
  it('is there before the first message', async () => {
    const { response, text } = await inbox()('/');
    expect(response.status).toBe(200);
    expect(text).toContain('No mail yet.');
    expect(text).toContain('a new device joins');
    expect(text).toContain('href="http://127.0.0.1:8080/"');
    expect(response.headers.get('content-security-policy')).not.toContain('unsafe');
  });

  it('shows a mail as text, and its HTML in a frame that can run nothing', async () => {
    const get = inbox({ mails: [await mail(1, '<p onclick="x()">hi</p><script>1</script>', '<img src=x>')] });
    const { text } = await get('/');
    expect(text).toContain('&lt;img src=x&gt;');
    expect(text).toContain('It is &lt;there&gt;.');
    expect(text).toMatch(
      /<iframe [^>]*src="\/mail\/1" sandbox="allow-popups allow-popups-to-escape-sandbox"/,
    );
    const framed = await get('/mail/1');
    expect(framed.response.headers.get('content-security-policy')).toMatch(/^default-src 'none';.* sandbox /);
    expect((await get('/mail/2')).response.status).toBe(404);
  });

  it('draws Telegram messages as its apps do', async () => {
    const source =
      '<b>New <i>device</i></b> &lt;x&gt; <a href="http://127.0.0.1/d/1">show</a> <a href="javascript:x()">no</a> <code>02:00</code>';
    const { text } = await inbox({ telegram: [telegram(source)] })('/');
    expect(text).toContain(
      '<strong>New <em>device</em></strong> &lt;x&gt; ' +
        '<a href="http://127.0.0.1/d/1" rel="noreferrer" target="_blank">show</a> <span>no</span> <code>02:00</code>',
    );
  });

  it('gives the messages as JSON', async () => {
    const { text } = await inbox({ mails: [await mail(1, undefined)], telegram: [telegram('x')] })(
      '/messages',
    );
    expect(JSON.parse(text)).toMatchObject({
      mails: [{ id: 1, subject: 'A new device', headers: { subject: 'A new device' } }],
      telegram: [{ text: 'x', chatId: 42 }],
      events: [{ what: 'a new device joins' }],
    });
  });

  it('answers to no other name', async () => {
    expect((await inbox()('/', 'evil.example')).response.status).toBe(421);
    expect((await inbox()('/', 'localhost:8081')).response.status).toBe(200);
  });

  it('lets its visitor press a button of a message, as it is shown now', async () => {
    const keyboard = [
      [
        { text: 'Known', data: 'x' },
        { text: 'Block', data: 'y' },
      ],
    ];
    const pressed: string[] = [];
    const get = inbox({
      telegram: [telegram('before'), { ...telegram('after'), edited: true, keyboard }],
      pressed,
    });
    const { text } = await get('/');
    expect(text).toContain('<button name="label" value="Block">Block</button>');
    expect(text).not.toContain('before');
    const press = (origin: string, message = '1') =>
      get('/press', '127.0.0.1:8081', {
        method: 'POST',
        headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ message, label: 'Block' }).toString(),
      });
    expect((await press('http://evil.example')).response.status).toBe(403);
    expect((await press('http://127.0.0.1:8081', '2')).response.status).toBe(404);
    expect(pressed).toEqual([]);
    expect((await press('http://127.0.0.1:8081')).response.headers.get('location')).toBe('/');
    expect(pressed).toEqual(['1 Block']);
  });
});
