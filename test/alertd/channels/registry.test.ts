// From a row and the configuration's credentials to a channel, or to the reason why there is none.
import { expect, test } from 'vitest';
import {
  isUnusable,
  makeChannel,
  type ChannelRow,
  type Credentials,
} from '../../../src/alertd/channels/registry.ts';
import { CHANNEL_KINDS } from '../../../src/store/channel-kinds.ts';

const everything: Credentials = {
  site: 'home',
  email: { url: 'smtp://127.0.0.1:9', from: 'netureon@example.test' },
  telegram: { token: `123456789:${'A'.repeat(35)}` },
  webhook: { url: 'https://example.test/hook', secret: '0123456789abcdef' },
  ntfy: { url: 'https://ntfy.example.test' },
  matrix: { url: 'https://matrix.example.test', token: 'syt_0123456789' },
};
const settings: Readonly<Record<ChannelRow['kind'], ChannelRow['settings']>> = {
  email: { to: ['anna@example.test'] },
  telegram: { chatId: '-100123' },
  webhook: { url: 'https://anna.example.test/' },
  ntfy: { topic: 'anna' },
  matrix: { room: '#anna:example.test' },
};
const made = async (row: Partial<ChannelRow> & Pick<ChannelRow, 'kind'>, credentials = everything) =>
  makeChannel({ name: 'anna', target: 'Anna', settings: settings[row.kind], ...row }, credentials, { fetch });

test.each(CHANNEL_KINDS)('%s: a person’s channel has its own name and target', async kind => {
  const channel = await made({ kind });
  expect(channel).toMatchObject({ name: 'anna', kind, target: 'Anna' });
  if (!isUnusable(channel)) channel.close();
});

test.each([
  ['email', 'no mail server is configured. Set url and from in the [email] section'],
  ['telegram', 'no bot is configured. Set token in the [telegram] section'],
  ['webhook', 'no secret to sign with is configured. Set secret in the [webhook] section'],
  ['ntfy', 'no ntfy server is configured. Set url in the [ntfy] section'],
  ['matrix', 'no Matrix server is configured. Set url and token in the [matrix] section'],
] as const)('%s: without credentials it says what to set', async (kind, problem) => {
  expect(await made({ kind }, { site: 'home' })).toEqual({ problem });
});

test.each(CHANNEL_KINDS.filter(kind => kind !== 'webhook'))(
  '%s: without a recipient it says so',
  async kind => {
    expect(await made({ kind, settings: {} })).toEqual({
      problem: expect.stringMatching(/(?:is|are) missing\.$/),
    });
  },
);

test('the configured webhook needs the configured address', async () => {
  expect(await made({ kind: 'webhook', settings: {} })).toMatchObject({ kind: 'webhook' });
  const { webhook: _none, ...without } = everything;
  expect(await made({ kind: 'webhook', settings: {} }, without)).toEqual({
    problem: 'it has no address. Set url in the [webhook] section',
  });
});
