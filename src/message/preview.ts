/** What a channel of some kind would be sent, without sending it: for the pages where templates are written. */
import type { AlertKind } from '../store/alert-kinds.ts';
import type { ChannelKind } from '../store/channel-kinds.ts';
import type { TemplateProblem } from '../store/templates.ts';
import type { Composed } from './compose.ts';
import { composeDigest, type RenderContext } from './digest.ts';
import { mailHtml } from './mail-html.ts';
import { mailText } from './mail-text.ts';
import { sampleAlert } from './samples.ts';
import { telegramHtml } from './telegram-html.ts';
import { checkTemplate, renderTemplate, type TemplateTexts } from './template.ts';

export interface PreviewRequest {
  readonly channelKind: ChannelKind;
  readonly kind: AlertKind;
  /** Null: the default text. */
  readonly template: TemplateTexts | null;
}

export interface Preview {
  readonly subject: string;
  /** As it goes out where there is no HTML: a mail's plain text, a webhook's JSON. */
  readonly text: string;
  /** A whole page for mail; Telegram's and Matrix's few elements. Null: this kind of channel has none. */
  readonly html: string | null;
  /** Of the template. Where there are any, the default text is shown: it is what would be sent. */
  readonly problems: readonly TemplateProblem[];
}

export function previewOf({ channelKind, kind, template }: PreviewRequest, context: RenderContext): Preview {
  const alerts = [sampleAlert(kind)];
  const digest = composeDigest(alerts, context);
  const problems = template === null ? [] : checkTemplate(template.subject, template.body);
  const made =
    template === null || problems.length > 0 ? undefined : renderTemplate(template, alerts, digest, context);
  const composed: Composed = {
    digest,
    ...(made?.kind === 'text' ? { custom: { subject: made.subject, text: made.text } } : {}),
  };
  return {
    subject: composed.custom?.subject ?? digest.subject,
    ...formOf(channelKind, composed),
    problems: made?.kind === 'failed' ? [made.problem] : problems,
  };
}

function formOf(kind: ChannelKind, composed: Composed): Pick<Preview, 'text' | 'html'> {
  const { digest, custom } = composed;
  const text = mailText(digest, custom);
  if (kind === 'email') return { text, html: mailHtml(digest, custom) };
  if (kind === 'telegram') return { text, html: telegramHtml(digest) };
  return { text, html: null };
}
