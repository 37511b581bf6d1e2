/** What the configuration says of channels: whom it names, and the credentials that people's own channels use too. */
import type { ChannelRow, Credentials } from '../../alertd/channels/registry.ts';
import type { Config } from '../../config/schema.ts';
import { webTarget } from '../../store/channel-input.ts';

export function credentialsOf(config: Config): Credentials {
  const { emailUrl, emailFrom, telegramToken, telegramApiRoot, webhookUrl, webhookSecret } = config;
  const { ntfyUrl, ntfyToken, matrixUrl, matrixToken } = config;
  return {
    site: config.siteName,
    ...(emailUrl !== undefined && emailFrom !== undefined
      ? { email: { url: emailUrl, from: emailFrom } }
      : {}),
    ...(telegramToken === undefined ? {} : { telegram: { token: telegramToken, apiRoot: telegramApiRoot } }),
    ...(webhookSecret === undefined
      ? {}
      : { webhook: { secret: webhookSecret, ...(webhookUrl === undefined ? {} : { url: webhookUrl }) } }),
    ...(ntfyUrl === undefined
      ? {}
      : { ntfy: { url: ntfyUrl, ...(ntfyToken === undefined ? {} : { token: ntfyToken }) } }),
    ...(matrixUrl !== undefined && matrixToken !== undefined
      ? { matrix: { url: matrixUrl, token: matrixToken } }
      : {}),
  };
}

/** The channels that the configuration names, as rows; `settings` as a person's channel would have them. */
export function configuredChannels(config: Config): ChannelRow[] {
  const { email, telegram, webhook, ntfy, matrix } = credentialsOf(config);
  const rows: ChannelRow[] = [];
  const { emailTo: to } = config;
  if (email !== undefined && to.length > 0)
    rows.push({ name: 'email', kind: 'email', target: to.join(', '), settings: { to } });
  if (telegram !== undefined)
    for (const chatId of config.telegramChatIds)
      rows.push({
        name: `telegram:${chatId}`,
        kind: 'telegram',
        target: `chat ${chatId}`,
        settings: { chatId },
      });
  if (webhook?.url !== undefined)
    rows.push({ name: 'webhook', kind: 'webhook', target: webTarget(webhook.url), settings: {} });
  if (ntfy !== undefined)
    for (const topic of config.ntfyTopics)
      rows.push({ name: `ntfy:${topic}`, kind: 'ntfy', target: `topic ${topic}`, settings: { topic } });
  if (matrix !== undefined)
    for (const room of config.matrixRooms)
      rows.push({ name: `matrix:${room}`, kind: 'matrix', target: `room ${room}`, settings: { room } });
  // Who writes a chat down twice means it once.
  return [...new Map(rows.map(row => [row.name, row])).values()];
}
