/** What a channel of some kind would be sent, without sending it: for the pages where templates are written. */
import type { AlertKind } from '../store/alert-kinds.ts';
import type { ChannelKind } from '../store/channel-kinds.ts';
import type { OutboxAlert } from '../store/outbox.ts';
import type { TemplateProblem } from '../store/templates.ts';
import type { Composed } from './compose.ts';
import { composeDigest, type RenderContext } from './digest.ts';
import { mailHtml } from './mail-html.ts';
import { mailText } from './mail-text.ts';
import { matrixContent } from './matrix-content.ts';
import { ntfyJson } from './ntfy-json.ts';
import { sampleAlert } from './samples.ts';
import { telegramText } from './telegram-html.ts';
import { checkTemplate, renderTemplate, type TemplateTexts } from './template.ts';
import { webhookJson } from './webhook-json.ts';

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

/** The form of a message’s key; nothing is sent under it. */
const SAMPLE_KEY = '00000000-0000-4000-8000-000000000000';

/** With the links of a mail as they look; they lead nowhere. */
export function previewOf({ channelKind, kind, template }: PreviewRequest, context: RenderContext): Preview {
  const alerts = [sampleAlert(kind)];
  const home = context.publicUrl;
  const urlOf = home === undefined || channelKind !== 'email' ? undefined : () => `${home}/l/preview`;
  const digest = composeDigest(alerts, context, urlOf);
  const problems = template === null ? [] : checkTemplate(template.subject, template.body);
  const made =
    template === null || problems.length > 0 ? undefined : renderTemplate(template, alerts, digest, context);
  const composed: Composed = {
    digest,
    ...(made?.kind === 'text' ? { custom: { subject: made.subject, text: made.text } } : {}),
  };
  return {
    subject: composed.custom?.subject ?? digest.subject,
    ...formOf(channelKind, composed, alerts, context.site),
    problems: made?.kind === 'failed' ? [made.problem] : problems,
  };
}

function formOf(
  kind: ChannelKind,
  composed: Composed,
  alerts: readonly OutboxAlert[],
  site: string,
): Pick<Preview, 'text' | 'html'> {
  const { digest, custom } = composed;
  if (kind === 'webhook') {
    const sent = { ...composed, key: SAMPLE_KEY, composedAt: alerts[0]?.openedAt ?? new Date(0), alerts };
    return {
      text: JSON.stringify(webhookJson(sent, { site, channel: 'webhook' }), undefined, 2),
      html: null,
    };
  }
  if (kind === 'ntfy')
    return { text: ntfyJson({ ...composed, key: SAMPLE_KEY }, 'netureon').message, html: null };
  if (kind === 'matrix') {
    const { body, formatted_body: html } = matrixContent(composed);
    return { text: body, html };
  }
  const text = mailText(digest, custom);
  if (kind === 'email') return { text, html: mailHtml(digest, custom) };
  return { text, html: telegramText(composed) };
}
