/** What a file would change, line by line, before anything is changed; and the lines that do it. */
import { createHash } from 'node:crypto';
import { formatMac, isGroupMac, parseMac, ZERO_MAC } from '../lib/mac.ts';
import { inert } from '../lib/text.ts';
import { importTargets, type ImportLine, type ImportTarget } from '../store/imports.ts';
import type { Db } from '../store/session.ts';
import type { FileLine, ImportField } from './import-file.ts';
import { deviceName, deviceNotes, deviceOwner } from './schema/device.ts';
import { text } from './visit.ts';

export type Verdict = 'change' | 'make' | 'same' | 'unknown' | 'wrong';

export interface PlannedLine {
  readonly line: number;
  readonly verdict: Verdict;
  readonly device: number | null;
  /** As people know it, or the MAC. */
  readonly label: string;
  readonly changes: readonly { readonly field: ImportField; readonly from: string; readonly to: string }[];
  readonly problems: readonly { readonly field: ImportField; readonly problem: string }[];
}

export interface Plan {
  readonly lines: readonly PlannedLine[];
  readonly counts: Readonly<Record<Verdict, number>>;
  /** What import_devices() is handed: only what changes something. */
  readonly apply: readonly ImportLine[];
  /** Names what would be done: another plan has another. */
  readonly proof: string;
}

type Typed = Partial<Record<ImportField, string>>;
type Problem = PlannedLine['problems'][number];

/** @param make devices for MACs that nobody has */
export async function planImport(
  db: Db,
  site: string,
  lines: readonly FileLine[],
  make: boolean,
): Promise<Plan> {
  const named = lines.map(({ fields }) => macsOf(fields));
  const ids = lines.flatMap(({ fields }) => numberOf(fields.device) ?? []);
  const targets = await importTargets(
    db,
    site,
    [...new Set(named.flatMap(({ macs }) => macs))],
    [...new Set(ids)],
  );
  const seen = new Map<string, number>();
  const planned: PlannedLine[] = [];
  const apply: ImportLine[] = [];
  for (const [at, { line, fields }] of lines.entries()) {
    const { macs, bad } = named[at] ?? { macs: [], bad: [] };
    const found = targetOf(fields, macs, targets);
    const problems = [...bad, ...('problem' in found ? [found.problem] : [])];
    const target = 'target' in found ? found.target : undefined;
    const key = target === undefined ? macs[0] : `device ${target.id}`;
    const before = key === undefined ? undefined : seen.get(key);
    if (before !== undefined && problems.length === 0)
      problems.push({ field: 'mac', problem: text().transfer.problems.twice(before) });
    if (key !== undefined && before === undefined) seen.set(key, line);
    const { changes, line: given } = compared(fields, target, problems);
    const isMade = target === undefined;
    const verdict: Verdict =
      problems.length > 0
        ? 'wrong'
        : isMade
          ? make
            ? 'make'
            : 'unknown'
          : changes.length > 0
            ? 'change'
            : 'same';
    const label = target?.name ?? target?.called ?? macs[0] ?? fields.mac ?? fields.device ?? '';
    planned.push({ line, verdict, device: target?.id ?? null, label: inert(label, 100), changes, problems });
    if (verdict === 'change' && target !== undefined)
      apply.push({ device: target.id, revision: target.revision, ...given });
    if (verdict === 'make' && macs[0] !== undefined) apply.push({ mac: macs[0], ...given });
  }
  const counts = { change: 0, make: 0, same: 0, unknown: 0, wrong: 0 };
  for (const { verdict } of planned) counts[verdict] += 1;
  const proof = createHash('sha256').update(JSON.stringify(apply)).digest('hex').slice(0, 32);
  return { lines: planned, counts, apply, proof };
}

function macsOf(fields: Typed): { macs: string[]; bad: Problem[] } {
  const bad: Problem[] = [];
  const read = (field: 'mac' | 'macs', typed: string): string[] => {
    const mac = parseMac(typed);
    const { badMac, groupMac } = text().transfer.problems;
    if (mac === undefined) bad.push({ field, problem: badMac(inert(typed, 60)) });
    else if (isGroupMac(mac) || mac === ZERO_MAC) bad.push({ field, problem: groupMac(inert(typed, 60)) });
    else return [formatMac(mac)];
    return [];
  };
  const one = fields.mac?.trim() ?? '';
  const macs = [
    ...(one === '' ? [] : read('mac', one)),
    ...(fields.macs ?? '').split(/[\s,;]+/).flatMap(typed => (typed === '' ? [] : read('macs', typed))),
  ];
  return { macs: [...new Set(macs)], bad };
}

