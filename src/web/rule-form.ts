/** A rule as the fields of its form, and what was typed there on its way back. */
import { durationText } from '../lib/duration.ts';
import { listDevices } from '../store/site-devices.ts';
import type { Db } from '../store/session.ts';
import { RULE_FIELDS, type FieldProblem, type RuleFields } from '../store/rule-input.ts';
import type { RuleInput } from '../store/rules.ts';
import { labelledDevice } from './device-label.ts';
import { checkId } from './forms.ts';
import { ruleForm } from './schema/alerting.ts';
import { text } from './visit.ts';

export type RuleField = (typeof RULE_FIELDS)[number];

/** As typed: each field's values, of most one. */
export type RuleTyped = Readonly<Partial<Record<RuleField, readonly string[]>>>;

export function typedRule(form: URLSearchParams): RuleTyped {
  const typed = ruleForm.parse(Object.fromEntries(RULE_FIELDS.map(field => [field, form.getAll(field)])));
  return Object.fromEntries(Object.entries(typed).filter(([, values]) => values.length > 0));
}

/** For checkRule: what is typed into one field is one text, what is ticked a list. */
export function fieldsOf(typed: RuleTyped): RuleFields {
  return Object.fromEntries(
    Object.entries(typed).map(([field, values]) => [field, values.length === 1 ? values[0] : values]),
  );
}

/** The same fields from what is kept. */
export function typedOfInput(input: RuleInput): RuleTyped {
  const list = (values: readonly (string | number)[] | null) => values?.map(String) ?? [];
  const yesNo = (value: boolean | null) => (value === null ? [] : [value ? 'yes' : 'no']);
  const one = (value: string | null) => (value === null ? [] : [value]);
  const span = (seconds: number | null) => (seconds === null ? [] : [durationText(seconds)]);
  const hours = (from: string | null, to: string | null) =>
    from === null || to === null ? [] : [`${from}-${to}`];
  return {
    name: [input.name],
    enabled: yesNo(input.enabled),
    kinds: list(input.kinds),
    minSeverity: [input.minSeverity],
    networks: list(input.networks),
    devices: list(input.devices),
    owners: joined(input.owners),
    deviceKinds: joined(input.deviceKinds),
    states: list(input.states),
    vendors: joined(input.vendors),
    randomMac: yesNo(input.randomMac),
    watched: yesNo(input.watched),
    days: list(input.days),
    hours: hours(input.fromTime, input.toTime),
    timeZone: one(input.timeZone),
    action: [input.action],
    channels: list(input.channels),
    setSeverity: one(input.setSeverity),
    cooldown: span(input.cooldownS),
    group: span(input.groupS),
    quiet: hours(input.quietFrom, input.quietTo),
    escalateAfter: span(input.escalateAfterS),
    escalateTo: list(input.escalateTo === null ? null : [input.escalateTo]),
    expires: one(input.expiresAt?.toISOString() ?? null),
  };
}

function joined(texts: readonly string[] | null): string[] {
  return texts === null ? [] : [texts.join(', ')];
}

/** A device that the rule names. */
export interface NamedDevice {
  readonly id: number;
  readonly label: string;
}

/** Those that are ticked, as people know them; one that is not there any more keeps its number. */
export async function devicesOfRule(db: Db, site: string, typed: RuleTyped): Promise<NamedDevice[]> {
  const ids = (typed.devices ?? []).flatMap(id => checkId(id) ?? []);
  return Promise.all(
    ids.map(async id => ({
      id,
      label: (await labelledDevice(db, site, id))?.label ?? text().rules.device.byNumber(id),
    })),
  );
}

/** The device that somebody typed, word for word: no guess is made whom a rule is about. */
export async function findDevice(
  db: Db,
  site: string,
  wanted: string,
): Promise<{ readonly id: number } | FieldProblem | undefined> {
  if (wanted === '') return undefined;
  const page = await listDevices(db, site, {
    text: wanted,
    state: null,
    presence: null,
    network: null,
    sort: 'seen',
    limit: 20,
    after: null,
  });
  const typed = wanted.toLowerCase();
  const meant = page.rows.filter(
    row =>
      [row.name, row.called, row.ip].some(word => word?.toLowerCase() === typed) ||
      row.mac === typed.replaceAll(/[-.]/g, ':'),
  );
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return { id: only.id };
  const some = page.rows.slice(0, 5).flatMap(row => row.name ?? row.ip ?? []);
  return {
    field: 'addDevice',
    problem:
      meant.length > 1
        ? text().rules.device.several
        : some.length > 0
          ? text().rules.device.similar(some.join(', '))
          : text().rules.device.none,
  };
}
