/** What people typed into a template's form, bounded; whether it works is for src/message/template.ts to say. */
import type { AlertKind } from '../store/alert-kinds.ts';
import type { ChannelKind } from '../store/channel-kinds.ts';
import { checkId } from './forms.ts';
import { alertKind, channelKind as channelKindSchema, revisionOrNull } from './schema/alerting.ts';

export interface TemplateTyped {
  /** Null: for every channel. */
  readonly channel: number | null;
  /** Null: for every kind. */
  readonly kind: AlertKind | null;
  readonly subject: string;
  readonly body: string;
  /** Null: there was none. */
  readonly revision: number | null;
  /** Of the preview: about what, and as which kind of channel shows it. */
  readonly example: AlertKind;
  readonly as: ChannelKind;
}

/** A little more than a template may have, so that who typed too much is told so. */
const MOST = { subject: 2100, body: 21_000 } as const;

/** The new_device is what most people see first. */
const EXAMPLE: AlertKind = 'new_device';

export function typedTemplate(form: URLSearchParams, channelKind: ChannelKind | undefined): TemplateTyped {
  const text = (name: 'subject' | 'body') =>
    (form.get(name) ?? '').replaceAll('\r\n', '\n').replaceAll('\0', '').slice(0, MOST[name]);
  const kind = kindOf(form.get('kind'));
  return {
    channel: checkId(form.get('channel') ?? undefined) ?? null,
    kind,
    subject: text('subject').replaceAll('\n', ' '),
    body: text('body'),
    revision: revisionOrNull.parse(form.get('revision')),
    example: kind ?? kindOf(form.get('example')) ?? EXAMPLE,
    as: channelKind ?? channelKindSchema.safeParse(form.get('as')).data ?? 'email',
  };
}

function kindOf(text: string | null | undefined): AlertKind | null {
  return alertKind.safeParse(text).data ?? null;
}