type Targets = Awaited<ReturnType<typeof importTargets>>;

/** Whom a line means: by its MACs, which are the same everywhere; by the number only where there is none. */
function targetOf(
  fields: Typed,
  macs: readonly string[],
  { byMac, byId }: Targets,
): { target: ImportTarget | undefined } | { problem: Problem } {
  const { noMac, badDevice, several } = text().transfer.problems;
  const typed = (fields.device ?? '').trim();
  if (macs.length > 0) {
    const found = new Set(macs.flatMap(mac => byMac.get(mac)?.id ?? []));
    if (found.size > 1) return { problem: { field: 'macs', problem: several } };
    return { target: macs.map(mac => byMac.get(mac)).find(target => target !== undefined) };
  }
  if ((fields.mac ?? fields.macs ?? '').trim() !== '') return { target: undefined };
  if (typed === '') return { problem: { field: 'mac', problem: noMac } };
  const target = byId.get(numberOf(typed) ?? 0);
  if (target === undefined) return { problem: { field: 'device', problem: badDevice(inert(typed, 40)) } };
  return { target };
}

const STATES = ['known', 'ignored', 'blocked', 'archived'];
const YES_NO: Readonly<Record<string, boolean>> = {
  yes: true, true: true, '1': true, ja: true, no: false, false: false, '0': false, nein: false,
}; // prettier-ignore
// oxlint-disable-next-line no-control-regex -- that is what it looks for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** Fields that differ, checked only then: what is as it is needs no permission. */
function compared(
  fields: Typed,
  target: ImportTarget | undefined,
  problems: Problem[],
): { changes: PlannedLine['changes']; line: Omit<ImportLine, 'device' | 'revision' | 'mac'> } {
  const changes: { field: ImportField; from: string; to: string }[] = [];
  const line: { -readonly [K in 'name' | 'owner' | 'notes' | 'state' | 'kind']?: string } & {
    watched?: boolean;
  } = {};
  const say = text().transfer.problems;
  for (const [field, schema] of [
    ['name', deviceName],
    ['owner', deviceOwner],
    ['notes', deviceNotes],
  ] as const) {
    const typed = fields[field];
    const was = target?.[field] ?? '';
    if (typed === undefined || plain(typed) === plain(was)) continue;
    const checked = schema.safeParse(typed);
    if (checked.success) {
      line[field] = checked.data;
      changes.push({ field, from: was, to: checked.data });
    } else problems.push({ field, problem: checked.error.issues[0]?.message ?? '' });
  }
  const state = fields.state?.trim().toLowerCase() ?? '';
  const wasState = target?.state ?? 'known';
  if (state !== '' && state !== wasState) {
    if (STATES.includes(state)) {
      line.state = state;
      changes.push({ field: 'state', from: target?.state ?? '', to: state });
    } else if (state === 'new' && target !== undefined)
      problems.push({ field: 'state', problem: say.notNewAgain });
    else if (state !== 'new') problems.push({ field: 'state', problem: say.badState(inert(state, 40)) });
  }
  const kind = fields.kind?.trim();
  if (kind !== undefined && kind !== (target?.kind ?? '')) {
    if (Array.from(kind).length > 60 || CONTROLS.test(kind))
      problems.push({ field: 'kind', problem: say.badKind });
    else {
      line.kind = kind;
      changes.push({ field: 'kind', from: target?.kind ?? '', to: kind });
    }
  }
  const watchedText = fields.watched?.trim().toLowerCase() ?? '';
  const watched = YES_NO[watchedText];
  if (watchedText !== '' && watched === undefined)
    problems.push({ field: 'watched', problem: say.badWatched(inert(watchedText, 40)) });
  else if (watched !== undefined && watched !== (target?.watched ?? false)) {
    line.watched = watched;
    changes.push({ field: 'watched', from: watched ? 'no' : 'yes', to: watched ? 'yes' : 'no' });
  }
  return { changes, line };
}

/** As the schema takes it: line ends of any kind, and blanks around it, are no difference. */
function plain(typed: string): string {
  return typed.replaceAll(/\r\n?/g, '\n').trim();
}

function numberOf(typed: string | undefined): number | undefined {
  return typed !== undefined && /^\s*[1-9]\d{0,14}\s*$/.test(typed) ? Number(typed) : undefined;
}
