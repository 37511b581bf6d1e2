/** Alerts, their story, and mutes as the API gives and takes them. */
import { z } from '@hono/zod-openapi';
import { ALERT_KINDS } from '../../store/alert-kinds.ts';
import { SEVERITIES } from '../../store/site-alerts.ts';
import {
  answer,
  id,
  idCursor,
  idText,
  limitText,
  moment,
  momentOrNull,
  momentText,
  pageOf,
  plainText,
  smallId,
  smallIdText,
  yesNoText,
} from './api.ts';

const kind = z.enum(ALERT_KINDS);
const severity = z.enum(SEVERITIES);

const Delivery = answer('Delivery', {
  id: z.int(),
  state: z.enum(['queued', 'delivered', 'failed', 'suppressed']),
  channel: z.string().nullable(),
  channelKind: z.string().nullable(),
  target: z.string().nullable(),
  reason: z.string().nullable(),
  attempts: z.int(),
  createdAt: moment,
  finishedAt: momentOrNull,
  nextAttemptAt: momentOrNull,
  holdUntil: momentOrNull,
  receipt: z.string().nullable(),
  lastError: z.string().nullable(),
  rule: z.string().nullable(),
  quiet: z.boolean(),
  escalation: z.boolean(),
});

const alert = {
  id: z.int(),
  kind,
  severity,
  severityWas: severity.nullable(),
  state: z.enum(['open', 'reopened', 'acknowledged', 'resolved']),
  urgent: z.boolean(),
  summary: z.string(),
  deviceId: z.int().nullable(),
  deviceName: z.string().nullable(),
  deviceState: z.string().nullable(),
  mac: z.string().nullable(),
  ip: z.string().nullable(),
  networkId: z.int().nullable(),
  network: z.string().nullable(),
  count: z.int(),
  openedAt: moment,
  lastAt: moment,
  acknowledgedAt: momentOrNull,
  acknowledgedBy: z.string().nullable(),
  resolvedAt: momentOrNull,
  resolvedBecause: z.string().nullable(),
  reopens: z.int().nullable(),
  deliveries: z.array(Delivery),
};

const Alert = answer('Alert', alert);
export const AlertPage = pageOf('AlertPage', Alert);
export const AlertWithStory = answer('AlertWithStory', {
  ...alert,
  story: z.array(
    answer('StoryStep', {
      at: momentOrNull,
      what: z.string(),
      text: z.string(),
      channel: z.string().nullable(),
      detail: z.string().nullable(),
    }),
  ),
});

export const AlertListQuery = z.object({
  status: z.enum(['open', 'acknowledged', 'resolved', 'all']).default('all'),
  kind: kind.optional(),
  severity: severity.optional().openapi({ description: 'At least so severe.' }),
  device: idText.optional(),
  network: smallIdText.optional(),
  since: momentText.optional(),
  urgent: yesNoText.optional(),
  limit: limitText(200, 50),
  cursor: idCursor,
});

export const Acknowledge = z.strictObject({ acknowledged: z.boolean().default(true) }).openapi('Acknowledge');

/** A time in a body. */
const until = momentText.openapi({ description: 'At most a year from now.' });

export const MuteBody = z
  .strictObject({
    device: id.nullable().default(null),
    kind: kind.nullable().default(null),
    network: smallId.nullable().default(null),
    channel: smallId.nullable().default(null),
    until,
    note: plainText(500).default(''),
  })
  .openapi('MuteInput');
export const MuteAlert = z.strictObject({ until, note: plainText(500).default('') }).openapi('MuteAlert');

const Mute = answer('Mute', {
  id: z.int(),
  deviceId: z.int().nullable(),
  device: z.string().nullable(),
  kind: kind.nullable(),
  networkId: z.int().nullable(),
  network: z.string().nullable(),
  channelId: z.int().nullable(),
  channel: z.string().nullable(),
  from: moment,
  until: moment,
  actor: z.string(),
  note: z.string(),
  withheld: z.int(),
});
export const Mutes = answer('Mutes', { items: z.array(Mute) });
