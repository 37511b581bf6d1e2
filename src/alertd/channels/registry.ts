/** From a channel's row and the configuration's credentials to something that sends. */
import type { ChannelKind } from '../../store/channel-kinds.ts';
import { checkRecipients, type Settings } from '../../store/channel-input.ts';
import type { Fetch } from '../http-fetch.ts';
import type { Channel } from './channel.ts';

/** A channel as a row of the database, or of the configuration, has it. */
export interface ChannelRow {
  readonly name: string;
  readonly kind: ChannelKind;
  readonly target: string;
  /** Whom it reaches: see checkRecipients. Of the configuration's webhook: empty, its URL may be a secret. */
  readonly settings: Settings;
}

/** What the configuration knows and no row does. A kind that is absent cannot be used. */
export interface Credentials {
  readonly site: string;
  readonly email?: { readonly url: string; readonly from: string };
  readonly telegram?: { readonly token: string; readonly apiRoot?: string };
  /** `secret` signs what is sent to people's own webhooks too. */
  readonly webhook?: { readonly url?: string; readonly secret: string };
  readonly ntfy?: { readonly url: string; readonly token?: string };
  readonly matrix?: { readonly url: string; readonly token: string };
}

export interface ChannelDeps {
  readonly fetch: Fetch;
  /** Signs the buttons under Telegram messages; without it they have none. */
  readonly buttonKey?: () => Promise<Uint8Array>;
}

/** Why a channel cannot be used, in words for its page. */
export interface Unusable {
  readonly problem: string;
}

/** Each channel's library is loaded only where it is used: they are the larger part of the daemon's memory. */
export async function makeChannel(
  row: ChannelRow,
  credentials: Credentials,
  deps: ChannelDeps,
): Promise<Channel | Unusable> {
  const { name, kind, target, settings } = row;
  const { site } = credentials;
  // The configuration's own webhook: its address is a credential, not a recipient.
  if (kind === 'webhook' && settings['url'] === undefined) {
    const { webhook } = credentials;
    return webhook?.url === undefined
      ? { problem: 'it has no address. Set url in the [webhook] section' }
      : (await import('./webhook.ts')).webhookChannel({
          ...deps,
          ...webhook,
          url: webhook.url,
          name,
          target,
          site,
        });
  }
  const recipients = checkRecipients(kind, settings);
  if ('problem' in recipients) return recipients;
  switch (recipients.kind) {
    case 'email': {
      if (credentials.email === undefined) return missing('mail server', 'url and from', 'email');
      const { emailChannel } = await import('./email.ts');
      return { ...emailChannel({ ...credentials.email, ...recipients.settings, site }), name, target };
    }
    case 'telegram': {
      if (credentials.telegram === undefined) return missing('bot', 'token', 'telegram');
      const { telegramChannel } = await import('./telegram.ts');
      return {
        ...telegramChannel({ ...deps, ...credentials.telegram, ...recipients.settings }),
        name,
        target,
      };
    }
    case 'webhook': {
      if (credentials.webhook === undefined) return missing('secret to sign with', 'secret', 'webhook');
      const { webhookChannel } = await import('./webhook.ts');
      return webhookChannel({ ...deps, ...credentials.webhook, ...recipients.settings, name, target, site });
    }
    case 'ntfy': {
      if (credentials.ntfy === undefined) return missing('ntfy server', 'url', 'ntfy');
      const { ntfyChannel } = await import('./ntfy.ts');
      return ntfyChannel({ ...deps, ...credentials.ntfy, ...recipients.settings, name, target });
    }
  }
  if (credentials.matrix === undefined) return missing('Matrix server', 'url and token', 'matrix');
  const { matrixChannel } = await import('./matrix.ts');
  return matrixChannel({ ...deps, ...credentials.matrix, ...recipients.settings, name, target });
}

export function isUnusable(made: Channel | Unusable): made is Unusable {
  return 'problem' in made;
}

function missing(what: string, keys: string, section: string): Unusable {
  return { problem: `no ${what} is configured. Set ${keys} in the [${section}] section` };
}
