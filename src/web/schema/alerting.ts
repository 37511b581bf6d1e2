/**
 * The forms of rules, channels and texts: their shape and bounds. What a rule, a recipient or a template means is
 * checked where it is kept (store/rule-input, store/channel-input, message/template), for the command line as well.
 */
import { z } from 'zod';
import { ALERT_KINDS } from '../../store/alert-kinds.ts';
import { CHANNEL_KINDS } from '../../store/channel-kinds.ts';
import { RULE_FIELDS } from '../../store/rule-input.ts';
import { MUTE_CHOICES } from '../mute-until.ts';
import { text } from '../visit.ts';

/** What is typed into one field: PostgreSQL takes no NUL, and nobody types more. */
const line = (most: number) =>
  z
    .string()
    .default('')
    .transform(typed => typed.replaceAll('\0', '').slice(0, most).trim());

/** Which state was changed; null: none yet, or no number. */
export const revisionOrNull = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number)
  .nullable()
  .catch(null);

/** A field may come often, as boxes do; more than this nobody ticks. */
const MOST_VALUES = 200;
const MOST_TYPED = 5000;

const ruleValues = z.array(z.string()).transform(values =>
  values
    .slice(0, MOST_VALUES)
    .map(value => value.replaceAll('\0', '').slice(0, MOST_TYPED).trim())
    .filter(value => value !== ''),
);
/** Each field as the list of what was typed or ticked. */
export const ruleForm = z.partialRecord(z.enum(RULE_FIELDS), ruleValues);

export const direction = z.enum(['up', 'down'], { error: () => text().rules.noDirection });
export const onOff = z.enum(['yes', 'no'], { error: () => text().rules.noSwitch });
export const rest = z.enum([...MUTE_CHOICES, 'end'], { error: () => text().rules.noLength });

/** As it came, bounded: what comes back in the form is no more than a form can hold. */
export const channelTyped = z.object({ name: line(60), kind: line(20), to: line(5000) });
export const channelForm = channelTyped.extend({
  kind: z.enum(CHANNEL_KINDS, { error: () => text().channels.add.chooseKind }),
});

export const alertKind = z.enum(ALERT_KINDS);
export const channelKind = z.enum(CHANNEL_KINDS);
