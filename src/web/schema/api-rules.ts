/** Rules, channels and texts as the API gives and takes them. What a rule may say is checked by checkRule, as on its page. */
import { z } from '@hono/zod-openapi';
import { ALERT_KINDS } from '../../store/alert-kinds.ts';
import { CHANNEL_KINDS } from '../../store/channel-kinds.ts';
import { DEVICE_STATES } from '../../store/device-query.ts';
import { SEVERITIES } from '../../store/site-alerts.ts';
import { answer, id, moment, momentOrNull, momentText, plainText, smallId } from './api.ts';

const clock = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, { error: 'This has to be a time of day such as 22:00.' });
const seconds = z.int().min(1).max(31_622_400);
const some = <Item extends z.ZodType>(item: Item) => z.array(item).min(1).max(100).nullable();
const text = (most: number) => plainText(most).min(1);

/** As RuleInput; null or left out: whatever it is. */
const ruleFields = {
  enabled: z.boolean().default(true),
  kinds: some(z.enum(ALERT_KINDS)).default(null),
  minSeverity: z.enum(SEVERITIES).default('info'),
  networks: some(smallId).default(null),
  devices: some(id).default(null),
  owners: some(text(200)).default(null),
  deviceKinds: some(text(60)).default(null),
  states: some(z.enum(DEVICE_STATES)).default(null),
  vendors: some(text(200)).default(null),
  randomMac: z.boolean().nullable().default(null),
  watched: z.boolean().nullable().default(null),
  days: some(z.int().min(1).max(7)).default(null),
  fromTime: clock.nullable().default(null),
  toTime: clock.nullable().default(null),
  timeZone: text(60).nullable().default(null),
  action: z.enum(['send', 'silence']).default('send'),
  channels: some(smallId).default(null),
  setSeverity: z.enum(SEVERITIES).nullable().default(null),
  cooldownS: seconds.nullable().default(null),
  groupS: seconds.nullable().default(null),
  quietFrom: clock.nullable().default(null),
  quietTo: clock.nullable().default(null),
  escalateAfterS: seconds.nullable().default(null),
  escalateTo: smallId.nullable().default(null),
  expiresAt: momentText.nullable().default(null),
};
export const RuleBody = z.strictObject({ name: text(100), ...ruleFields }).openapi('RuleInput', {
  description: 'Times of day are in `timeZone`, or in the site’s; days count from Monday, 1.',
});

const listOf = <Item extends z.ZodType>(item: Item) => z.array(item).nullable();
export const Rule = answer('Rule', {
  id: z.int(),
  position: z.int(),
  name: z.string(),
  enabled: z.boolean(),
  kinds: listOf(z.enum(ALERT_KINDS)),
  minSeverity: z.enum(SEVERITIES),
  networks: listOf(z.int()),
  devices: listOf(z.int()),
  owners: listOf(z.string()),
  deviceKinds: listOf(z.string()),
  states: listOf(z.string()),
  vendors: listOf(z.string()),
  randomMac: z.boolean().nullable(),
  watched: z.boolean().nullable(),
  days: listOf(z.int()),
  fromTime: z.string().nullable(),
  toTime: z.string().nullable(),
  timeZone: z.string().nullable(),
  action: z.enum(['send', 'silence']),
  channels: listOf(z.int()),
  setSeverity: z.enum(SEVERITIES).nullable(),
  cooldownS: z.int().nullable(),
  groupS: z.int().nullable(),
  quietFrom: z.string().nullable(),
  quietTo: z.string().nullable(),
  escalateAfterS: z.int().nullable(),
  escalateTo: z.int().nullable(),
  expiresAt: momentOrNull,
  origin: z.enum(['default', 'person']),
  snoozedUntil: momentOrNull,
  madeBy: z.string().nullable(),
  madeAt: moment,
  revision: z.int(),
});
export const Rules = answer('Rules', { items: z.array(Rule) });
export const SavedRule = answer('SavedRule', { id: z.int(), warnings: z.array(z.string()) });
export const MoveRule = z.strictObject({ direction: z.enum(['up', 'down']) }).openapi('MoveRule');
export const RehearseRule = z
  .strictObject({
    id: smallId.nullable().default(null),
    rule: RuleBody,
    days: z.int().min(1).max(366).default(30),
  })
  .openapi('RehearseRule');

const Forecast = answer('Forecast', {
  alerts: z.int(),
  messages: z.int(),
  atNight: z.int(),
  byChannel: z.array(answer('ForecastChannel', { channel: z.string(), messages: z.int() })),
  byDay: z.array(answer('ForecastDay', { day: z.string(), messages: z.int() })),
  devices: z.array(
    answer('ForecastDevice', { id: z.int().nullable(), title: z.string(), messages: z.int() }),
  ),
  notSent: z.array(answer('ForecastNotSent', { reason: z.string(), alerts: z.int() })),
});
export const Rehearsal = answer('Rehearsal', {
  days: z.int(),
  rule: Forecast.nullable(),
  all: Forecast,
  now: Forecast,
  warnings: z.array(z.string()),
});

const Channel = answer('Channel', {
  id: z.int(),
  name: z.string(),
  kind: z.enum(CHANNEL_KINDS),
  target: z.string(),
  origin: z.enum(['config', 'person']),
  enabled: z.boolean(),
  offAt: momentOrNull,
  offBy: z.string().nullable(),
  problem: z.string().nullable(),
  acceptedAt: momentOrNull,
  failingSince: momentOrNull,
  lastError: z.string().nullable(),
  waiting: z.int(),
});
export const Channels = answer('Channels', { items: z.array(Channel) });
export const ChannelBody = z
  .strictObject({
    name: plainText(60),
    kind: z.enum(CHANNEL_KINDS),
    to: z
      .union([plainText(5000), z.array(plainText(400)).max(50)])
      .openapi({ description: 'Whom it reaches: mail addresses, chat, topic, room or web address.' }),
  })
  .openapi('ChannelInput');
export const SwitchChannel = z.strictObject({ on: z.boolean() }).openapi('SwitchChannel');

const Template = answer('Template', {
  id: z.int(),
  channelId: z.int().nullable(),
  channel: z.string().nullable(),
  kind: z.enum(ALERT_KINDS).nullable(),
  subject: z.string(),
  body: z.string(),
  revision: z.int(),
  madeBy: z.string(),
  updatedAt: moment,
});
export const Templates = answer('Templates', { items: z.array(Template) });
export const TemplateBody = z
  .strictObject({
    channel: smallId.nullable().default(null),
    kind: z.enum(ALERT_KINDS).nullable().default(null),
    subject: plainText(2000).default(''),
    body: plainText(20_000).min(1),
    revision: z
      .int()
      .min(0)
      .max(2_147_483_647)
      .nullable()
      .default(null)
      .openapi({ description: 'Of the text that it replaces; null: there was none.' }),
  })
  .openapi('TemplateInput');
