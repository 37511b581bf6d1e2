/** Making or changing a rule: which alerts, what happens; the usual first, the rest folded; tried before it is saved. */
import { inert } from '../../lib/text.ts';
import type { RuleContext } from '../../store/rule-input.ts';
import type { Rehearsal } from '../../store/rehearsal.ts';
import type { NamedDevice } from '../rule-form.ts';
import { text } from '../visit.ts';
import { ActionForm } from './forms.tsx';
import { Page, type Frame } from './layout.tsx';
import { RehearsalPanel, TooLong } from './rehearsal.tsx';
import { RuleActs } from './rule-acts.tsx';
import type { Typing } from './rule-fields.tsx';
import { RuleMatches } from './rule-matches.tsx';

export interface RuleEditData extends Typing {
  /** Null: a new one. */
  readonly id: number | null;
  readonly revision: number | null;
  readonly context: RuleContext;
  readonly devices: readonly NamedDevice[];
  /** The name of a device to add, when it was not found. */
  readonly addDevice: string;
  /** The rule as it would be, in a sentence. */
  readonly sentence?: string;
  readonly warnings: readonly string[];
  /** What was tried, so that it can be saved. */
  readonly tried?: {
    /** Undefined: it took too long. */
    readonly rehearsal: Rehearsal | undefined;
    readonly proof: string;
    readonly isSilence: boolean;
    readonly timeZone: string;
  };
  /** Why it was not saved, for the whole of it. */
  readonly problem?: string;
  readonly note?: string;
}

export const RuleEdit = ({ frame, data }: { frame: Frame; data: RuleEditData }) => {
  const title = data.id === null ? text().rules.add : text().rules.change;
  return (
    <Page frame={frame} title={title} section="rules">
      <p class="crumb">
        <a href="/rules">{text().rules.title}</a>
      </p>
      <h1>{title}</h1>
      <Trouble data={data} />
      <ActionForm
        action={data.id === null ? '/rules' : `/rules/${data.id}`}
        back="/rules"
        class="rule-form"
        id="rule-form"
      >
        {data.revision !== null && <input type="hidden" name="revision" value={data.revision} />}
        {data.tried !== undefined && <input type="hidden" name="tried" value={data.tried.proof} />}
        <input type="hidden" name="enabled" value={data.typed.enabled?.[0] ?? 'yes'} />
        <div class="columns">
          <RuleMatches data={data} />
          <RuleActs data={data} />
        </div>
        {data.tried !== undefined && data.tried.rehearsal === undefined && <TooLong />}
        {data.tried?.rehearsal !== undefined && (
          <RehearsalPanel
            rehearsal={data.tried.rehearsal}
            now={frame.now}
            timeZone={data.tried.timeZone}
            isSilence={data.tried.isSilence}
          />
        )}
        <div class="buttons save-row">
          {data.tried === undefined ? (
            <>
              <button class="primary" name="step" value="try">
                {text().rules.try}
              </button>
              <span class="muted">{text().rules.thenSave}</span>
            </>
          ) : (
            <>
              <button class="primary" name="step" value="save">
                {data.warnings.length > 0 ? text().rules.saveAnyway : text().words.save}
              </button>
              <button name="step" value="try">
                {text().rules.tryAgain}
              </button>
            </>
          )}
          <a class="button quiet-link" href="/rules">
            {text().words.cancel}
          </a>
        </div>
      </ActionForm>
    </Page>
  );
};

/** What stands in the way, and what is probably not meant; and the rule read back in words. */
const Trouble = ({ data }: { data: RuleEditData }) => {
  const wrong = Object.entries(data.errors);
  return (
    <>
      {data.problem !== undefined && (
        <p class="concern bad" role="alert">
          <span>{inert(data.problem, 300)}</span>
        </p>
      )}
      {data.note !== undefined && (
        <p class="concern warn" role="status">
          <span>{data.note}</span>
        </p>
      )}
      {wrong.length > 0 && (
        <div class="concern bad" role="alert">
          <div>
            <p>{text().rules.notYet(wrong.length)}</p>
            <ul>
              {wrong.map(([field, problem]) => (
                <li>
                  <a href={`#${anchorOf(field)}`}>{fieldWord(field)}</a>:{' '}
                  <bdi>{inert(problem.charAt(0).toLowerCase() + problem.slice(1), 300)}</bdi>
                </li>
              ))}
            </ul>
          </div>
        </div>
      )}
      {data.warnings.map(warning => (
        <p class="concern warn">
          <span>
            <bdi>{inert(warning, 400)}</bdi>
          </span>
        </p>
      ))}
      {data.sentence !== undefined && (
        <p class="rule-sentence read-back">
          <bdi>{data.sentence}</bdi>
        </p>
      )}
    </>
  );
};

/** Groups of boxes have no single field to go to. */
const GROUPS: ReadonlySet<string> = new Set([
  'kinds',
  'networks',
  'devices',
  'states',
  'days',
  'channels',
  'action',
]);

function anchorOf(field: string): string {
  return GROUPS.has(field) ? `group-${field}` : field;
}

function fieldWord(field: string): string {
  const words: Readonly<Record<string, string>> = text().rules.fields;
  return words[field] ?? inert(field, 40);
}
