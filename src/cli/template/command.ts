/** `netureon template`: lists, shows, writes and tries templates. The site's own rights suffice. */
import { userInfo } from 'node:os';
import { NetureonError } from '../../lib/errors.ts';
import { templateFor } from '../../message/compose.ts';
import { previewOf } from '../../message/preview.ts';
import { SAMPLE_CONTEXT, sampleAlert } from '../../message/samples.ts';
import { checkTemplate, problemText } from '../../message/template.ts';
import { TEMPLATE_VARIABLES } from '../../message/template-values.ts';
import { openSession, type Db } from '../../store/session.ts';
import { listTemplates, removeTemplate, saveTemplate, type TemplateProblem } from '../../store/templates.ts';
import { coloursFor } from '../colours.ts';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { textTable } from '../text-table.ts';
import { chooseChannel, chooseKind, chooseTemplate, type Which } from './choose.ts';
import { readText } from './read-text.ts';
import { templateTable } from './table.ts';

export async function listCommand(
  context: Context,
  { variables, json }: { readonly variables: boolean; readonly json: boolean },
): Promise<void> {
  const { bold } = coloursFor(process.stdout);
  if (variables) {
    const rows = TEMPLATE_VARIABLES.map(({ name, meaning }) => [name, meaning]);
    print(json ? TEMPLATE_VARIABLES : textTable(['Variable', 'What it is'], rows, bold));
    return;
  }
  const templates = await asWeb(context, db => listTemplates(db, context.config.siteName));
  print(json ? templates : templateTable(templates, bold));
}

export async function showCommand(context: Context, which: Which, json: boolean): Promise<void> {
  const found = await asWeb(context, db => chosen(db, context, which));
  if (json) print(found);
  else print(`${found.subject === '' ? '' : `Subject: ${found.subject}\n\n`}${found.body}\n`);
}

export async function setCommand(
  context: Context,
  which: Which,
  { subject, file }: { readonly subject: string; readonly file: string | undefined },
): Promise<void> {
  const site = context.config.siteName;
  const body = await readText(file, process.stdin);
  const kind = chooseKind(which.kind);
  await asWeb(context, async db => {
    const channelId = (await chooseChannel(db, site, which.channel))?.id ?? null;
    const before = (await listTemplates(db, site)).find(
      one => one.channelId === channelId && one.kind === kind,
    );
    const revision = before?.revision ?? null;
    const actor = userInfo().username;
    const outcome = await saveTemplate(
      db,
      site,
      { channelId, kind, subject, body, revision, actor },
      checkTemplate,
    );
    if (outcome.kind === 'refused') throw wrong(outcome.problems);
    if (outcome.kind !== 'done')
      throw new NetureonError('usage', 'somebody else has written this template at the same moment', {
        remedy: 'look at it with “netureon template show”, and try again',
      });
  });
  print('Saved. It is used from the next message on; “netureon template preview” shows what it says.\n');
}

export async function removeCommand(context: Context, which: Which): Promise<void> {
  await asWeb(context, async db => {
    const { id } = await chosen(db, context, which);
    await removeTemplate(db, context.config.siteName, id);
  });
  print('Removed. Messages say again what they say without it.\n');
}

export async function previewCommand(
  context: Context,
  which: Which,
  options: {
    readonly subject: string | undefined;
    readonly file: string | undefined;
    readonly html: boolean;
    readonly json: boolean;
  },
): Promise<void> {
  const { siteName: site, webPublicUrl } = context.config;
  const kind = chooseKind(which.kind) ?? 'new_device';
  const written =
    options.file === undefined && options.subject === undefined
      ? undefined
      : { subject: options.subject ?? '', body: await readText(options.file, process.stdin) };
  const [channel, stored] = await asWeb(context, async db => {
    const found = await chooseChannel(db, site, which.channel);
    return [found, await listTemplates(db, site)] as const;
  });
  const template = written ?? templateFor(stored, [sampleAlert(kind)], channel?.name ?? '') ?? null;
  const preview = previewOf(
    { channelKind: channel?.kind ?? 'email', kind, template },
    {
      ...SAMPLE_CONTEXT,
      site,
      publicUrl: webPublicUrl?.replace(/\/+$/, '') ?? SAMPLE_CONTEXT.publicUrl,
    },
  );
  if (options.json) print(preview);
  else if (preview.problems.length > 0) throw wrong(preview.problems);
  else if (options.html) print(`${preview.html ?? ''}\n`);
  else print(`Subject: ${preview.subject}\n\n${preview.text}`);
}

async function chosen(db: Db, { config: { siteName: site } }: Context, which: Which) {
  const kind = chooseKind(which.kind);
  const channel = await chooseChannel(db, site, which.channel);
  return chooseTemplate(await listTemplates(db, site), channel?.id ?? null, kind);
}

function wrong(problems: readonly TemplateProblem[]): NetureonError {
  return new NetureonError('usage', `the template does not work: ${problems.map(problemText).join('; ')}`, {
    remedy: 'correct it; “netureon template list --variables” has what it can say',
  });
}

function print(output: unknown): void {
  process.stdout.write(typeof output === 'string' ? output : `${JSON.stringify(output)}\n`);
}

async function asWeb<T>({ config }: Context, work: (db: Db) => Promise<T>): Promise<T> {
  const session = await openSession(databaseUrl(config, 'netureon_web'), {
    application: 'netureon template',
    role: 'netureon_admin',
    actor: userInfo().username,
  });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
