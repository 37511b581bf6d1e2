/** What the configuration must have for each kind of channel: a section for netureon.toml, the same in any language. */
import type { ChannelKind } from '../../store/channel-kinds.ts';

export const SECTION_OF_CHANNEL: Readonly<Record<ChannelKind, string>> = {
  email: `[email]
url = "smtp://user:password@mail.example.org:587"
from = "netureon@example.org"
to = ["you@example.org"]`,
  telegram: `[telegram]
token = "123456:the-token-from-BotFather"
chat_ids = ["123456789"]`,
  ntfy: `[ntfy]
url = "https://ntfy.sh"
topics = ["netureon-k3Qz8vWm2xTd"]`,
  matrix: `[matrix]
url = "https://matrix.example.org"
token = "syt_…"
rooms = ["#alerts:example.org"]`,
  webhook: `[webhook]
url = "https://example.org/hooks/netureon"
secret = "a-long-random-text"`,
};
