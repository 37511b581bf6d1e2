/** `/channels`: what there is, trying one, switching, adding and removing. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { checkChannelName, checkRecipients, RECIPIENT_WORDS } from '../../store/channel-input.ts';
import type { ChannelKind } from '../../store/channel-kinds.ts';
import {
  addChannel,
  listChannels,
  queueTest,
  removeChannel,
  switchChannel,
  type ChannelOutcome,
} from '../../store/channels.ts';
import { listAlerts } from '../../store/site-alerts.ts';
import { listTemplates } from '../../store/templates.ts';
import { checkBack, checkId } from '../forms.ts';
import { frameAt, frameOf } from '../frame.tsx';
import type { SiteOptions } from '../options.ts';
import { actor, text } from '../visit.ts';
import { formOf, said, told } from '../reply.ts';
import { channelForm, channelTyped, onOff } from '../schema/alerting.ts';
import type { ChannelRow } from '../views/channel-item.tsx';
import { Channels, type ChannelForm } from '../views/channels.tsx';

/** A test of yesterday says nothing of today. */
const TEST_SHOWN_MS = 60 * 60 * 1000;
const TESTS = 20;

export function channelRoutes(options: SiteOptions): Hono {
  const { db, site, clock } = options;

  const readRows = async (): Promise<ChannelRow[]> => {
    const [channels, tests, templates] = await Promise.all([
      listChannels(db, site),
      listAlerts(db, site, { status: 'all', kind: 'test', before: null, limit: TESTS }),
      listTemplates(db, site),
    ]);
    const since = clock.now().getTime() - TEST_SHOWN_MS;
    const recent = tests.rows
      .filter(({ openedAt }) => openedAt.getTime() > since)
      .flatMap(alert => alert.deliveries.map(delivery => ({ alert, delivery })));
    return channels.map(channel => ({
      channel,
      test: recent.find(({ delivery }) => delivery.channel === channel.name) ?? null,
      templates: templates.filter(({ channelId }) => channelId === channel.id).length,
    }));
  };

  const channelOf = (c: Context): number => {
    const id = checkId(c.req.param('id'));
    if (id === undefined) throw new HTTPException(404, { message: text().channels.missing });
    return id;
  };
  /** The page after a button, or why nothing was changed. */
  const after = (c: Context, outcome: ChannelOutcome, back: string, toast: string | undefined) => {
    if (outcome.kind === 'missing') throw new HTTPException(404, { message: text().channels.missing });
    if (outcome.kind === 'refused') throw new HTTPException(400, { message: outcome.reason });
    return toast === undefined ? c.redirect(back, 303) : told(c, back, `${toast}.${outcome.id}`);
  };

  return new Hono()
    .get('/channels', async c =>
      c.html(<Channels frame={await frameOf(c, options)} data={{ rows: await readRows() }} />),
    )
    .post('/channels', async c => {
      const typed = typedOf(await formOf(c));
      const checked = checkForm(typed);
      const again = async (errors: ChannelForm['errors']) =>
        c.html(
          <Channels
            frame={frameAt(c, options, '/channels')}
            data={{ rows: await readRows(), form: { values: typed, errors } }}
          />,
          422,
        );
      if ('errors' in checked) return again(checked.errors);
      const { name } = typed;
      const outcome = await addChannel(
        db,
        site,
        { name, kind: checked.kind, settings: checked.settings },
        actor(),
      );
      if (outcome.kind === 'refused') return again({ form: outcome.reason });
      return after(c, outcome, '/channels', 'channel-added');
    })
    .post('/channels/:id/test', async c => {
      const id = channelOf(c);
      const back = checkBack((await formOf(c)).get('back'));
      // Its receipt appears on the page: no toast is needed.
      return after(c, await queueTest(db, site, id, actor()), back, undefined);
    })
    .post('/channels/:id/switch', async c => {
      const id = channelOf(c);
      const form = await formOf(c);
      const on = said(onOff, form.get('on')) === 'yes';
      const outcome = await switchChannel(db, site, id, on, actor());
      return after(c, outcome, checkBack(form.get('back')), on ? 'channel-on' : 'channel-off');
    })
    .post('/channels/:id/remove', async c => {
      const id = channelOf(c);
      const back = checkBack((await formOf(c)).get('back'));
      return after(c, await removeChannel(db, site, id, actor()), back, 'channel-removed');
    });
}

/** Bounded, so that what comes back in the form is no more than a form can hold. */
function typedOf(form: URLSearchParams): ChannelForm['values'] {
  return channelTyped.parse(Object.fromEntries(form));
}

function checkForm(
  typed: ChannelForm['values'],
):
  | { readonly kind: ChannelKind; readonly settings: Readonly<Record<string, unknown>> }
  | { readonly errors: ChannelForm['errors'] } {
  const checked = channelForm.safeParse(typed);
  if (!checked.success) return { errors: { kind: text().channels.add.chooseKind } };
  const { kind } = checked.data;
  const wrongName = checkChannelName(typed.name);
  const recipients = checkRecipients(kind, { [RECIPIENT_WORDS[kind].key]: typed.to });
  if (wrongName !== undefined || 'problem' in recipients)
    return {
      errors: {
        ...(wrongName === undefined ? {} : { name: wrongName }),
        ...('problem' in recipients ? { to: recipients.problem } : {}),
      },
    };
  return { kind, settings: recipients.settings };
}
