/** What one message says: the digest, and what a person's own template makes of it where there is one. */
import type { ChannelKind } from '../store/channel-kinds.ts';
import type { OutboxAlert } from '../store/outbox.ts';
import { composeDigest, type Digest, type RenderContext } from './digest.ts';

export interface Composed {
  readonly digest: Digest;
  /** From a template, as plain text without any markup; each channel escapes it. Absent: the default text. */
  readonly custom?: { readonly subject: string; readonly text: string };
  /** There is a template, and it could not be used: why. The default text is sent instead. */
  readonly fellBack?: string;
}

/** @param alerts never empty */
export type Compose = (
  alerts: readonly OutboxAlert[],
  channel: { readonly name: string; readonly kind: ChannelKind },
) => Promise<Composed>;

export function defaultCompose(context: RenderContext): Compose {
  return alerts => Promise.resolve({ digest: composeDigest(alerts, context) });
}
