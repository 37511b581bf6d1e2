/** The ways to reach people; sql/migrations has the same list as a check. */
export const CHANNEL_KINDS = ['email', 'telegram', 'webhook', 'ntfy', 'matrix'] as const;

export type ChannelKind = (typeof CHANNEL_KINDS)[number];
