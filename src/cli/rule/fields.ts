/** A rule as the fields it was made of, so that some of them can be given anew. */
import { durationText } from '../../lib/duration.ts';
import type { RuleFields } from '../../store/rule-input.ts';
import type { RuleInput } from '../../store/rules.ts';

export function fieldsOf(rule: RuleInput): RuleFields {
  const yesNo = (value: boolean | null) => (value === null ? undefined : value ? 'yes' : 'no');
  const hours = (from: string | null, to: string | null) =>
    from === null ? undefined : `${from}-${to ?? ''}`;
  const length = (seconds: number | null) => (seconds === null ? undefined : durationText(seconds));
  const list = (items: readonly (string | number)[] | null) => items?.map(String);
  return {
    name: rule.name,
    enabled: rule.enabled ? 'yes' : 'no',
    kinds: list(rule.kinds),
    minSeverity: rule.minSeverity,
    networks: list(rule.networks),
    devices: list(rule.devices),
    owners: list(rule.owners),
    deviceKinds: list(rule.deviceKinds),
    states: list(rule.states),
    vendors: list(rule.vendors),
    randomMac: yesNo(rule.randomMac),
    watched: yesNo(rule.watched),
    days: list(rule.days),
    hours: hours(rule.fromTime, rule.toTime),
    timeZone: rule.timeZone ?? undefined,
    action: rule.action,
    channels: list(rule.channels),
    setSeverity: rule.setSeverity ?? undefined,
    cooldown: length(rule.cooldownS),
    group: length(rule.groupS),
    quiet: hours(rule.quietFrom, rule.quietTo),
    escalateAfter: length(rule.escalateAfterS),
    escalateTo: rule.escalateTo === null ? undefined : String(rule.escalateTo),
    expires: rule.expiresAt?.toISOString(),
  };
}
