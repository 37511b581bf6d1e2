/** What one message says: the digest, and what a person's own template makes of it where there is one. */
import type { ChannelKind } from '../store/channel-kinds.ts';
import type { OutboxAlert } from '../store/outbox.ts';
import type { Template } from '../store/templates.ts';
import { composeDigest, type Digest, type RenderContext } from './digest.ts';
import type { LinkSigner } from './links.ts';
import { plainMessage } from './plain-message.ts';

/** From a template, as plain text without any markup; each channel escapes it. */
export interface Custom {
  readonly subject: string;
  readonly text: string;
}

export interface Composed {
  readonly digest: Digest;
  /** Absent: the default text. */
  readonly custom?: Custom;
  /** There is a template, and it could not be used: why. The default text is sent instead. */
  readonly fellBack?: string;
}

export interface Compose {
  /** @param alerts never empty */
  (
    alerts: readonly OutboxAlert[],
    channel: { readonly name: string; readonly kind: ChannelKind },
  ): Promise<Composed>;
  /** The same without a word that a device or a template chose: for a server that refused the other text. */
  plainly(alerts: readonly OutboxAlert[]): Composed & { readonly alerts: readonly OutboxAlert[] };
}

/** What a message's wording depends on besides its alerts: read anew for each, so that a change takes effect at once. */
export interface Wording {
  readonly templates: readonly Template[];
  /** undefined: links that act would lead nowhere. */
  readonly signer: LinkSigner | undefined;
}

/** @param wording never rejects: a message that cannot have its template is sent as it would be without one */
export function composeWith(context: RenderContext, wording: () => Promise<Wording>): Compose {
  const compose = async (
    alerts: readonly OutboxAlert[],
    channel: { readonly name: string; readonly kind: ChannelKind },
  ): Promise<Composed> => {
    const { templates, signer } = await wording();
    // In mail alone: Telegram has buttons, and what machines read should not carry the right to act.
    const urlOf =
      signer === undefined || channel.kind !== 'email'
        ? undefined
        : (alert: OutboxAlert) => signer.urlOf(alert, channel.name);
    const digest = composeDigest(alerts, context, urlOf);
    const template = templateFor(templates, alerts, channel.name);
    if (template === undefined) return { digest };
    // Loaded only where there is a template: it is a library of its own.
    const { problemText, renderTemplate } = await import('./template.ts');
    const made = renderTemplate(template, alerts, digest, context);
    return made.kind === 'text'
      ? { digest, custom: { subject: made.subject, text: withUnsaid(made.text, alerts, digest) } }
      : { digest, fellBack: `the template could not be used: ${problemText(made.problem)}` };
  };
  return Object.assign(compose, {
    plainly: (alerts: readonly OutboxAlert[]) => plainMessage(alerts, context),
  });
}

/** A text written with one alert in mind must not keep back the others that travel in the same message. */
function withUnsaid(text: string, alerts: readonly OutboxAlert[], { sections }: Digest): string {
  const unsaid = sections.filter(({ title }) => !text.includes(title));
  if (alerts.length === 1 || unsaid.length === 0) return text;
  return `${text.trimEnd()}\n\nIn this message:\n${unsaid.map(({ title }) => `- ${title}`).join('\n')}`;
}

/** The most particular one: of the channel and kind, of the channel, of the kind, of all. A message about several kinds has no kind. */
export function templateFor(
  templates: readonly Template[],
  alerts: readonly OutboxAlert[],
  channel: string,
): Template | undefined {
  const kinds = new Set(alerts.map(({ kind }) => kind));
  const [kind] = kinds.size === 1 ? [...kinds] : [null];
  const weight = (one: Template) => (one.channel === null ? 0 : 2) + (one.kind === null ? 0 : 1);
  return templates
    .filter(one => one.channel === null || one.channel === channel)
    .filter(one => one.kind === null || one.kind === kind)
    .toSorted((a, b) => weight(b) - weight(a))[0];
}
