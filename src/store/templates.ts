/** Texts of messages that people wrote themselves, in Liquid: one for each channel and kind, or for all of either. */
import type { AlertKind } from './alert-kinds.ts';
import { isSqlError, type Db } from './session.ts';

export interface Template {
  readonly id: number;
  /** Null: for every channel. */
  readonly channelId: number | null;
  /** Its name. */
  readonly channel: string | null;
  /** Null: for every kind. */
  readonly kind: AlertKind | null;
  /** Empty: the default one. */
  readonly subject: string;
  readonly body: string;
  readonly revision: number;
  readonly madeBy: string;
  readonly updatedAt: Date;
}

export interface TemplateInput {
  readonly channelId: number | null;
  readonly kind: AlertKind | null;
  readonly subject: string;
  readonly body: string;
  /** Of the template that the person was looking at; null: there was none. */
  readonly revision: number | null;
  readonly actor: string;
}

/** Where a template is wrong: a line and column from 1. */
export interface TemplateProblem {
  readonly part: 'subject' | 'body';
  readonly line: number | null;
  readonly column: number | null;
  /** A sentence for the person. */
  readonly problem: string;
}

/** missing: no such channel or template. stale: somebody wrote it meanwhile. refused: it would not work. */
export type TemplateOutcome =
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'refused'; readonly problems: readonly TemplateProblem[] };

export async function listTemplates(db: Db, site: string): Promise<Template[]> {
  return db.query<Template>(
    `select id, channel_id as "channelId", channel, kind, subject, body, revision, made_by as "madeBy",
            updated_at as "updatedAt" from site_templates($1)`,
    [site],
  );
}

/** @param check `checkTemplate` of src/message/template.ts: what it finds wrong is not saved */
export async function saveTemplate(
  db: Db,
  site: string,
  input: TemplateInput,
  check: (subject: string, body: string) => readonly TemplateProblem[],
): Promise<TemplateOutcome> {
  const { channelId, kind, subject, body, revision, actor } = input;
  const problems = check(subject, body);
  if (problems.length > 0) return { kind: 'refused', problems };
  return outcomeOf(() =>
    db.query<{ id: number }>('select save_template($1, $2, $3, $4, $5, $6, $7) as id', [
      site,
      channelId,
      kind,
      subject,
      body,
      revision,
      actor,
    ]),
  );
}

export async function removeTemplate(db: Db, site: string, id: number): Promise<TemplateOutcome> {
  return outcomeOf(() =>
    db.query<{ id: number }>('select $2::integer as id from remove_template($1, $2)', [site, id]),
  );
}

async function outcomeOf(work: () => Promise<{ id: number }[]>): Promise<TemplateOutcome> {
  try {
    const [row] = await work();
    return row === undefined ? { kind: 'missing' } : { kind: 'done', id: row.id };
  } catch (error) {
    // The SQLSTATEs that these functions raise on purpose; see sql/migrations.
    if (isSqlError(error) && error.code === 'NE404') return { kind: 'missing' };
    if (isSqlError(error) && error.code === 'NE409') return { kind: 'stale' };
    throw error;
  }
}
