/** `/templates`: texts of messages, written with what would be sent beside them. What would not work cannot be saved. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { previewOf } from '../../message/preview.ts';
import { checkTemplate } from '../../message/template.ts';
import { whenFormat } from '../../message/when.ts';
import { listChannels } from '../../store/channels.ts';
import { timeZoneOf } from '../../store/rules.ts';
import { listTemplates, removeTemplate, saveTemplate } from '../../store/templates.ts';
import { checkBack, checkId } from '../forms.ts';
import { frameAt, frameOf } from '../frame.tsx';
import { mailPreviews } from '../mail-previews.ts';
import type { SiteOptions } from '../options.ts';
import { actor, text } from '../visit.ts';
import { formOf, told } from '../reply.ts';
import { alertKind } from '../schema/alerting.ts';
import { toastOf } from '../toast-of.tsx';
import { typedTemplate, type TemplateTyped } from '../template-form.ts';
import { PreviewPanel, TemplateEdit, type ShownPreview, type TemplateData } from '../views/template-edit.tsx';
import { Templates } from '../views/templates.tsx';

/** The default text in the words of a template. */
const BEGINNING = '{{ default_text }}\n';

export function templateRoutes(options: SiteOptions): Hono {
  const { db, site } = options;
  const mails = mailPreviews();

  const context = async () => ({
    site,
    publicUrl: options.publicUrl?.replace(/\/+$/, ''),
    when: whenFormat((await timeZoneOf(db, site)) ?? 'UTC'),
  });

  const channelOf = async (id: number | null) => {
    if (id === null) return undefined;
    const channel = (await listChannels(db, site)).find(one => one.id === id);
    if (channel === undefined) throw new HTTPException(404, { message: text().channels.missing });
    return channel;
  };

  const show = async ({ as, example, subject, body }: TemplateTyped): Promise<ShownPreview> => {
    const preview = previewOf(
      { channelKind: as, kind: example, template: { subject, body } },
      await context(),
    );
    if (preview.html === null) return { preview, frame: null };
    return { preview, frame: `/templates/mail/${mails.keep(pageOf(preview.html))}` };
  };

  const typedOf = async (form: URLSearchParams) => {
    const channel = await channelOf(checkId(form.get('channel') ?? undefined) ?? null);
    return { channel, typed: typedTemplate(form, channel?.kind) };
  };

  const editPage = async (
    c: Context,
    typed: TemplateTyped,
    channelName: string | null,
    refused: Partial<Pick<TemplateData, 'problems' | 'error'>>,
    status: 200 | 400 | 409 | 422,
  ) => {
    const saved = (await listTemplates(db, site)).find(
      ({ channelId, kind }) => channelId === typed.channel && kind === typed.kind,
    );
    const plain = previewOf({ channelKind: 'email', kind: typed.example, template: null }, await context());
    const data: TemplateData = {
      typed,
      channelName,
      saved,
      defaultText: plain.text,
      shown: await show(typed),
      problems: [],
      ...refused,
    };
    const path = editPath(typed);
    const toast = await toastOf(options, c.req.query('toast'), path);
    return c.html(<TemplateEdit frame={frameAt(c, options, path, toast)} data={data} />, status);
  };

  return new Hono()
    .get('/templates', async c => {
      const [templates, channels] = await Promise.all([listTemplates(db, site), listChannels(db, site)]);
      const asked = c.req.query('channel');
      const id = checkId(asked);
      const isWrong = asked !== undefined && asked !== '' && !channels.some(one => one.id === id);
      const channel = isWrong ? null : (id ?? null);
      const data = { templates, channels, channel, isWrong };
      return c.html(<Templates frame={await frameOf(c, options)} data={data} />, isWrong ? 400 : 200);
    })
    .get('/templates/edit', async c => {
      const asked = new URLSearchParams(new URL(c.req.url).search);
      const { channel, typed } = await typedOf(asked);
      const saved = (await listTemplates(db, site)).find(
        ({ channelId, kind }) => channelId === typed.channel && kind === typed.kind,
      );
      const texts =
        saved === undefined
          ? { subject: '', body: BEGINNING, revision: null }
          : { subject: saved.subject, body: saved.body, revision: saved.revision };
      const error = wrongIn(asked);
      const told = error === undefined ? {} : { error };
      return editPage(
        c,
        { ...typed, ...texts },
        channel?.name ?? null,
        told,
        error === undefined ? 200 : 400,
      );
    })
    .post('/templates/preview', async c => {
      const { typed } = await typedOf(await formOf(c));
      return c.html(<PreviewPanel shown={await show(typed)} />);
    })
    .get('/templates/mail/:name', c => {
      const html = mails.get(c.req.param('name'));
      if (html === undefined) throw new HTTPException(404, { message: text().templates.previewGone });
      return c.html(html);
    })
    .post('/templates', async c => {
      const form = await formOf(c);
      const { channel, typed } = await typedOf(form);
      const name = channel?.name ?? null;
      if (form.get('step') === 'preview') return editPage(c, typed, name, {}, 200);
      const { subject, body, kind, revision } = typed;
      const input = { channelId: typed.channel, kind, subject, body, revision, actor: actor() };
      const outcome = await saveTemplate(db, site, input, checkTemplate);
      if (outcome.kind === 'done') return told(c, editPath(typed), `template-saved.${outcome.id}`);
      if (outcome.kind === 'missing') throw new HTTPException(404, { message: text().channels.missing });
      if (outcome.kind === 'refused') return editPage(c, typed, name, { problems: outcome.problems }, 422);
      const now = (await listTemplates(db, site)).find(
        one => one.channelId === typed.channel && one.kind === typed.kind,
      );
      const error = text().templates.stale;
      return editPage(c, { ...typed, revision: now?.revision ?? null }, name, { error }, 409);
    })
    .post('/templates/:id/remove', async c => {
      const id = checkId(c.req.param('id'));
      if (id === undefined) throw new HTTPException(404, { message: text().templates.missing });
      const back = checkBack((await formOf(c)).get('back'));
      const outcome = await removeTemplate(db, site, id);
      if (outcome.kind !== 'done') throw new HTTPException(404, { message: text().templates.missing });
      return told(c, back, `template-removed.${id}`);
    });
}

/** What a link says for a text, and there is none of. */
function wrongIn(asked: URLSearchParams): string | undefined {
  const [channel, kind] = [asked.get('channel') ?? '', asked.get('kind') ?? ''];
  if (channel !== '' && checkId(channel) === undefined) return text().templates.badChannel;
  return kind !== '' && !alertKind.safeParse(kind).success ? text().templates.badKind : undefined;
}

function editPath({ channel, kind }: Pick<TemplateTyped, 'channel' | 'kind'>): string {
  const query = new URLSearchParams();
  if (channel !== null) query.set('channel', String(channel));
  if (kind !== null) query.set('kind', kind);
  const asked = query.toString();
  return asked === '' ? '/templates/edit' : `/templates/edit?${asked}`;
}

/** A mail is a page of its own; what chats get is a piece of one. */
function pageOf(html: string): string {
  if (/^\s*<!doctype/i.test(html)) return html;
  return `<!doctype html><meta charset="utf-8"><title>Message</title><body style="margin:12px;background:#fff;color:#111;font:15px/1.45 system-ui,sans-serif;white-space:pre-wrap;overflow-wrap:anywhere">${html}`;
}
