/** Kinds of channels in plain words, what each needs from a person, and what the configuration must have for it. */
import type { ChannelKind } from '../../store/channel-kinds.ts';

interface KindWords {
  readonly word: string;
  /** What is typed as its recipient. */
  readonly recipient: string;
  readonly example: string;
  /** A section for netureon.toml. */
  readonly section: string;
}

export const KIND_OF_CHANNEL: Readonly<Record<ChannelKind, KindWords>> = {
  email: {
    word: 'Mail',
    recipient: 'mail addresses, separated by commas',
    example: 'anna@example.org, ben@example.org',
    section: `[email]
url = "smtp://user:password@mail.example.org:587"
from = "netureon@example.org"
to = ["you@example.org"]`,
  },
  telegram: {
    word: 'Telegram',
    recipient: 'the number of a chat that the bot is in, or @channelname',
    example: '-1001234567890',
    section: `[telegram]
token = "123456:the-token-from-BotFather"
chat_ids = ["123456789"]`,
  },
  ntfy: {
    word: 'ntfy',
    recipient: 'a topic of your ntfy server',
    example: 'netureon-k3Qz8vWm2xTd',
    section: `[ntfy]
url = "https://ntfy.sh"
topics = ["netureon-k3Qz8vWm2xTd"]`,
  },
  matrix: {
    word: 'Matrix',
    recipient: 'a room, by its id or alias',
    example: '#alerts:example.org',
    section: `[matrix]
url = "https://matrix.example.org"
token = "syt_…"
rooms = ["#alerts:example.org"]`,
  },
  webhook: {
    word: 'Webhook',
    recipient: 'a web address that takes JSON',
    example: 'https://example.org/hooks/netureon',
    section: `[webhook]
url = "https://example.org/hooks/netureon"
secret = "a-long-random-text"`,
  },
};
