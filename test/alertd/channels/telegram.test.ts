// The Telegram channel against a server that answers what the Bot API never would.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { Outcome } from '../../../src/alertd/channels/channel.ts';
import { telegramChannel } from '../../../src/alertd/channels/telegram.ts';
import { composeDigest } from '../../../src/message/digest.ts';
import { whenFormat } from '../../../src/message/when.ts';

const TOKEN = '123456:a-token_that-is-secret';
const digest = composeDigest(
  [
    {
      id: 1,
      kind: 'scan_failing',
      severity: 'high',
      summary: 'Nobody is looking',
      detail: {},
      deviceId: null,
      deviceName: null,
      deviceState: null,
      deviceKind: null,
      owner: null,
      mac: null,
      vendor: null,
      randomMac: false,
      ip: null,
      networkId: 1,
      network: '10.66.0.0/24',
      openedAt: new Date('2026-11-20T09:12:05Z'),
      resolvedAt: null,
      acknowledgedAt: null,
      count: 1,
      reopens: null,
      escalation: false,
      quiet: false,
      afterMute: false,
    },
  ],
  { site: 'default', publicUrl: undefined, when: whenFormat('UTC') },
);
const message = {
  key: '00000000-0000-4000-8000-000000000001',
  composedAt: new Date('2026-11-20T09:12:05Z'),
  alerts: [],
  digest,
};

/** What becomes of a message when the server answers like this. */
async function sendTo(answer: (response: ServerResponse) => void): Promise<Outcome> {
  const server = createServer((request, response) => {
    request.resume();
    answer(response);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const apiRoot = `http://127.0.0.1:${port}`;
  return telegramChannel({ token: TOKEN, chatId: '42', apiRoot, fetch }).send(
    message,
    new AbortController().signal,
  );
}

const json = (document: unknown) => (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
};

it('stops reading an answer that does not end', async () => {
  let sent = 0;
  const outcome = await sendTo(response => {
    const part = Buffer.alloc(64 * 1024, ' ');
    response.writeHead(200, { 'content-type': 'application/json' });
    const more = () => {
      sent += part.length;
      if (!response.destroyed) response.write(part, more);
    };
    more();
  });
  expect(outcome).toMatchObject({ kind: 'retry', scope: 'channel' });
  expect(JSON.stringify(outcome)).toContain('does not end');
  // What the sockets hold comes on top of the megabyte that is read.
  expect(sent).toBeLessThan(32 * 1024 * 1024);
});

it.each([
  ['soon', 60_000],
  [null, 60_000],
  [-5, 60_000],
  [7, 7_000],
  [1e300, 3_600_000],
])('told to wait for %j, waits for %d ms', async (wait, ms) => {
  const refusal = { ok: false, error_code: 429, description: 'x', parameters: { retry_after: wait } };
  expect(await sendTo(json(refusal))).toMatchObject({ kind: 'retry', afterMs: ms });
});

it('keeps the token to itself when the server repeats it', async () => {
  const description = `Bad Request: /bot${TOKEN}/sendMessage`;
  for (const code of [400, 401, 403, 429, 500]) {
    const outcome = await sendTo(json({ ok: false, error_code: code, description }));
    expect(JSON.stringify(outcome)).toContain('Bad Request');
    expect(JSON.stringify(outcome)).not.toContain('that-is-secret');
  }
});

it('makes inert what the server says, for the database and the pages', async () => {
  const hostile = `\u0000\u001b]0;x\u0007\u202e${'a'.repeat(5000)}`;
  const accepted = await sendTo(json({ ok: true, result: { message_id: hostile } }));
  const moved = { migrate_to_chat_id: hostile };
  const refused = await sendTo(json({ ok: false, error_code: 400, description: hostile, parameters: moved }));
  expect([accepted.kind, refused.kind]).toEqual(['accepted', 'rejected']);
  for (const outcome of [accepted, refused]) {
    const said = outcome.kind === 'accepted' ? outcome.receipt : outcome.reason;
    // oxlint-disable-next-line no-control-regex -- that is what must not be there
    expect(said).not.toMatch(/[\u0000-\u001f\u202e]/);
    expect(said.length).toBeLessThan(600);
  }
});

it.each([null, [1], { ok: true }, { ok: false }, 'text', 7])(
  'tries again after the answer %j',
  async answer => {
    expect(await sendTo(json(answer))).toMatchObject({ kind: 'retry', scope: 'channel' });
  },
);
